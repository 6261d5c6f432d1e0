namespace Nano.Providers;

/// <summary>
/// How a provider lists its models: the list's address and format. Elements are in a member of an object or, whatever
/// <see cref="Items"/> is, in an array that is the whole response (Together).
/// </summary>
internal sealed record ModelListForm
{
    /// <summary><c>{"data":[{"id":...}]}</c> at <c>/models</c>, OpenAI's format.</summary>
    public static ModelListForm OpenAI { get; } = new();

    /// <summary>The path after the base URL, with a query if one is needed for longer pages.</summary>
    public string Path { get; init; } = "/models";

    /// <summary>The member with the list.</summary>
    public string Items { get; init; } = "data";

    /// <summary>The member of an element that names the model as requests do.</summary>
    public string Id { get; init; } = "id";

    /// <summary>The prefix to remove from that name (<c>models/</c>).</summary>
    public string Prefix { get; init; } = "";

    /// <summary>
    /// A member (nested: <c>capabilities.completion_chat</c>) that contains a model's purposes, and the value for chat: a string,
    /// an element of a list of strings, or <c>true</c>. A model whose member lacks the value is excluded.
    /// </summary>
    public (string Member, string Word)? Chat { get; init; }

    /// <summary>
    /// Names, with <c>*</c> for any text, of models that do not chat, for lists without that information. The defaults are
    /// common in names of such models.
    /// </summary>
    public IReadOnlyList<string> Others { get; init; } = ["*embed*", "*rerank*", "*whisper*", "*moderation*", "tts-*", "*-tts*"];

    /// <summary>The query parameter that receives the value of <see cref="Next"/>; null for a list without pages.</summary>
    public string? PageParameter { get; init; }

    /// <summary>The member with the start of the next page; missing or empty on the last page.</summary>
    public string Next { get; init; } = "";

    /// <summary>A member that is true if there is a next page; empty if the list has no such member.</summary>
    public string More { get; init; } = "";

    /// <param name="baseUrl">Without a trailing slash.</param>
    /// <param name="page">The value of <see cref="Next"/> on the previous page; null for the first page.</param>
    public Uri Address(string baseUrl, string? page) =>
        new(page is null ? baseUrl + Path : $"{baseUrl}{Path}{(Path.Contains('?') ? '&' : '?')}{PageParameter}={Uri.EscapeDataString(page)}");
}
