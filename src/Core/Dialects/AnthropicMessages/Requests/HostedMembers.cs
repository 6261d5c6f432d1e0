using Nano.Chat;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>
/// What of a request a cloud platform refuses that hosts the models: members that belong to a beta header which is not forwarded there,
/// and those of Anthropic's own service (case 6 of other gateways: both go together, and are named).
/// </summary>
internal static class HostedMembers
{
    private static readonly string[] OfAnthropicAlone = ["context_management", "mcp_servers", "container", "speed", "inference_geo", "user_profile_id"];

    public static void Drop(ChatRequest request, LossReport losses)
    {
        if (request.Extras is { } extras)
        {
            foreach (var member in OfAnthropicAlone)
                if (extras.Take(System.Text.Encoding.ASCII.GetBytes(member)).HasValue) losses.Drop(member);
            // There is one tier.
            extras.Take("service_tier"u8);
            // Its later place is known everywhere (RequestEcho).
            extras.Take("output_format"u8);
        }
        foreach (var message in request.Messages)
            if (message.Parts.RemoveAll(part => part is ReasoningPart { HasState: false }) > 0) losses.Drop(SealedState.Unsigned);
    }
}
