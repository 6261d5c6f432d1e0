using System.Text.Json.Nodes;
using Nano.Dialects;
using Nano.Errors;
using Nano.Inbound;
using Nano.Routing;

namespace Nano.Tests.Pipeline;

/// <summary>
/// A conversation returns to the deployment whose reasoning state it contains, whatever the plan's order is
/// (CommonstackAI/UncommonRoute#19: balancing to another key or model makes signed history invalid).
/// </summary>
public sealed class StateAffinityTests
{
    private const string Thinking = """
        {"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"Hm.","signature":"c2lnbmF0dXJlLW9mLXR3bw=="},{"type":"text","text":"Yes."}],
         "stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}
        """;

    private static readonly DialectSet Dialects = new();
    private static readonly IInboundApi Chat = new InboundApis(Dialects).OpenAIChat;

    [Fact]
    public async Task Case17_Reasoning_state_returns_to_the_deployment_that_made_it()
    {
        var answer = await AskAsync(null, [Deploy("two", out _)]);
        answer["reasoning_details"].ShouldNotBeNull("the test needs state");

        var plan = new[] { Deploy("one", out var one), Deploy("two", out var two), Deploy("three", out var three) };
        await AskAsync(answer, plan);

        one.Bodies.ShouldBeEmpty();
        three.Bodies.ShouldBeEmpty();
        two.Bodies.Single().ShouldContain("c2lnbmF0dXJlLW9mLXR3bw==");
    }

    /// <summary>Gemini callers get the state in standard base64.</summary>
    [Fact]
    public async Task State_of_a_Gemini_caller_returns_to_the_deployment_that_made_it()
    {
        var gemini = new InboundApis(Dialects).Gemini;
        const string question = """{"role":"user","parts":[{"text":"Really?"}]}""";
        await using var first = new AttemptHarness();
        (await first.RunAsync(gemini, $$"""{"contents":[{{question}}]}""", RoutePlan.Of(Deploy("two", out _)))).ShouldBeNull();
        var turn = JsonNode.Parse(first.Sent)!["candidates"]![0]!["content"]!.ToJsonString();
        turn.ShouldContain("//nano1/");

        await using var second = new AttemptHarness();
        (await second.RunAsync(gemini, $$"""{"contents":[{{question}},{{turn}},{{question}}]}""", RoutePlan.Of(Deploy("one", out var one), Deploy("two", out var two)))).ShouldBeNull();
        one.Bodies.ShouldBeEmpty();
        two.Bodies.Single().ShouldContain("c2lnbmF0dXJlLW9mLXR3bw==");
    }

    /// <summary>A fallback took over once: the conversation continues there, although the first target can be used again.</summary>
    [Fact]
    public async Task Case17_A_conversation_that_a_fallback_took_over_stays_with_it()
    {
        var answer = await AskAsync(null, [Deploy("two", out _)]);
        await using var harness = new AttemptHarness();
        var plan = new RoutePlan([new PlanStep(Deploy("one", out var one)), new PlanStep(Deploy("two", out var two), On: FailureClass.ContextLength)], new PlanRules());
        (await harness.RunAsync(Chat, Body(answer), plan)).ShouldBeNull();
        one.Bodies.ShouldBeEmpty();
        two.Bodies.Single().ShouldContain("c2lnbmF0dXJlLW9mLXR3bw==");
        harness.Context.Response.Headers.ContainsKey("x-nano-loss").ShouldBeFalse();
    }

    [Fact]
    public async Task A_conversation_without_state_keeps_the_order_of_the_plan()
    {
        await AskAsync(null, [Deploy("one", out var one), Deploy("two", out var two)]);
        (one.Bodies.Count, two.Bodies.Count).ShouldBe((1, 0));
    }

    /// <summary>The state's home is down: another deployment serves the conversation without the state, and the loss is reported.</summary>
    [Fact]
    public async Task State_is_reported_as_lost_when_its_home_is_down()
    {
        var answer = await AskAsync(null, [Deploy("two", out _)]);
        await using var harness = new AttemptHarness();
        var one = ScriptedTransport.Json(Thinking);
        var error = await harness.RunAsync(Chat, Body(answer), RoutePlan.Of(
            AttemptHarness.Deploy("one", Dialects.AnthropicMessages, one), AttemptHarness.Deploy("two", Dialects.AnthropicMessages, ScriptedTransport.Json("{}", 500))));
        error.ShouldBeNull();
        one.Bodies.Single().ShouldNotContain("c2lnbmF0dXJlLW9mLXR3bw==");
        harness.Context.Response.Headers["x-nano-loss"].ToString().ShouldContain("reasoning_details");
        harness.Record!.Attempts.Select(attempt => attempt.Provider).ShouldBe(["two", "one"]);
    }

    private static Deployment Deploy(string provider, out ScriptedTransport transport) =>
        AttemptHarness.Deploy(provider, Dialects.AnthropicMessages, transport = ScriptedTransport.Json(Thinking));

    private static async Task<JsonObject> AskAsync(JsonObject? answer, Deployment[] plan)
    {
        await using var harness = new AttemptHarness();
        (await harness.RunAsync(Chat, Body(answer), RoutePlan.Of(plan))).ShouldBeNull();
        return JsonNode.Parse(harness.Sent)!["choices"]![0]!["message"]!.AsObject();
    }

    private static string Body(JsonObject? answer)
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Really?" });
        if (answer is not null)
        {
            messages.Add(answer.DeepClone());
            messages.Add(new JsonObject { ["role"] = "user", ["content"] = "Sure?" });
        }
        return new JsonObject { ["model"] = "x", ["messages"] = messages }.ToJsonString();
    }
}
