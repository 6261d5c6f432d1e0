using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>
/// Removes members that a hosting cloud platform refuses: those that belong to a beta header, which is not forwarded there, and
/// those of Anthropic's own service (case 6 of other gateways: header and member are dropped together, and reported).
/// </summary>
internal static class HostedMembers
{
    private static readonly string[] OfAnthropicAlone = ["context_management", "mcp_servers", "container", "speed", "inference_geo", "user_profile_id"];

    /// <summary>Of tools that need a beta header, by the beginning of their type. The platform's own header for web search is sent (<see cref="HostedBetas"/>).</summary>
    private static readonly JsonText[] BetaTools =
        [.. new[] { "memory_", "computer_", "code_execution_", "web_fetch_", "mcp_toolset", "advisor_" }.Select(JsonText.From)];

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
        Tools(request, losses);
        foreach (var message in request.Messages)
            if (message.Parts.RemoveAll(part => part is ReasoningPart { HasState: false }) > 0) losses.Drop(SealedState.Unsigned);
        if (!UnreasonedLoop.Is(request)) return;
        losses.Drop(UnreasonedLoop.Lost);
        var effort = request.Reasoning!.Effort;
        request.Reasoning = effort.IsPresent ? new ReasoningOptions { Effort = effort } : null;
    }

    /// <summary>
    /// The platform refuses the types of tools that need a beta: "Input tag 'memory_20250818' found using 'type' does not match any of the expected
    /// tags" (BerriAI/litellm#15299). Tools that the caller runs become functions.
    /// </summary>
    private static void Tools(ChatRequest request, LossReport losses)
    {
        var dropped = new List<JsonText>();
        for (var i = 0; i < request.Tools.Count; i++)
        {
            var tool = request.Tools[i];
            if (!tool.Native.IsPresent || !NeedsBeta(tool.Native.Member("type"u8).AsText())) continue;
            if (ToolGeneralizer.OfClient(tool, losses) is { } function)
            {
                request.Tools[i] = function;
                continue;
            }
            NativeTools.Drop(tool, losses);
            dropped.Add(tool.Native.Member("name"u8).AsText());
            request.Tools.RemoveAt(i--);
        }
        if (dropped.Count == 0 || request.ToolChoice is not { } choice) return;
        if (request.Tools.Count > 0 && !(choice.Mode == ToolChoiceMode.Tool && dropped.Exists(name => name.Span.SequenceEqual(choice.Name.Span)))) return;
        request.ToolChoice = null;
        if (choice.Mode is not (ToolChoiceMode.Auto or ToolChoiceMode.None)) losses.Drop("tool_choice");
    }

    private static bool NeedsBeta(JsonText type)
    {
        foreach (var beginning in BetaTools)
            if (type.StartsWith(beginning.Span)) return true;
        return false;
    }
}
