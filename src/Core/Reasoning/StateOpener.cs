using Nano.Chat;

namespace Nano.Reasoning;

/// <summary>
/// Opens the state that a request returns, before it is written for a provider. State sealed for this home becomes the
/// provider's own state again, in its place; other state is dropped and reported as lost. Call ids become the provider's
/// own ids again, whichever gateway sealed them.
/// </summary>
internal static class StateOpener
{
    /// <summary>The name of lost state in the loss report.</summary>
    public const string Lost = "messages.reasoning_details";

    /// <summary>
    /// Google's placeholder for an unknown signature, which Gemini clients send with the calls of other models
    /// (ai.google.dev/gemini-api/docs/thought-signatures). It is not state.
    /// </summary>
    public static ReadOnlySpan<byte> NoSignature => "skip_thought_signature_validator"u8;

    /// <param name="dialect">The home's dialect, which becomes the origin of opened state.</param>
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
