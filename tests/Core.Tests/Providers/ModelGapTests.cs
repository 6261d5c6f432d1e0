using System.Text;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Providers;

namespace Nano.Tests.Providers;

/// <summary>Which requests for OpenAI's models are sent to Responses, and which deployments are treated as these models.</summary>
public sealed class ModelGapTests
{
    [Theory]
    [InlineData("gpt-6.2-sol", DialectGap.Tools)]
    [InlineData("gpt-6.1-sol-2026-09-29", DialectGap.Tools)]
    [InlineData("gpt-6-astra", DialectGap.Tools)]
    [InlineData("gpt-6-sol", DialectGap.ToolsWhileReasoning)]
    [InlineData("gpt-6-luna", DialectGap.ToolsWhileReasoning)]
    [InlineData("gpt-6.1-terra", DialectGap.ToolsWhileReasoning)]
    [InlineData("gpt-5.6", DialectGap.ToolsWhileReasoning)]
    [InlineData("gpt-5.6-luna", DialectGap.ToolsWhileReasoning)]
    [InlineData("gpt-5.5-2026-04-23", DialectGap.ToolsWhileReasoning)]
    [InlineData("gpt-5.4", DialectGap.ToolsWithEffort)]
    [InlineData("gpt-5.4-mini-2026-03-17", DialectGap.ToolsWithEffort)]
    [InlineData("gpt-5.4-pro", DialectGap.Everything)]
    [InlineData("gpt-5-pro-2025-10-06", DialectGap.Everything)]
    [InlineData("o3-pro", DialectGap.Everything)]
    [InlineData("o1-pro-2025-03-19", DialectGap.Everything)]
    [InlineData("gpt-5.3-codex", DialectGap.Everything)]
    [InlineData("gpt-5.1-codex-max", DialectGap.Everything)]
    [InlineData("codex-mini-latest", DialectGap.Everything)]
    [InlineData("o3-deep-research", DialectGap.Everything)]
    [InlineData("o4-mini-deep-research-2025-06-26", DialectGap.Everything)]
    [InlineData("gpt-5.2", null)]
    [InlineData("gpt-5.1", null)]
    [InlineData("gpt-5", null)]
    [InlineData("gpt-5-mini", null)]
    [InlineData("gpt-4.1", null)]
    [InlineData("gpt-4o", null)]
    [InlineData("o4-mini", null)]
    [InlineData("chatgpt-4o-latest", null)]
    [InlineData("GPT-6-ASTRA", null)]
    [InlineData("my-model-pro", null)]
    public void A_family_has_its_gap(string model, DialectGap? gap) =>
        (Chat(OpenAIModels.ChatGaps).GapOf(model)?.Gap).ShouldBe(gap);

    /// <summary>Deployments can have any name; usual names contain the model's.</summary>
    [Theory]
    [InlineData("gpt-6.2-sol", DialectGap.Tools)]
    [InlineData("prod-gpt-6-astra-eu", DialectGap.Tools)]
    [InlineData("gpt-5-6-terra", DialectGap.ToolsWhileReasoning)]
    [InlineData("team_gpt-5.4_eastus", DialectGap.ToolsWithEffort)]
    [InlineData("our-gpt-5.1-codex-max", DialectGap.Everything)]
    [InlineData("gpt-5-nano", null)]
    [InlineData("gpt-5-4o", DialectGap.ToolsWithEffort)]
    [InlineData("chat", null)]
    [InlineData("gpt-4o-2024-08-06", null)]
    public void A_deployment_is_known_by_its_name(string deployment, DialectGap? gap) =>
        (Chat(OpenAIModels.ChatGapsOfDeployments).GapOf(deployment)?.Gap).ShouldBe(gap);

    [Theory]
    [InlineData("""{"model":"m"}""", false, ReasoningWish.None)]
    [InlineData("""{"model":"m","tools":[]}""", false, ReasoningWish.None)]
    [InlineData("""{"model":"m","tools":[ ],"functions":null}""", false, ReasoningWish.None)]
    [InlineData("""{"model":"m","tools":null}""", false, ReasoningWish.None)]
    [InlineData("""{"model":"m","tools":[{}]}""", true, ReasoningWish.None)]
    [InlineData("""{"model":"m","tools":[],"functions":[ {}]}""", true, ReasoningWish.None)]
    [InlineData("""{"model":"m","messages":[{"tool_calls":[{}]}],"tool_choice":"auto"}""", false, ReasoningWish.None)]
    [InlineData("""{"model":"m","reasoning_effort":"none"}""", false, ReasoningWish.Off)]
    [InlineData("""{"model":"m","reasoning_effort":"n\u006fne"}""", false, ReasoningWish.Off)]
    [InlineData("""{"model":"m","reasoning_effort":null}""", false, ReasoningWish.None)]
    [InlineData("""{"model":"m","reasoning_effort":"minimal"}""", false, ReasoningWish.Asked)]
    [InlineData("""{"model":"m","reasoning":{"effort":"none"}}""", false, ReasoningWish.Asked)]
    [InlineData("""{"model":"m","thinking":{"type":"enabled"},"reasoning_effort":"none"}""", false, ReasoningWish.Asked)]
    [InlineData("""{"model":"m","messages":[{"reasoning_effort":"high"}],"reasoning":null}""", false, ReasoningWish.None)]
    public void The_envelope_contains_the_needs_of_the_request(string body, bool tools, ReasoningWish wish)
    {
        ChatEnvelope.TryRead(Encoding.UTF8.GetBytes(body), out var envelope).ShouldBeNull();
        (envelope.HasTools, envelope.Reasoning).ShouldBe((tools, wish));
    }

    [Theory]
    [InlineData(DialectGap.Everything, false, ReasoningWish.None, true)]
    [InlineData(DialectGap.Everything, true, ReasoningWish.Off, true)]
    [InlineData(DialectGap.Tools, false, ReasoningWish.Asked, false)]
    [InlineData(DialectGap.Tools, true, ReasoningWish.Off, true)]
    [InlineData(DialectGap.ToolsWhileReasoning, false, ReasoningWish.Asked, false)]
    [InlineData(DialectGap.ToolsWhileReasoning, true, ReasoningWish.None, true)]
    [InlineData(DialectGap.ToolsWhileReasoning, true, ReasoningWish.Off, false)]
    [InlineData(DialectGap.ToolsWithEffort, true, ReasoningWish.None, false)]
    [InlineData(DialectGap.ToolsWithEffort, true, ReasoningWish.Off, false)]
    [InlineData(DialectGap.ToolsWithEffort, true, ReasoningWish.Asked, true)]
    [InlineData(DialectGap.ToolsWithEffort, false, ReasoningWish.Asked, false)]
    public void A_gap_refuses_the_requests_that_it_covers(DialectGap gap, bool tools, ReasoningWish wish, bool refused) =>
        new ModelGap("*", gap).Refuses(new RequestNeeds(tools, wish)).ShouldBe(refused);

    private static ModelDialect Chat(IReadOnlyList<ModelGap> gaps) => new(new OpenAIChatDialect(), (baseUrl, _, _) => new Uri(baseUrl)) { Gaps = gaps };
}
