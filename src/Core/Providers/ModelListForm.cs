namespace Nano.Providers;

/// <summary>
/// How a provider tells which models it has: where its list is asked for, and how one is written. Elements are in a member of
/// an object or, whatever is said here, in an array that is the whole response (Together).
/// </summary>
internal sealed record ModelListForm
{
    /// <summary><c>{"data":[{"id":...}]}</c> at <c>/models</c>, as OpenAI has it.</summary>
    public static ModelListForm OpenAI { get; } = new();

    /// <summary>What follows the base URL; with a query where one asks for more at once.</summary>
    public string Path { get; init; } = "/models";

    /// <summary>The member with the list.</summary>
    public string Items { get; init; } = "data";

    /// <summary>The member of an element that names the model as requests do.</summary>
    public string Id { get; init; } = "id";

    /// <summary>What is cut off the beginning of that name (<c>models/</c>).</summary>
    public string Prefix { get; init; } = "";

    /// <summary>
    /// A member (inside another one: <c>capabilities.completion_chat</c>) that says what a model is for, and the word for chat: a
    /// text, one of a list of texts, or <c>true</c>. A model that has the member and does not say the word is left out.
    /// </summary>
    public (string Member, string Word)? Chat { get; init; }

    /// <summary>
    /// Names, with <c>*</c> for any text, of models that do not chat, where the list does not tell. Those here are said by
    /// developers of such models in their names all over the field.
    /// </summary>
    public IReadOnlyList<string> Others { get; init; } = ["*embed*", "*rerank*", "*whisper*", "*moderation*", "tts-*", "*-tts*"];

    /// <summary>The query parameter that asks for the page that begins with what <see cref="Next"/> says; null for a list in one piece.</summary>
    public string? PageParameter { get; init; }

    /// <summary>The member that says where the next page begins; it is the last page when that is missing or empty.</summary>
    public string Next { get; init; } = "";

    /// <summary>A member that must be true for a next page; empty for none.</summary>
    public string More { get; init; } = "";

    /// <param name="baseUrl">Without a trailing slash.</param>
    /// <param name="page">What the page before said of the next one; null for the first.</param>
    public Uri Address(string baseUrl, string? page) =>
        new(page is null ? baseUrl + Path : $"{baseUrl}{Path}{(Path.Contains('?') ? '&' : '?')}{PageParameter}={Uri.EscapeDataString(page)}");
}
