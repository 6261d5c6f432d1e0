namespace Nano.Tests.Requests;

/// <summary>
/// Recorded chat requests that may be refused with a 400 when converted to another dialect, each with its reason. Every
/// other request must be converted.
/// </summary>
internal static class RefusedRequests
{
    public static readonly IReadOnlyDictionary<string, string> Reasons = new Dictionary<string, string>
    {
        ["openai-chat-one-error-cd5fc1"] = "a user turn of nothing but audio, which Messages cannot say",
        ["mistral-chat-one-pdf-693f84"] = "a user turn of nothing but a document's address, which Cohere cannot say",
    };
}
