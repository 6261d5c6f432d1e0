using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>
/// OpenAI's <c>prompt_cache_breakpoint</c>, which is on the same parts in Chat (<c>openai-chat-one-cache-1cc589</c>) and in Responses
/// (<c>openai-responses-one-cache-cb95a3</c>).
/// </summary>
internal static class CacheBreakpoint
{
    public const string Name = "prompt_cache_breakpoint";

    public static ReadOnlySpan<byte> Member => "prompt_cache_breakpoint"u8;

    /// <summary>A Chat part's breakpoint; absent if it has none.</summary>
    public static JsonSlice Of(ContentPart part) => part.Extras.From(DialectNames.OpenAIChat, Member);

    /// <summary>
    /// Whether the breakpoints of a request are all lost, since only parts of the assistant have them. In the mode <c>explicit</c> nothing would be cached
    /// then, so the mode is lost, too.
    /// </summary>
    public static bool AreLost(ChatRequest request)
    {
        var any = false;
        foreach (var message in request.Messages)
        {
            foreach (var part in message.Parts)
            {
                if (part is ToolResultPart result && result.Parts.Exists(IsCarried)) return false;
                if (!Of(part).HasValue) continue;
                if (message.Role != ChatRole.Assistant && IsCarried(part)) return false;
                any = true;
            }
        }
        return any;
    }

    private static bool IsCarried(ContentPart part) => part is TextPart or MediaPart { Kind: MediaKind.Image or MediaKind.Document } && Of(part).HasValue;
}
