using System.Text.Json.Nodes;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Reasoning;

/// <summary>The gateway in front of fake models that refuse the same requests as real ones.</summary>
public sealed class WorldFixture : GatewayFixture
{
    public static IReadOnlyList<FakeModel> Models { get; } =
    [
        new FakeAnthropic("anthropic/claude-opus-5-5"),
        new FakeAnthropic("anthropic/claude-haiku-4-5"),
        new FakeGemini("google/gemini-3.8-flash"),
        new FakeResponses("openai/gpt-6-astra"),
        new FakeChat("openai/gpt-4.1", Thoughts.Refused, longestId: 40),
        new FakeChat("openrouter/vendor/model", Thoughts.Details),
        new FakeChat("deepseek/deepseek-v4-pro", Thoughts.InEveryTurn),
        new FakeChat("moonshot/kimi-k3", Thoughts.InToolTurns),
        new FakeChat("groq/openai/gpt-oss-120b", Thoughts.Reasoning),
        new FakeChat("mistral/mistral-medium-latest", Thoughts.Refused, longestId: 9),
    ];

    /// <summary>The current turn.</summary>
    public int Turn { get; set; }

    /// <summary>Every response is whole, even if a stream was requested.</summary>
    public bool AnswersWhole { get; set; }

    /// <summary>Bytes per piece of a response; 0 for whole events.</summary>
    public int PieceSize { get; set; }

    /// <summary>State may be missing in any turn of any model: the client has damaged it.</summary>
    public bool LacksAnything { get; set; }

    /// <summary>The client drops what providers of Chat send besides text and calls: there it may be missing.</summary>
    public bool MayLack { get; set; }

    protected override Dictionary<string, string> Settings(string upstream)
    {
        var settings = base.Settings(upstream);
        AddVendors(settings, upstream);
        return settings;
    }

    public void Wake() => Upstream.Responder = request =>
    {
        var body = JsonNode.Parse(request.BodyText)!.AsObject();
        var model = Models.SingleOrDefault(m => request.Target.StartsWith(m.Path, StringComparison.Ordinal) && m.Owns(request, body));
        if (model is null) return null;
        var refusal = request.BodyText.Contains("__nano", StringComparison.Ordinal) || request.BodyText.Contains("//nano", StringComparison.Ordinal)
            ? "a seal left the gateway"
            : model.Refusal(body, LacksAnything || (MayLack && !model.LivesByIds));
        return refusal is null
            ? Cut(model.Answer(Turn, !AnswersWhole && ((bool?)body["stream"] == true || request.Target.Contains("streamGenerateContent", StringComparison.Ordinal))))
            : UpstreamScript.Json(new JsonObject { ["error"] = new JsonObject { ["message"] = refusal, ["type"] = "invalid_request_error" } }.ToJsonString(), 400);
    };

    private UpstreamScript Cut(UpstreamScript script)
    {
        if (PieceSize == 0) return script;
        var bytes = script.Steps.OfType<UpstreamStep.Send>().SelectMany(s => s.Bytes.ToArray()).ToArray();
        return (script with { Steps = [] }).SendInPieces(bytes, PieceSize);
    }

    /// <summary>Asks once, with these turns after the question.</summary>
    public async Task<(int Status, string Body, string Losses)> AskAsync(string model, IReadOnlyList<JsonNode> turns, bool stream = false, bool strict = false)
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "What is the weather?" });
        foreach (var turn in turns) messages.Add(turn.DeepClone());
        var request = new JsonObject
        {
            ["model"] = model, ["messages"] = messages, ["reasoning_effort"] = "high", ["stream"] = stream,
            ["tools"] = JsonNode.Parse(
                """[{"type":"function","function":{"name":"look","parameters":{"type":"object","properties":{"by":{"type":"string"},"turn":{"type":"integer"},"call":{"type":"integer"}}}}}]"""),
        };
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
            { Content = new StringContent(request.ToJsonString(), System.Text.Encoding.UTF8, "application/json") };
        if (strict) message.Headers.Add("x-nano-strict", "true");
        using var response = await Client.SendAsync(message);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.TryGetValues("x-nano-loss", out var lost) ? string.Join(";", lost) : "");
    }

    /// <summary>Asks one model after the other and sends a result for each tool call; returns the loss headers of the responses.</summary>
    public async Task<IReadOnlyList<string>> ConverseAsync(IReadOnlyList<string> models, Keeps keeps, Action<int, JsonArray>? betweenTurns = null, bool strict = false)
    {
        Wake();
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "What is the weather?" });
        var losses = new List<string>();
        for (Turn = 0; Turn <= FakeModel.LastTurn; Turn++)
        {
            Script();
            betweenTurns?.Invoke(Turn, messages);
            var (status, answer, lost) = await AskAsync(models[Turn], [.. messages.Skip(1).Select(m => m!)], ConversationClient.Streams(keeps), strict);
            status.ShouldBe(200, $"turn {Turn}, {models[Turn]}, {keeps}: {answer}");
            answer.ShouldNotContain("\"error\"");
            losses.Add(lost);
            var turn = ConversationClient.Turn(answer, keeps);
            messages.Add(turn);
            if (Turn == FakeModel.LastTurn) ((string?)turn["content"]).ShouldBe("done");
            else turn["tool_calls"]!.AsArray().Count.ShouldBe(Turn == 2 ? 2 : 1, $"turn {Turn}, {models[Turn]}, {keeps}");
            foreach (var call in turn["tool_calls"]?.AsArray() ?? [])
                messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = (string)call!["id"]!, ["content"] = "rain" });
        }
        return losses;
    }
}

/// <summary>Five turns with thinking and tools: each model that responds next gets its own state back, and no other model's.</summary>
public sealed class ConversationTests : IClassFixture<WorldFixture>
{
    private readonly WorldFixture _world;

    public ConversationTests(WorldFixture world)
    {
        _world = world;
        world.AnswersWhole = false;
    }

    public static TheoryData<string, Keeps> Alone()
    {
        var table = new TheoryData<string, Keeps>();
        foreach (var model in WorldFixture.Models)
            foreach (var keeps in Enum.GetValues<Keeps>())
                table.Add(model.Name, keeps);
        return table;
    }

    [Theory, MemberData(nameof(Alone))]
    public async Task One_model_gets_all_of_its_state_back(string model, Keeps keeps)
    {
        _world.MayLack = keeps is Keeps.IdsOnly or Keeps.GatheredIds or Keeps.LastPieces;
        var losses = await _world.ConverseAsync([.. Enumerable.Repeat(model, 5)], keeps);
        losses.ShouldAllBe(lost => !lost.Contains("reasoning_details"));
    }

    /// <summary>A provider that sends a whole response when a stream was requested: the caller's stream has the same state.</summary>
    [Theory]
    [InlineData("anthropic/claude-opus-5-5")]
    [InlineData("google/gemini-3.8-flash")]
    [InlineData("openai/gpt-6-astra")]
    public async Task A_whole_response_sent_as_a_stream_keeps_its_state(string model)
    {
        _world.AnswersWhole = true;
        foreach (var keeps in (Keeps[])[Keeps.Gathered, Keeps.GatheredIds])
            (await _world.ConverseAsync([.. Enumerable.Repeat(model, 5)], keeps)).ShouldAllBe(lost => !lost.Contains("reasoning_details"));
    }

    public static TheoryData<string, string, Keeps> Mixed()
    {
        var table = new TheoryData<string, string, Keeps>();
        foreach (var one in WorldFixture.Models)
            foreach (var other in WorldFixture.Models)
                foreach (var keeps in (Keeps[])[Keeps.Everything, Keeps.IdsOnly, Keeps.Gathered])
                    if (one != other) table.Add(one.Name, other.Name, keeps);
        return table;
    }

    [Theory, MemberData(nameof(Mixed))]
    public async Task Another_model_takes_over_and_the_first_continues(string one, string other, Keeps keeps)
    {
        _world.MayLack = keeps == Keeps.IdsOnly;
        await _world.ConverseAsync([one, one, other, other, one], keeps);
        await _world.ConverseAsync([one, other, one, other, other], keeps);
    }
}
