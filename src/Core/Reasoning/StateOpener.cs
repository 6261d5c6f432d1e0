using Nano.Chat;

namespace Nano.Reasoning;

/// <summary>
/// Opens the state that a request brings back, before it is written for a provider. What was sealed for this home becomes the
/// provider's own state again, in its place; any other is left out and named as lost. The provider's ids of calls come out
/// from under their seals, whichever gateway sealed them.
/// </summary>
internal static class StateOpener
{
    /// <summary>How lost state is named.</summary>
    public const string Lost = "messages.reasoning_details";

    /// <summary>
    /// Google's word in the place of a signature that is not known, which clients of Gemini send with the calls of other models
    /// (ai.google.dev/gemini-api/docs/thought-signatures). It is no state.
    /// </summary>
    public static ReadOnlySpan<byte> NoSignature => "skip_thought_signature_validator"u8;

    /// <param name="dialect">Of the home: whose state it then is.</param>
    public static void Open(ChatRequest request, StateSeal seal, string dialect, LossReport losses)
    {
        foreach (var message in request.Messages)
        {
            if (message.Role == ChatRole.Assistant)
            {
                if (dialect != request.Origin) ForgetNoSignatures(message.Parts);
                if (HasState(message.Parts)) new TurnOpener(message, seal, dialect).Open(losses);
                continue;
            }
            foreach (var part in message.Parts)
                if (part is ToolResultPart { CallId.HasValue: true } result) result.CallId = CallIds.Split(result.CallId).Bare;
        }
    }

    private static void ForgetNoSignatures(List<ContentPart> parts)
    {
        foreach (var part in parts)
            if (part is ToolCallPart call && call.Signature.Is(NoSignature)) call.Signature = default;
    }

    private static bool HasState(List<ContentPart> parts)
    {
        foreach (var part in parts)
            if (part is ReasoningPart { HasState: true } || (part is ToolCallPart call && (call.Signature.HasValue || StateSeal.IndexOf(call.Id.Span) >= 0))) return true;
        return false;
    }
}
