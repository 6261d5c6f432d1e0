using Nano.Json;

namespace Nano.Dialects.AnthropicMessages;

/// <summary>The values of <c>anthropic-beta</c> that a platform which hosts Claude requires; unknown ones are refused, so callers' own are not forwarded.</summary>
internal static class HostedBetas
{
    public const string Header = "anthropic-beta";

    /// <summary>
    /// Without it, the search tool is "Input tag 'web_search_20250305' found using 'type' does not match any of the expected tags"
    /// (BerriAI/litellm#16269; docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/web-search).
    /// </summary>
    private const string WebSearch = "web-search-2025-03-05";

    /// <summary>The value for a request; null for none.</summary>
    public static string? Of(ReadOnlyMemory<byte> body)
    {
        // Most requests have no such tool and are not parsed.
        if (body.Span.IndexOf("\"web_search_"u8) < 0) return null;
        var tools = new JsonSlice(body).Member("tools"u8);
        if (!tools.IsArray) return null;
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            if (cursor.TakeValue().Member("type"u8).AsText().StartsWith("web_search_"u8)) return WebSearch;
        return null;
    }
}
