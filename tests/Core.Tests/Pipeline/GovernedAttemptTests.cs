using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nano.Access;
using Nano.Configuration;
using Nano.Dialects;
using Nano.Errors;
using Nano.Governance;
using Nano.Inbound;
using Nano.Routing;
using Nano.Routing.Health;
using Nano.Secrets;
using Nano.State;
using Nano.Testing;
using Nano.Tests.State;

namespace Nano.Tests.Pipeline;

/// <summary>What happens between the reservation of an attempt and its request: nothing is charged for what is not sent, and no reservation stays open.</summary>
public sealed class GovernedAttemptTests : IAsyncLifetime
{
    private const string Ask = """{"model":"m","messages":[{"role":"user","content":"Hi"}]}""";
    private const string AskStream = """{"model":"m","stream":true,"messages":[{"role":"user","content":"Hi"}]}""";

    private const string AskBackground = """{"model":"m","stream":true,"background":true,"max_output_tokens":100,"input":"Hi"}""";

    private static readonly DialectSet Dialects = new();
    private static readonly IInboundApi Chat = new InboundApis(Dialects).OpenAIChat;
    private static readonly IInboundApi Responses = new InboundApis(Dialects).OpenAIResponses;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly CountingEngine _engine = new(new MemoryEngine());
    private StateStore _store = null!;
    private CallerPolicy _policy = null!;

    public async Task InitializeAsync()
    {
        _store = new StateStore(() => _engine, TimeSpan.FromHours(1), _time);
        var secret = await _store.Keys.CreateSecretAsync(default);
        var key = new KeyRecord
        {
            Id = "key_" + SortableId.New(_time.GetUtcNow()), Hash = VirtualKey.HashOf(secret, VirtualKey.Create(secret)), Hint = "", Organization = "acme",
            Limits = new ScopeLimits { TokensPerMinute = 1_000_000, MaxConcurrency = 2 }, CreatedAt = _time.GetUtcNow(),
        };
        await _store.Keys.AddAsync(key, default);
        _policy = new CallerPolicy(key, []);
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task A_caller_who_leaves_during_the_reservation_pays_nothing()
    {
        using var caller = new CancellationTokenSource();
        var (harness, transport, _) = Start();
        await using var _ = harness;
        harness.Context.RequestAborted = caller.Token;
        var running = await ReservingAsync(() => harness.RunAsync(Chat, Ask, Plan(transport)));
        caller.Cancel();
        _gate.SetResult();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
        transport.Bodies.ShouldBeEmpty();
        harness.Record!.Attempts.Single().Sends.ShouldBe(0);
        await ShouldBeReleasedAsync(harness);
    }

    /// <summary>The next target is tried, and the first one is not blamed.</summary>
    [Fact]
    public async Task A_limit_that_passes_during_the_reservation_is_not_a_failure_of_the_provider()
    {
        var (harness, transport, health) = Start();
        await using var _ = harness;
        var rules = new PlanRules { Limits = new PlanLimits { Attempt = TimeSpan.FromSeconds(5) } };
        var running = await ReservingAsync(() => harness.RunAsync(Chat, Ask, new RoutePlan([new PlanStep(Deploy("first", transport), health)], rules)));
        _time.Advance(TimeSpan.FromSeconds(7));
        _gate.SetResult();
        var error = (await running)!;
        (error.Status, error.Code).ShouldBe((504, "provider_timeout"));
        error.Message.ShouldContain("before the request could be sent");
        transport.Bodies.ShouldBeEmpty();
        harness.Record!.Attempts.Single().Sends.ShouldBe(0);
        health.Failures.ShouldBeEmpty();
        await ShouldBeReleasedAsync(harness);
    }

    /// <summary>As when a keep-alive sends them at the same time.</summary>
    [Fact]
    public async Task Headers_that_cannot_be_written_leave_no_reservation()
    {
        var (harness, transport, _) = Start();
        await using var _ = harness;
        var running = await ReservingAsync(() => harness.RunAsync(Chat, Ask, Plan(transport)));
        ((HeaderDictionary)harness.Context.Response.Headers).IsReadOnly = true;
        _gate.SetResult();
        await Should.ThrowAsync<InvalidOperationException>(() => running);
        await ShouldBeReleasedAsync(harness);
    }

    [Fact]
    public async Task An_attempt_that_raises_leaves_nothing_of_its_rival_behind()
    {
        var (harness, _, _) = Start();
        await using var _ = harness;
        var (first, second) = (new HeldTransport(), new HeldTransport());
        var (one, two) = (Health("first"), Health("second"));
        var rules = new PlanRules { HedgeAfter = TimeSpan.FromSeconds(1), Budget = new RetryBudget(1) };
        var running = harness.RunAsync(Chat, AskStream, new RoutePlan([new PlanStep(Deploy("first", first), one), new PlanStep(Deploy("second", second), two)], rules));
        await first.Reading;
        _time.Advance(TimeSpan.FromSeconds(2));
        await second.Reading;
        first.Release();
        await Should.ThrowAsync<InvalidOperationException>(() => running);
        (first.IsDisposed, second.IsDisposed, one.Open, two.Open).ShouldBe((true, true, 0, 0));
        foreach (var row in await RowsAsync(harness)) row.State.ShouldNotBe(AttemptState.Open);
    }

    /// <summary>A send that the provider refused is not charged, whatever ends the attempt while a newer key is read; a limit says nothing about the provider.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_attempt_that_ends_while_a_newer_key_is_read_costs_nothing(bool callerLeaves)
    {
        using var caller = new CancellationTokenSource();
        var (harness, _, health) = Start();
        await using var _ = harness;
        harness.Context.RequestAborted = caller.Token;
        var keys = new RotatingKeys();
        var transport = ScriptedTransport.Json("{}", 401);
        var rules = new PlanRules { Limits = new PlanLimits { Attempt = TimeSpan.FromSeconds(5) } };
        var step = new PlanStep(AttemptHarness.Deploy("first", Dialects.OpenAIChat, transport, secrets: keys), health);
        var running = harness.RunAsync(Chat, Ask, new RoutePlan([step], rules));
        await keys.Reading;
        if (callerLeaves) caller.Cancel();
        else _time.Advance(TimeSpan.FromSeconds(7));
        keys.Release();
        if (callerLeaves) await Should.ThrowAsync<OperationCanceledException>(() => running);
        else (await running)!.Message.ShouldContain("before the request could be sent");
        (transport.Bodies.Count, health.Failures.Count).ShouldBe((1, 0));
        await ShouldBeReleasedAsync(harness);
    }

    /// <summary>It is generated to its end, and only an attempt whose id its caller has can be retrieved or cancelled.</summary>
    [Fact]
    public async Task A_background_response_is_not_hedged()
    {
        var (harness, _, _) = Start();
        await using var _ = harness;
        var (first, second) = (new HeldTransport(), new HeldTransport());
        var rules = new PlanRules { HedgeAfter = TimeSpan.Zero, Budget = new RetryBudget(1) };
        var running = harness.RunAsync(Responses, AskBackground, PlanOf(first, second, rules));
        await first.Reading;
        first.Release();
        await Should.ThrowAsync<InvalidOperationException>(() => running);
        (second.Reading.IsCompleted, harness.Record!.Attempts.Count).ShouldBe((false, 1));
    }

    [Fact]
    public async Task A_background_response_that_is_given_up_before_its_id_was_sent_is_charged_for_its_input()
    {
        var (harness, _, _) = Start();
        await using var _ = harness;
        var first = new HeldTransport();
        var second = ScriptedTransport.Events(
            """{"type":"response.created","response":{"id":"resp_1","object":"response","model":"m","status":"queued","output":[]}}""",
            """{"type":"response.output_text.delta","delta":"Hi"}""",
            """{"type":"response.completed","response":{"id":"resp_1","object":"response","model":"m","status":"completed","output":[],"usage":{"input_tokens":5,"output_tokens":7,"total_tokens":12}}}""");
        var rules = new PlanRules { Limits = new PlanLimits { FirstToken = TimeSpan.FromSeconds(5) } };
        var running = harness.RunAsync(Responses, AskBackground, PlanOf(first, second, rules));
        await first.Reading;
        _time.Advance(TimeSpan.FromSeconds(7));
        (await running).ShouldBeNull();
        (await RowsAsync(harness)).OrderBy(row => row.Details.Number).Select(row => (row.State, row.Settlement!.OutputTokens))
            .ShouldBe([(AttemptState.Settled, 0), (AttemptState.Settled, 7)]);
    }

    private static RoutePlan PlanOf(HttpMessageHandler first, HttpMessageHandler second, PlanRules rules) =>
        new([.. new[] { ("first", first), ("second", second) }.Select(target => new PlanStep(AttemptHarness.Deploy(target.Item1, Dialects.OpenAIResponses, target.Item2)))], rules);

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private (AttemptHarness Harness, ScriptedTransport Transport, DeploymentHealth Health) Start() =>
        (new AttemptHarness(_time)
        {
            Caller = Caller.OfKey(_policy),
            Governor = new Governor(_store, new PendingCloses(_store, _time, NullLogger.Instance), new LocalShare(), _time),
        }, ScriptedTransport.Json("{}", 500), Health("first"));

    private DeploymentHealth Health(string provider) => new(provider + "/m", provider, new ResilienceConfig(), new LocalCooldowns(_time), _time);

    private static Deployment Deploy(string provider, HttpMessageHandler transport) => AttemptHarness.Deploy(provider, Dialects.OpenAIChat, transport);

    private static RoutePlan Plan(ScriptedTransport transport) => new([new PlanStep(Deploy("first", transport))], PlanRules.None);

    /// <summary>Runs until the reservation waits for the store.</summary>
    private async Task<Task<GatewayError?>> ReservingAsync(Func<Task<GatewayError?>> run)
    {
        var calls = _engine.Calls;
        _engine.Gate = _gate.Task;
        var running = run();
        await Wait.UntilAsync(() => _engine.Calls > calls);
        return running;
    }

    private async Task<IReadOnlyList<AttemptRow>> RowsAsync(AttemptHarness harness)
    {
        _engine.Gate = Task.CompletedTask;
        return await _store.Ledger.FindAsync(_policy.Partition, harness.Record!.RequestId, default);
    }

    private async Task ShouldBeReleasedAsync(AttemptHarness harness)
    {
        var row = (await RowsAsync(harness)).ShouldHaveSingleItem();
        (row.State, row.Charged).ShouldBe((AttemptState.Released, default));
    }

    /// <summary>A source whose newer key arrives late, also for a request that has ended.</summary>
    private sealed class RotatingKeys : ISecretSource
    {
        private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reading => _reading.Task;

        public void Release() => _released.SetResult();

        public ValueTask<Secret> FindAsync(IReadOnlyList<string> settings, CancellationToken cancellationToken) => ValueTask.FromResult(Secret.Found("old", settings[0]));

        public async ValueTask<Secret> RereadAsync(IReadOnlyList<string> settings, string? refused, CancellationToken cancellationToken)
        {
            _reading.TrySetResult();
            await _released.Task;
            return Secret.Found("new", settings[0]);
        }
    }

    /// <summary>A stream whose first read waits, and then raises what no attempt expects.</summary>
    private sealed class HeldTransport : HttpMessageHandler
    {
        private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reading => _reading.Task;

        public bool IsDisposed { get; private set; }

        public void Release() => _released.SetResult();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var content = new StreamContent(new Held(this));
            content.Headers.TryAddWithoutValidation("Content-Type", "text/event-stream");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content });
        }

        private sealed class Held(HeldTransport owner) : MemoryStream
        {
            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            {
                owner._reading.TrySetResult();
                await owner._released.Task.WaitAsync(cancellationToken);
                throw new InvalidOperationException("A fault.");
            }

            protected override void Dispose(bool disposing)
            {
                owner.IsDisposed = true;
                base.Dispose(disposing);
            }
        }
    }
}
