using System.Text;
using System.Text.Json.Nodes;

namespace Nano.LocalHost.Tests.Reasoning;

/// <summary>
/// Five turns with reasoning and tools through the Responses API: the caller sends the items of each response back, and every model gets its
/// own state and no other's.
/// </summary>
public sealed class ResponsesConversationTests : IClassFixture<WorldFixture>
{
    /// <summary>Those that are not passed through, and one that is.</summary>
    private static readonly string[] Models =
        ["anthropic/claude-opus-5-5", "anthropic/claude-haiku-4-5", "google/gemini-3.8-flash", "openai/gpt-6-astra", "moonshot/kimi-k3", "groq/openai/gpt-oss-120b", "mistral/mistral-medium-latest"];

    private readonly WorldFixture _world;

    public ResponsesConversationTests(WorldFixture world)
    {
        _world = world;
        world.AnswersWhole = false;
        world.MayLack = false;
    }

    public static TheoryData<string, bool> Alone()
    {
        var table = new TheoryData<string, bool>();
        foreach (var model in Models)
            foreach (var stream in (bool[])[false, true])
                table.Add(model, stream);
        return table;
    }

    [Theory, MemberData(nameof(Alone))]
    public async Task One_model_gets_all_of_its_state_back(string model, bool stream) =>
        (await ConverseAsync([.. Enumerable.Repeat(model, 5)], stream)).ShouldAllBe(lost => !lost.Contains("encrypted_content"));

    public static TheoryData<string, string, bool> Mixed()
    {
        var table = new TheoryData<string, string, bool>();
        foreach (var one in Models)
            foreach (var other in Models)
                if (one != other) table.Add(one, other, string.CompareOrdinal(one, other) < 0);
        return table;
    }

    [Theory, MemberData(nameof(Mixed))]
    public async Task A_model_takes_over_in_the_middle_and_gives_back(string one, string other, bool stream)
    {
        await ConverseAsync([one, one, other, other, one], stream);
        await ConverseAsync([one, other, one, other, other], stream);
    }

    private async Task<List<string>> ConverseAsync(IReadOnlyList<string> models, bool stream)
    {
        _world.Wake();
        var input = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "What is the weather?" });
        var losses = new List<string>();
        for (_world.Turn = 0; _world.Turn <= FakeModel.LastTurn; _world.Turn++)
        {
            _world.Script();
            var (output, lost) = await AskAsync(models[_world.Turn], input, stream);
            losses.Add(lost);
            var calls = output.Where(item => (string?)item!["type"] == "function_call").ToArray();
            foreach (var item in output) input.Add(item!.DeepClone());
            if (_world.Turn == FakeModel.LastTurn) ((string?)output.Single(item => (string?)item!["type"] == "message")!["content"]![0]!["text"]).ShouldBe("done");
            else calls.Length.ShouldBe(_world.Turn == 2 ? 2 : 1, $"turn {_world.Turn}, {models[_world.Turn]}");
            foreach (var call in calls) input.Add(new JsonObject { ["type"] = "function_call_output", ["call_id"] = (string)call!["call_id"]!, ["output"] = "rain" });
        }
        return losses;
    }

    private async Task<(JsonArray Output, string Losses)> AskAsync(string model, JsonArray input, bool stream)
    {
        var request = new JsonObject
        {
            ["model"] = model, ["input"] = input.DeepClone(), ["reasoning"] = new JsonObject { ["effort"] = "high", ["summary"] = "auto" }, ["stream"] = stream, ["store"] = false,
            ["include"] = new JsonArray("reasoning.encrypted_content"),
            ["tools"] = JsonNode.Parse("""[{"type":"function","name":"look","parameters":{"type":"object","properties":{"by":{"type":"string"},"turn":{"type":"integer"},"call":{"type":"integer"}}}}]"""),
        };
        using var response = await _world.Client.PostAsync("/v1/responses", new StringContent(request.ToJsonString(), Encoding.UTF8, "application/json"));
        var body = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(200, $"turn {_world.Turn}, {model}: {body}");
        var whole = stream
            ? JsonNode.Parse(body.Split('\n').Last(line => line.StartsWith("data: {\"type\":\"response.completed\"", StringComparison.Ordinal))["data: ".Length..])!["response"]!
            : JsonNode.Parse(body)!;
        return (whole["output"]!.AsArray(), response.Headers.TryGetValues("x-nano-loss", out var lost) ? string.Join(';', lost) : "");
    }
}
