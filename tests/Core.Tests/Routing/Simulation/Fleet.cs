using Nano.Configuration;
using Nano.Errors;
using Nano.Routing;

namespace Nano.Tests.Routing.Simulation;

/// <summary>A deployment's reply to a request.</summary>
/// <param name="Failure"><see cref="FailureClass.None"/> for a successful response.</param>
/// <param name="Time">Until the first token, or until the failure.</param>
internal readonly record struct Reply(FailureClass Failure, TimeSpan Time, TimeSpan? RetryAfter = null);

/// <summary>A scripted deployment.</summary>
/// <param name="Respond">Returns the reply, given the time since the start and a random source.</param>
/// <param name="Cost">The cost of a response, in any unit.</param>
internal sealed record Member(string Name, Func<TimeSpan, Random, Reply> Respond, double Cost = 1);

/// <summary>A member is well again.</summary>
/// <param name="At">Seconds since the start, a whole number.</param>
/// <param name="Share">The share of all responses that it has while every member is well.</param>
internal sealed record Recovery(string Member, int At, double Share);

/// <summary>The results of all requests of a run.</summary>
/// <param name="Slowest99">The 99th percentile of the time until a request is served or has failed, over all requests.</param>
/// <param name="Recovery">From the time at which a member is well again until it has at least 80 % of its share for five seconds.</param>
internal sealed record Outcome(int Requests, int Served, int Attempts, double Cost, TimeSpan Slowest99, int BeforeRetryAfter, TimeSpan Recovery)
{
    public double SuccessRate => Served / (double)Requests;

    public double AttemptsPerRequest => Attempts / (double)Requests;

    public double CostPerResponse => Cost / Math.Max(1, Served);

    public override string ToString() => $"served {SuccessRate:P3}, attempts {AttemptsPerRequest:F5}, cost {CostPerResponse:F3}, p99 {Slowest99.TotalMilliseconds:F0} ms, "
        + $"before Retry-After {BeforeRetryAfter}, recovery {Recovery.TotalSeconds:F0} s";
}

/// <summary>
/// Requests that arrive at a constant rate at a fleet of scripted deployments, in the order of a simulated clock: nothing waits in real time.
/// One run uses the gateway's plans, one a stateless round robin that tries the next deployment.
/// </summary>
internal sealed class Fleet(int requests, double perSecond, Recovery recovery, params Member[] members)
{
    private readonly PriorityQueue<Action, (long, long)> _events = new();
    private readonly Plans _plans = new(seed: 7);
    private readonly Random _random = new(11);
    private readonly List<double> _times = [];
    private readonly Dictionary<string, DateTimeOffset> _closedUntil = new(StringComparer.Ordinal);
    private DateTimeOffset _start;
    private long _sequence;
    private int _served, _attempts, _early;
    private double _cost;

    /// <summary>Responses by the second in which they were sent: of the member that recovers, and of all.</summary>
    private readonly (int Own, int All)[] _responses = new (int, int)[(int)(requests / perSecond) + 1];

    /// <summary>With the gateway's plans, walks, breakers and cooldowns.</summary>
    public Outcome Run(AliasConfig config, ResilienceConfig? resilience = null)
    {
        var alias = _plans.Alias(config, resilience);
        return Run(() =>
        {
            var walk = _plans.Walk(alias);
            Step(walk, _plans.Time.GetUtcNow());
        });
    }

    /// <summary>Each deployment in turn, and up to <paramref name="tries"/> of them for one request.</summary>
    public Outcome RunNaively(int tries = 2)
    {
        var next = 0;
        return Run(() => Naive(next++, tries, _plans.Time.GetUtcNow()));
    }

    private Outcome Run(Action request)
    {
        _start = _plans.Time.GetUtcNow();
        for (var i = 0; i < requests; i++) At(_start + TimeSpan.FromSeconds(i / perSecond), request);
        while (_events.TryDequeue(out var action, out var key))
        {
            _plans.Time.SetUtcNow(new DateTimeOffset(key.Item1, TimeSpan.Zero));
            action();
        }
        _times.Sort();
        return new Outcome(requests, _served, _attempts, _cost, TimeSpan.FromMilliseconds(_times[(int)(_times.Count * 0.99)]), _early, TimeUntilRecovery());
    }

    private TimeSpan TimeUntilRecovery()
    {
        const int window = 5;
        for (var start = recovery.At; start + window < _responses.Length; start++)
        {
            var seconds = _responses.AsSpan(start, window);
            var (own, all) = (0, 0);
            foreach (var second in seconds) (own, all) = (own + second.Own, all + second.All);
            if (own >= 0.8 * recovery.Share * all) return TimeSpan.FromSeconds(start - recovery.At);
        }
        return TimeSpan.MaxValue;
    }

    private void Step(PlanWalk walk, DateTimeOffset arrived)
    {
        var move = walk.Next();
        if (move.Kind == PlanMoveKind.End)
        {
            End(arrived);
            return;
        }
        if (move.Kind == PlanMoveKind.Wait)
        {
            At(_plans.Time.GetUtcNow() + move.Delay, () => Step(walk, arrived));
            return;
        }
        var reply = Ask(move.Step!.Deployment.Name);
        At(_plans.Time.GetUtcNow() + reply.Time, () =>
        {
            var health = move.Step.Health!;
            if (reply.Failure == FailureClass.None)
            {
                health.Commit(move.Pass, reply.Time);
                health.Leave(move.Pass, FailureClass.None, null);
                Serve(arrived);
                return;
            }
            health.Leave(move.Pass, reply.Failure, reply.RetryAfter);
            walk.Fail(move.Step, new Failure(reply.Failure, reply.RetryAfter, MayBeServed: reply.Failure == FailureClass.Timeout));
            Step(walk, arrived);
        });
    }

    private void Naive(int index, int left, DateTimeOffset arrived)
    {
        var reply = Ask(members[index % members.Length].Name);
        At(_plans.Time.GetUtcNow() + reply.Time, () =>
        {
            if (reply.Failure == FailureClass.None) Serve(arrived);
            else if (left > 1) Naive(index + 1, left - 1, arrived);
            else End(arrived);
        });
    }

    private Reply Ask(string name)
    {
        var member = Array.Find(members, member => member.Name == name)!;
        var now = _plans.Time.GetUtcNow();
        _attempts++;
        if (_closedUntil.TryGetValue(name, out var closed) && now < closed) _early++;
        var reply = member.Respond(now - _start, _random);
        if (reply.Failure == FailureClass.None)
        {
            _cost += member.Cost;
            if ((int)(now - _start).TotalSeconds is var second && second < _responses.Length)
            {
                _responses[second].All++;
                if (name == recovery.Member) _responses[second].Own++;
            }
        }
        // Open requests may still get a 429; later ones may not be sent.
        if (reply.RetryAfter is { } wait) At(now + reply.Time, () => _closedUntil[name] = now + reply.Time + wait);
        return reply;
    }

    private void Serve(DateTimeOffset arrived)
    {
        _served++;
        End(arrived);
    }

    private void End(DateTimeOffset arrived) => _times.Add((_plans.Time.GetUtcNow() - arrived).TotalMilliseconds);

    private void At(DateTimeOffset time, Action action) => _events.Enqueue(action, (time.UtcTicks, _sequence++));
}
