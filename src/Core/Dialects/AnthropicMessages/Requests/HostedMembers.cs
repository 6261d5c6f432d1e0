using Nano.Chat;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>
/// Removes members that a hosting cloud platform refuses: those that belong to a beta header, which is not forwarded there, and
/// those of Anthropic's own service (case 6 of other gateways: header and member are dropped together, and reported).
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
            // There is only one tier.
            extras.Take("service_tier"u8);
            // Its newer position works everywhere (RequestEcho).
            extras.Take("output_format"u8);
        }
        foreach (var message in request.Messages)
            if (message.Parts.RemoveAll(part => part is ReasoningPart { HasState: false }) > 0) losses.Drop(SealedState.Unsigned);
        if (!UnreasonedLoop.Is(request)) return;
        losses.Drop(UnreasonedLoop.Lost);
        var effort = request.Reasoning!.Effort;
        request.Reasoning = effort.IsPresent ? new ReasoningOptions { Effort = effort } : null;
    }
}
