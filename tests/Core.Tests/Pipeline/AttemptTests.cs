using Nano.Configuration;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Errors;
using Nano.Inbound;
using Nano.Pipeline;
using Nano.Routing;
using Nano.Telemetry;

namespace Nano.Tests.Pipeline;

/// <summary>The caller gets the response of one attempt of a route plan, and nothing of the others.</summary>
public sealed class AttemptTests
{
    private const string Hello =
        """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"finish_reason":null}]}""";
    private const string Role =
        """{"id":"first","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""";
    private const string Stop = """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""";
    private const string Failure = """{"error":{"message":"engine died","type":"server_error","code":500}}""";
    private const string Whole =
        """{"id":"c","object":"chat.completion","created":1,"model":"served","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}""";

    private static readonly DialectSet Dialects = new();
    private static readonly IInboundApi Chat = new InboundApis(Dialects).OpenAIChat;

    /// <summary>The first deployment's result, and whether the second one is tried.</summary>
    public static TheoryData<string, string, bool> FirstFailures() => new()
    {
        { "500", """{"error":{"message":"down"}}""", true },
        { "503", """{"error":{"message":"overloaded"}}""", true },
        { "429", """{"error":{"message":"slow down"}}""", true },
        { "408", """{"error":{"message":"late"}}""", true },
        { "401", """{"error":{"message":"bad key"}}""", true },
        { "200", """{"error":{"message":"engine died","code":500}}""", true },
        { "200", "not json", true },
        { "400", """{"error":{"message":"temperature"}}""", false },
        { "404", """{"error":{"message":"no such model"}}""", true },
    };

    [Theory, MemberData(nameof(FirstFailures))]
    public async Task The_next_deployment_is_tried_when_it_may_do_better(string status, string body, bool isTried)
    {
        await using var harness = new AttemptHarness();
        var (first, second) = (ScriptedTransport.Json(body, int.Parse(status)), ScriptedTransport.Json(Whole));

        var error = await harness.RunAsync(Chat, Ask(stream: false), Plan(first, second));

        second.Bodies.Count.ShouldBe(isTried ? 1 : 0);
        (error is null).ShouldBe(isTried);
        harness.Sent.ShouldBe(isTried ? Whole : "");
        harness.Record!.Attempts.Select(attempt => (attempt.Provider, attempt.IsCommitted, attempt.Error is null))
            .ShouldBe(isTried ? [("first", false, false), ("second", true, true)] : [("first", false, false)]);
    }

    /// <summary>The limit of all attempts also bounds a hedge, which starts when a part of that time is over.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_silent_attempts_end_when_the_time_of_the_plan_is_over(bool stream)
    {
        await using var harness = new AttemptHarness();
        var (first, second) = (new SilentTransport(), new SilentTransport());
        var rules = new PlanRules { HedgeAfter = TimeSpan.FromSeconds(12), Limits = new PlanLimits { Total = TimeSpan.FromSeconds(20) }, Budget = new RetryBudget(1) };
        PlanStep[] steps = [new(AttemptHarness.Deploy("first", Dialects.OpenAIChat, first)), new(AttemptHarness.Deploy("second", Dialects.OpenAIChat, second))];
        var running = harness.RunAsync(Chat, Ask(stream), new RoutePlan(steps, rules));
        await first.Asked;
        harness.Time.Advance(TimeSpan.FromSeconds(12));
        await second.Asked;
        harness.Time.Advance(TimeSpan.FromSeconds(9));
        (await running.WaitAsync(TimeSpan.FromSeconds(30)))!.Kind.ShouldBe(GatewayErrorKind.ProviderTimeout);
    }

    [Fact]
    public async Task A_refused_connection_moves_on()
    {
        await using var harness = new AttemptHarness();
        (await harness.RunAsync(Chat, Ask(stream: true), Plan(ScriptedTransport.Down, ScriptedTransport.Events(Hello, Stop, "[DONE]")))).ShouldBeNull();
        harness.Sent.ShouldContain("Hello");
        harness.Record!.Attempts[0].Sends.ShouldBe(2, "a request that was never sent is tried once more");
    }

    [Fact]
    public async Task An_error_before_the_first_content_leaves_nothing_of_its_attempt()
    {
        await using var harness = new AttemptHarness();
        var error = await harness.RunAsync(Chat, Ask(stream: true), Plan(ScriptedTransport.Events(Role, Failure), ScriptedTransport.Events(Hello, Stop, "[DONE]")));

        error.ShouldBeNull();
        harness.Sent.ShouldBe($"data: {Hello}\n\ndata: {Stop}\n\ndata: [DONE]\n\n");
        harness.Record!.Attempts.Select(attempt => attempt.IsCommitted).ShouldBe([false, true]);
    }

    [Fact]
    public async Task An_error_after_content_is_sent_to_the_caller()
    {
        await using var harness = new AttemptHarness();
        var second = ScriptedTransport.Events(Hello, Stop, "[DONE]");

        var error = await harness.RunAsync(Chat, Ask(stream: true), Plan(ScriptedTransport.EventsApart(Hello, Failure), second));

        error!.Message.ShouldContain("engine died");
        second.Bodies.ShouldBeEmpty();
        harness.Record!.Attempts.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_error_that_arrives_with_the_first_content_leaves_nothing_of_its_attempt()
    {
        await using var harness = new AttemptHarness();
        (await harness.RunAsync(Chat, Ask(stream: true), Plan(ScriptedTransport.Events(Hello, Failure), ScriptedTransport.Events(Hello, Stop, "[DONE]")))).ShouldBeNull();
        harness.Sent.ShouldBe($"data: {Hello}\n\ndata: {Stop}\n\ndata: [DONE]\n\n");
        harness.Record!.Attempts.Select(attempt => attempt.IsCommitted).ShouldBe([false, true]);
    }

    /// <summary>The first deployment speaks Messages and cannot express logit_bias; the second one accepts the request unchanged.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Losses_of_an_attempt_that_did_not_commit_are_not_reported(bool stream)
    {
        await using var harness = new AttemptHarness();
        var plan = RoutePlan.Of(
            AttemptHarness.Deploy("first", Dialects.AnthropicMessages, ScriptedTransport.Json("{}", 500)),
            AttemptHarness.Deploy("second", Dialects.OpenAIChat, stream ? ScriptedTransport.Events(Hello, Stop, "[DONE]") : ScriptedTransport.Json(Whole)));

        (await harness.RunAsync(Chat, Ask(stream, ""","logit_bias":{"5":1}"""), plan)).ShouldBeNull();

        harness.Context.Response.Headers.ContainsKey("x-nano-loss").ShouldBeFalse();
        harness.Record!.Attempts.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Losses_of_the_attempt_that_committed_are_reported()
    {
        await using var harness = new AttemptHarness();
        var message = """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}""";
        var plan = RoutePlan.Of(
            AttemptHarness.Deploy("first", Dialects.OpenAIChat, ScriptedTransport.Json("{}", 500)),
            AttemptHarness.Deploy("second", Dialects.AnthropicMessages, ScriptedTransport.Json(message)));

        (await harness.RunAsync(Chat, Ask(stream: false, ""","logit_bias":{"5":1}"""), plan)).ShouldBeNull();

        harness.Context.Response.Headers["x-nano-loss"].ToString().ShouldBe("dropped=logit_bias");
    }

    [Fact]
    public async Task Every_attempt_starts_from_the_callers_body()
    {
        await using var harness = new AttemptHarness();
        var (first, second) = (ScriptedTransport.Json("{}", 500), ScriptedTransport.Json(Whole));
        var plan = RoutePlan.Of(
            AttemptHarness.Deploy("first", new OpenAIChatDialect(), first, "model-a"),
            AttemptHarness.Deploy("second", new OpenAIChatDialect(), second, "model-b"));

        await harness.RunAsync(Chat, """{ "model":"x", "messages":[],"unknown" : 1.0}""", plan);

        first.Bodies.ShouldBe(["""{ "model":"model-a", "messages":[],"unknown" : 1.0}"""]);
        second.Bodies.ShouldBe(["""{ "model":"model-b", "messages":[],"unknown" : 1.0}"""]);
    }

    [Fact]
    public async Task The_caller_gets_the_last_error_if_every_attempt_fails()
    {
        await using var harness = new AttemptHarness();
        var error = await harness.RunAsync(Chat, Ask(stream: false), Plan(
            ScriptedTransport.Json("""{"error":{"message":"first"}}""", 500), ScriptedTransport.Json("""{"error":{"message":"second"}}""", 429)));
        (error!.Kind, error.Status, error.Provider).ShouldBe((GatewayErrorKind.ProviderLimited, 429, "second"));
        harness.Record!.Attempts.Select(attempt => attempt.ErrorKind).ShouldBe([GatewayErrorKind.ProviderFailed, GatewayErrorKind.ProviderLimited]);
    }

    /// <summary>Also on the passthrough, where nothing can be lost.</summary>
    [Theory]
    [InlineData("yes")]
    [InlineData("1")]
    public async Task A_bad_strict_header_is_a_400_on_every_path(string value)
    {
        await using var harness = new AttemptHarness();
        var transport = ScriptedTransport.Json(Whole);
        var error = await harness.RunAsync(Chat, Ask(stream: false), RoutePlan.Of(AttemptHarness.Deploy("p", Dialects.OpenAIChat, transport)), ("x-nano-strict", value));
        (error!.Status, error.Param).ShouldBe((400, "x-nano-strict"));
        transport.Bodies.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_observer_sees_what_the_caller_is_sent(bool stream)
    {
        var observer = new Observer();
        await using var harness = new AttemptHarness { Observer = observer };
        await harness.RunAsync(Chat, Ask(stream),
            RoutePlan.Of(AttemptHarness.Deploy("p", Dialects.OpenAIChat, stream ? ScriptedTransport.Events(Hello, Stop, "[DONE]") : ScriptedTransport.Json(Whole))));
        System.Text.Encoding.UTF8.GetString(observer.Seen.ToArray()).ShouldBe(harness.Sent);
        observer.IsStream.ShouldBe(stream);
    }

    private static string Ask(bool stream, string more = "") =>
        $$"""{"model":"x","messages":[{"role":"user","content":"q"}],"stream":{{(stream ? "true" : "false")}}{{more}}}""";

    private static RoutePlan Plan(ScriptedTransport first, ScriptedTransport second) =>
        RoutePlan.Of(AttemptHarness.Deploy("first", Dialects.OpenAIChat, first), AttemptHarness.Deploy("second", Dialects.OpenAIChat, second));

    private sealed class Observer : IResponseObserver
    {
        public MemoryStream Seen { get; } = new();

        public bool? IsStream { get; private set; }

        public void OnSending(ReadOnlyMemory<byte> bytes, bool isStream, bool isLast)
        {
            Seen.Write(bytes.Span);
            IsStream = isStream;
        }

        public void OnEnd(UsageRecord record)
        {
        }
    }

    /// <summary>Never responds.</summary>
    private sealed class SilentTransport : HttpMessageHandler
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException("An endless wait has ended.");
        }
    }
}
