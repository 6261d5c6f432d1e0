using System.Text;
using System.Text.Json.Nodes;

namespace Nano.LocalHost.Tests.Reasoning;

/// <summary>State between callers and the gateway: strict requests, damaged seals, names with dates, streams in pieces.</summary>
public sealed class StateTests : IClassFixture<WorldFixture>
{
    private readonly WorldFixture _world;

    public StateTests(WorldFixture world)
    {
        _world = world;
        _world.AnswersWhole = _world.MayLack = false;
        _world.PieceSize = 0;
    }

    [Theory]
    [InlineData("anthropic/claude-opus-5-5", Keeps.Everything)]
    [InlineData("anthropic/claude-opus-5-5", Keeps.IdsOnly)]
    [InlineData("anthropic/claude-opus-5-5", Keeps.Gathered)]
    [InlineData("google/gemini-3.8-flash", Keeps.Everything)]
    [InlineData("google/gemini-3.8-flash", Keeps.IdsOnly)]
    [InlineData("google/gemini-3.8-flash", Keeps.LastPieces)]
    [InlineData("openai/gpt-6-astra", Keeps.Everything)]
    [InlineData("openai/gpt-6-astra", Keeps.IdsOnly)]
    [InlineData("openai/gpt-6-astra", Keeps.GatheredIds)]
    public async Task Strict_conversations_with_one_model_lose_nothing(string model, Keeps keeps) =>
        (await _world.ConverseAsync([.. Enumerable.Repeat(model, 5)], keeps, strict: true)).ShouldAllBe(lost => lost == "");

    [Theory]
    [InlineData("anthropic/claude-opus-5-5")]
    [InlineData("openai/gpt-4.1")]
    [InlineData("deepseek/deepseek-v4-pro")]
    public async Task Strict_requests_with_another_models_state_are_refused_before_anything_is_sent(string next)
    {
        _world.Wake();
        _world.Script();
        _world.Turn = 0;
        var first = await _world.AskAsync("google/gemini-3.8-flash", []);
        var turn = ConversationClient.Turn(first.Body, Keeps.IdsOnly);
        var result = new JsonObject { ["role"] = "tool", ["tool_call_id"] = (string)turn["tool_calls"]![0]!["id"]!, ["content"] = "rain" };
        _world.Script();
        var refused = await _world.AskAsync(next, [turn, result], strict: true);
        refused.Status.ShouldBe(400, refused.Body);
        refused.Body.ShouldContain("lossy_conversion");
        refused.Body.ShouldContain("messages.reasoning_details");
        _world.Upstream.Requests.ShouldBeEmpty();
        _world.Script();
        var told = await _world.AskAsync(next, [turn, result]);
        told.Status.ShouldBe(200, told.Body);
        told.Losses.ShouldContain("messages.reasoning_details");
    }

    /// <summary>Whatever a client does to the seals: the conversation continues, and no provider sees a seal.</summary>
    [Theory]
    [InlineData("anthropic/claude-opus-5-5")]
    [InlineData("google/gemini-3.8-flash")]
    [InlineData("openai/gpt-6-astra")]
    public async Task Damaged_state_refuses_no_conversation(string model)
    {
        var random = new Random(20261123);
        for (var round = 0; round < 20; round++)
        {
            // Every seal of the history is damaged, each time again: a damaged seal is not sent, so for the provider it is missing.
            _world.MayLack = true;
            _world.LacksAnything = true;
            var losses = await _world.ConverseAsync([.. Enumerable.Repeat(model, 5)], Keeps.Everything, (turn, messages) =>
            {
                foreach (var message in messages.Skip(Math.Max(0, messages.Count - 3))) Damage(message!, random);
            });
            losses.Skip(1).ShouldAllBe(lost => lost.Contains("messages.reasoning_details"));
        }
        _world.LacksAnything = false;
    }

    private static void Damage(JsonNode message, Random random)
    {
        if ((string?)message["role"] != "assistant") return;
        string Broken(string value)
        {
            var at = value.IndexOf("__nano1_", StringComparison.Ordinal);
            if (at < 0) return value;
            at = random.Next(at + 8, value.Length);
            return random.Next(3) switch
            {
                0 => value[..at],
                1 => value[..at] + (value[at] == 'A' ? 'B' : 'A') + value[(at + 1)..],
                _ => value + "A",
            };
        }
        foreach (var detail in message["reasoning_details"]?.AsArray() ?? [])
            foreach (var member in (string[])["signature", "data"])
                if ((string?)detail![member] is { } value) detail[member] = Broken(value);
        foreach (var call in message["tool_calls"]?.AsArray() ?? [])
        {
            call!["id"] = Broken((string)call["id"]!);
            if (call["extra_content"]?["google"] is { } google) google["thought_signature"] = Broken((string)google["thought_signature"]!);
        }
    }

    [Theory]
    [InlineData("anthropic/claude-opus-5-5")]
    [InlineData("google/gemini-3.8-flash")]
    [InlineData("openai/gpt-6-astra")]
    public async Task Streams_in_any_pieces_bring_the_same_state(string model)
    {
        foreach (var size in (int[])[1, 13, 4096])
        {
            _world.PieceSize = size;
            (await _world.ConverseAsync([.. Enumerable.Repeat(model, 5)], Keeps.Gathered)).ShouldAllBe(lost => lost == "");
        }
    }

    [Fact]
    public async Task A_dated_name_is_the_same_model()
    {
        var model = new FakeResponses("openai/gpt-6-astra");
        _world.Script(model.Answer(0, stream: false));
        var first = await _world.AskAsync("openai/gpt-6-astra-2026-09-29", []);
        first.Status.ShouldBe(200, first.Body);
        var turn = ConversationClient.Turn(first.Body, Keeps.IdsOnly);
        var result = new JsonObject { ["role"] = "tool", ["tool_call_id"] = (string)turn["tool_calls"]![0]!["id"]!, ["content"] = "rain" };
        _world.Wake();
        _world.Turn = 1;
        _world.Script();
        var second = await _world.AskAsync("openai/gpt-6-astra", [turn, result]);
        second.Status.ShouldBe(200, second.Body);
        second.Losses.ShouldBe("");
        Encoding.UTF8.GetString(_world.Upstream.Request.Body).ShouldContain("\"reasoning\",\"summary\"");
    }
}
