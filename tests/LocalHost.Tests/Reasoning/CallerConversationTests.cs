using System.Text;
using System.Text.Json.Nodes;

namespace Nano.LocalHost.Tests.Reasoning;

/// <summary>
/// Five turns with reasoning and tools through Responses, Messages and Gemini: the caller sends each response back like its clients, and every
/// model gets only its own state, with ids of calls that it knows. Chat callers are in <see cref="ConversationTests"/>.
/// </summary>
public sealed class CallerConversationTests : IClassFixture<WorldFixture>
{
    private const string Python = "gemini in Python";

    private static readonly Dictionary<string, ConversationCaller> Callers = new()
    {
        ["responses"] = new ResponsesConversationCaller(), ["messages"] = new MessagesConversationCaller(), ["gemini"] = new GeminiConversationCaller(),
        [Python] = new PythonGeminiConversationCaller(),
    };

    /// <summary>
    /// Models whose state these callers have a member for. OpenRouter's <c>reasoning_details</c> exist only in Chat; for Responses callers,
    /// OpenRouter and DeepSeek get the request itself.
    /// </summary>
    private static readonly string[] Models =
    [
        "anthropic/claude-opus-5-5", "anthropic/claude-haiku-4-5", "google/gemini-3.8-flash", "openai/gpt-6-astra", "openai/gpt-4.1", "moonshot/kimi-k3",
        "groq/openai/gpt-oss-120b",
        "mistral/mistral-medium-latest",
    ];

    private readonly WorldFixture _world;

    public CallerConversationTests(WorldFixture world)
    {
        _world = world;
        world.AnswersWhole = false;
        world.MayLack = false;
    }

    public static TheoryData<string, string, bool> Alone()
    {
        var table = new TheoryData<string, string, bool>();
        foreach (var api in Callers.Keys)
            foreach (var model in ModelsOf(api))
                foreach (var stream in (bool[])[false, true]) table.Add(api, model, stream);
        return table;
    }

    [Theory, MemberData(nameof(Alone))]
    public async Task One_model_gets_all_of_its_state_back(string api, string model, bool stream) =>
        (await ConverseAsync(Callers[api], [.. Enumerable.Repeat(model, 5)], stream)).ShouldAllBe(lost => !lost.Contains(Callers[api].Loss));

    public static TheoryData<string, string, string, bool> Mixed()
    {
        var table = new TheoryData<string, string, string, bool>();
        foreach (var api in Callers.Keys.Where(api => api != Python))
            foreach (var one in ModelsOf(api))
                foreach (var other in ModelsOf(api))
                    // Switching between two models of Anthropic is up to the caller: both get the request itself, as from Anthropic's own clients.
                    if (one != other && !(api == "messages" && one.StartsWith("anthropic/", StringComparison.Ordinal) && other.StartsWith("anthropic/", StringComparison.Ordinal)))
                        table.Add(api, one, other, string.CompareOrdinal(one, other) < 0);
        return table;
    }

    [Theory, MemberData(nameof(Mixed))]
    public async Task Another_model_takes_over_and_the_first_continues(string api, string one, string other, bool stream)
    {
        await ConverseAsync(Callers[api], [one, one, other, other, one], stream);
        await ConverseAsync(Callers[api], [one, other, one, other, other], stream);
    }

    /// <summary>OpenAI gets a Responses request itself, which the Chat model of this test cannot serve.</summary>
    private static IEnumerable<string> ModelsOf(string api) => Models.Where(model => api != "responses" || model != "openai/gpt-4.1");

    private async Task<List<string>> ConverseAsync(ConversationCaller caller, IReadOnlyList<string> models, bool stream)
    {
        _world.Wake();
        var history = new JsonArray(caller.Question("What is the weather?"));
        var losses = new List<string>();
        for (_world.Turn = 0; _world.Turn <= FakeModel.LastTurn; _world.Turn++)
        {
            _world.Script();
            var model = models[_world.Turn];
            using var response = await _world.Client.PostAsync(caller.Path(model, stream),
                new StringContent(caller.Request(model, history, stream).ToJsonString(), Encoding.UTF8, "application/json"));
            var body = await response.Content.ReadAsStringAsync();
            ((int)response.StatusCode).ShouldBe(200, $"turn {_world.Turn}, {model}: {body}");
            losses.Add(response.Headers.TryGetValues("x-nano-loss", out var lost) ? string.Join(';', lost) : "");
            var turn = caller.Turn(body, stream);
            var calls = caller.Calls(turn);
            if (_world.Turn == FakeModel.LastTurn) caller.Text(turn).ShouldBe("done");
            else calls.Count.ShouldBe(_world.Turn == 2 ? 2 : 1, $"turn {_world.Turn}, {model}: {body}");
            foreach (var item in turn) history.Add(item!.DeepClone());
            if (calls.Count == 0) continue;
            foreach (var item in caller.Results(calls)) history.Add(item!.DeepClone());
        }
        return losses;
    }
}
