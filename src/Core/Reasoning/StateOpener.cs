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

    /// <param name="dialect">Of the home: whose state it then is.</param>
    public static void Open(ChatRequest request, StateSeal seal, string dialect, LossReport losses)
    {
        foreach (var message in request.Messages)
        {
            if (message.Role == ChatRole.Assistant)
            {
                if (HasState(message.Parts)) new TurnOpener(message, seal, dialect).Open(losses);
                continue;
            }
            foreach (var part in message.Parts)
                if (part is ToolResultPart { CallId.HasValue: true } result) result.CallId = CallIds.Split(result.CallId).Bare;
        }
    }

    private static bool HasState(List<ContentPart> parts)
    {
        foreach (var part in parts)
            if (part is ReasoningPart { HasState: true } || (part is ToolCallPart call && (call.Signature.HasValue || StateSeal.IndexOf(call.Id.Span) >= 0))) return true;
        return false;
    }
}
