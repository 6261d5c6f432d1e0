using System.Runtime.ExceptionServices;
using Nano.Errors;
using Nano.Routing;

namespace Nano.Upstream;

/// <summary>
/// An attempt, and a second one in parallel when the first is late (hedging):
/// <list type="number">
/// <item>the first attempt is made;</item>
/// <item>when it has no content after the plan's time, the next target is tried as well, if the retry budget allows it;</item>
/// <item>the first response with content is relayed, and the other attempt is cancelled at once; nothing waits for it before the response is complete;</item>
/// <item>an attempt that fails leaves the race to the other one.</item>
/// </list>
/// Both are recorded.
/// </summary>
internal sealed class Race(Dispatcher dispatcher, DispatchRequest request, RoutePlan plan, PlanWalk walk, TimeProvider time)
{
    /// <summary>The text in the record of an attempt that lost.</summary>
    public const string Lost = "hedge_lost";

    /// <returns>The attempt that was relayed or failed last, and its error, which has not been sent to the caller. The walk knows all failures.</returns>
    public async ValueTask<(Attempt Attempt, GatewayError? Error)> RunAsync(PlanMove move, SplicedContent? earlier)
    {
        var runners = new List<Runner>(2) { Start(move, earlier) };
        try
        {
            var (winner, lastFailed, error) = await DecideAsync(runners);
            if (winner is null) return (lastFailed!.Attempt, error);
            foreach (var other in runners) if (other != winner) other.GiveUp();
            var failed = await RelayAsync(winner);
            return (winner.Attempt, failed);
        }
        finally
        {
            await EndAsync(runners);
        }
    }

    /// <summary>Ends all of them, also if one has raised: the other's connection, reservation and place in the load must not stay.</summary>
    private static async ValueTask EndAsync(List<Runner> runners)
    {
        ExceptionDispatchInfo? fault = null;
        foreach (var runner in runners)
        {
            try
            {
                await runner.EndAsync();
            }
            catch (Exception e)
            {
                fault ??= ExceptionDispatchInfo.Capture(e);
            }
        }
        fault?.Throw();
    }

    private async ValueTask<(Runner? Winner, Runner? LastFailed, GatewayError? Error)> DecideAsync(List<Runner> runners)
    {
        request.Wait();
        try
        {
            using var decided = new CancellationTokenSource();
            var late = Task.Delay(plan.Rules.HedgeAfter!.Value, time, decided.Token);
            var running = new List<Runner>(runners);
            Runner? lastFailed = null;
            GatewayError? error = null;
            while (running.Count > 0)
            {
                var tasks = running.ConvertAll(runner => (Task)runner.Running);
                if (runners.Count == 1) tasks.Add(late);
                var first = await Task.WhenAny(tasks);
                if (first == late)
                {
                    if (walk.NextBeside() is not { Kind: PlanMoveKind.Try } beside)
                    {
                        late = Task.Delay(Timeout.InfiniteTimeSpan, time, decided.Token);
                        continue;
                    }
                    runners.Add(Start(beside, runners[0].Attempt.Content, runners[0].Attempt));
                    running.Add(runners[1]);
                    continue;
                }
                var ended = running.Find(runner => runner.Running == first)!;
                var result = await ended.Running;
                if (result is null)
                {
                    await decided.CancelAsync();
                    return (ended, null, null);
                }
                running.Remove(ended);
                (lastFailed, error) = (ended, Fail(ended, result));
            }
            await decided.CancelAsync();
            return (null, lastFailed, error);
        }
        finally
        {
            await request.ResumeAsync();
        }
    }

    private async ValueTask<GatewayError?> RelayAsync(Runner winner)
    {
        var error = await Dispatcher.RelayAsync(request, winner.Attempt, winner.TakeResponse());
        return error is null ? null : Fail(winner, error);
    }

    private GatewayError Fail(Runner runner, GatewayError error)
    {
        var attempt = runner.Attempt;
        error = Dispatcher.Failed(attempt, error);
        var failure = Dispatcher.FailureOf(attempt, error, time.GetUtcNow());
        runner.RetryAfter = failure.RetryAfter;
        if (!attempt.IsCommitted) walk.Fail(runner.Move.Step!, failure);
        return error;
    }

    private Runner Start(PlanMove move, SplicedContent? earlier, Attempt? beside = null)
    {
        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(request.Clock.Token);
        var attempt = new Attempt(request, move.Step!.Deployment, isLast: false, earlier)
            { Cancellation = cancellation, Pace = plan.Rules.Pace, Beside = beside, HandsOverRefusals = walk.HasFallback(FailureClass.ContentFilter) };
        var runner = new Runner(attempt, move, time);
        request.Begin(attempt);
        runner.Running = OpenAsync(runner, dispatcher.LimitsOf(plan, walk));
        return runner;
    }

    /// <summary>Null when the response has content.</summary>
    private async Task<GatewayError?> OpenAsync(Runner runner, AttemptLimits own)
    {
        var (response, error) = await dispatcher.OpenAsync(request, runner.Attempt, own);
        if (response is null) return error;
        runner.Response = response;
        return await request.AwaitContentAsync(runner.Attempt, response);
    }

    /// <summary>One of the attempts.</summary>
    private sealed class Runner
    {
        private readonly TimeProvider _time;
        private readonly long _started;

        public Runner(Attempt attempt, PlanMove move, TimeProvider time)
        {
            (Attempt, Move, _time, _started) = (attempt, move, time, time.GetTimestamp());
            if (move.Step!.Health is { } health) attempt.Committed = () => health.Commit(move.Pass, time.GetElapsedTime(_started));
        }

        public Attempt Attempt { get; }

        public PlanMove Move { get; }

        public Task<GatewayError?> Running { get; set; } = null!;

        public HttpResponseMessage? Response { get; set; }

        public TimeSpan? RetryAfter { get; set; }

        public HttpResponseMessage TakeResponse()
        {
            var response = Response!;
            Response = null;
            return response;
        }

        public void GiveUp()
        {
            Attempt.Record.Error ??= Lost;
            Attempt.Cancellation!.Cancel();
        }

        /// <summary>Called last: an attempt that was given up ends within milliseconds.</summary>
        public async ValueTask EndAsync()
        {
            Attempt.Cancellation!.Cancel();
            try
            {
                await Running;
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException or ObjectDisposedException)
            {
                // It was given up.
            }
            finally
            {
                // Closes the connection: cancelling a read alone does not stop a provider over HTTP/2.
                Response?.Dispose();
                await Attempt.Request.CloseAsync(Attempt);
                Attempt.Record.Duration = _time.GetElapsedTime(_started).TotalMilliseconds;
                Attempt.Dispose();
                Attempt.Cancellation.Dispose();
                var failure = Attempt.Record.Failure != FailureClass.None ? Attempt.Record.Failure : Attempt.IsCommitted ? FailureClass.None : FailureClass.Gateway;
                Move.Step!.Health?.Leave(Move.Pass, Dispatcher.LearnedFrom(Attempt, failure), RetryAfter);
            }
        }
    }
}
