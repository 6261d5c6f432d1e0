using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>Content of a response that Chat cannot express is reported: in a header, or in a stream's comment before its end.</summary>
public class ReplayLossTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    // Blocks and parts of a provider's own tools, as wire/INDEX.md codes them.
    private static bool HasOwnParts(WireCase wire) => wire.Oddities.Any(o =>
        (o.StartsWith("anthropic_block:", StringComparison.Ordinal) && o is not ("anthropic_block:thinking" or "anthropic_block:redacted_thinking"))
        || (o.StartsWith("responses_item:", StringComparison.Ordinal)
        && o is not ("responses_item:reasoning" or "responses_item:custom_tool_call" or "responses_item:image_generation_call"))
        || o is "gemini_part:executableCode" or "gemini_part:codeExecutionResult" or "gemini_part:toolCall" or "gemini_part:toolResponse");

    [SkippableTheory]
    [InlineData("messages")]
    [InlineData("generateContent")]
    [InlineData("responses")]
    public async Task Parts_of_a_providers_own_tools_are_reported_as_losses(string api)
    {
        WireCorpus.Require();
        var cases = ReplayCases.All.Where(c => c.Api == api && HasOwnParts(c) && !RecordedAnswer.Read(c).IsError).ToArray();
        cases.Length.ShouldBeGreaterThan(9);
        var silent = new List<string>();
        foreach (var wire in cases)
        {
            var reply = await ReplayCases.AskAsync(gateway, wire, (script, body) => script.Send(body), usage: true);
            var named = reply.IsStream ? reply.Text.Split('\n').Any(line => line.StartsWith(": x-nano-loss: dropped=", StringComparison.Ordinal))
                : reply.Headers.ContainsKey("x-nano-loss");
            if (!named) silent.Add(wire.Id);
            if ((await gateway.Usage.OneAsync())["Losses"] is null) silent.Add($"{wire.Id} (record)");
        }
        silent.ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task A_response_without_losses_reports_none()
    {
        WireCorpus.Require();
        foreach (var id in new[] { "anthropic-messages-one-toolcall-9e2abc", "anthropic-messages-sse-toolcall-27cdf1", "gemini-generatecontent-sse-vision-189fd5",
            "openai-responses-one-partools-65aef7", "openai-responses-sse-toolcall-d2c96f" })
        {
            var reply = await ReplayCases.AskAsync(gateway, WireCorpus.Get(id), (script, body) => script.Send(body), usage: true);
            reply.Headers.ContainsKey("x-nano-loss").ShouldBeFalse(id);
            reply.Text.ShouldNotContain("x-nano-loss", customMessage: id);
        }
    }
}
