using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Prompt-cache markers that agents add to requests of dialects without markers: on a message, on a call, or on the whole request
/// (opencode and others, for Claude). They become markers of parts: of the message's last part, of the call, and of the last part of all.
/// </summary>
internal static class CallerMarkers
{
    private static ReadOnlySpan<byte> Name => "cache_control"u8;

    public static bool IsMarker(in ExtraMember member) => member.Name.Is(Name) && member.Value.IsObject;

    public static void Apply(ChatRequest request)
    {
        for (var i = 0; i < request.Messages.Count; i++)
        {
            var message = request.Messages[i];
            foreach (var part in message.Parts)
                if (part is ToolCallPart call && Of(call.Extras) is { IsObject: true } onCall && !call.CacheControl.HasValue) call.CacheControl = onCall;
            if (Of(message.Extras) is { IsObject: true } onMessage) Mark(message, onMessage);
        }
        if (Of(request.Extras) is { IsObject: true } onAll && request.Messages.Count > 0) Mark(request.Messages[^1], onAll);
    }

    private static JsonSlice Of(Extras? extras)
    {
        if (extras is null) return default;
        foreach (var member in extras.Members)
            if (IsMarker(member)) return member.Value;
        return default;
    }

    /// <summary>Marks the last part that can have a marker, unless it already has one.</summary>
    private static void Mark(ChatMessage message, JsonSlice marker)
    {
        for (var i = message.Parts.Count - 1; i >= 0; i--)
        {
            var part = message.Parts[i];
            if (part is not (TextPart { Text.HasValue: true } or MediaPart or ToolCallPart or ToolResultPart)) continue;
            if (!part.CacheControl.HasValue) part.CacheControl = marker;
            return;
        }
    }
}
