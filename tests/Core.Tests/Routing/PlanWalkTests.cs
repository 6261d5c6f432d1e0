using Nano.Configuration;
using Nano.Errors;
using Nano.Routing;

namespace Nano.Tests.Routing;

/// <summary>The deployment that follows each failure: the retry table, line by line, on a plan of two targets and fallbacks.</summary>
public sealed class PlanWalkTests
{
    /// <summary>A failure of the first target, whether the second target follows, and whether the first may be tried again after a pause.</summary>
    public static TheoryData<string, bool, bool> Table() => new()
    {
        { "rate_limit", true, true },
        { "quota", true, false },
        { "unavailable", true, true },
        { "timeout", true, true },
        { "key", true, false },
        { "not_found", true, false },
        { "context_length", false, false },
        { "content_filter", false, false },
        { "unsupported", true, false },
        { "state", true, false },
        { "rejected", false, false },
        { "gateway", false, false },
    };

    [Theory, MemberData(nameof(Table))]
    public void A_failure_decides_what_follows(string failure, bool isNextTried, bool isAgain)
    {
        var plans = new Plans();
        var one = FailureClasses.Parse(failure);
        var walk = plans.Walk(plans.Alias(Plans.Config("priority", "a/m", "b/m") with { Retries = 0 }));
        Try(walk).ShouldBe("a/m");
        Fail(plans, walk, one);
        Try(walk).ShouldBe(isNextTried ? "b/m" : null);

        var alone = plans.Walk(plans.Alias(Plans.Config("priority", "c/m") with { Retries = 1 }));
        Try(alone).ShouldBe("c/m");
        Fail(plans, alone, one);
        var move = alone.Next();
        move.Kind.ShouldBe(isAgain ? PlanMoveKind.Wait : PlanMoveKind.End);
        if (!isAgain) return;
        move.Delay.ShouldBeInRange(TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(500));
        Try(alone).ShouldBe("c/m");
        alone.IsLast.ShouldBeTrue();
        Fail(plans, alone, one);
        alone.Next().Kind.ShouldBe(PlanMoveKind.End);
    }

    /// <summary>The conditions of nano.json: every class has its own fallback here.</summary>
    [Fact]
    public void A_fallback_takes_over_the_failures_that_it_names()
    {
        foreach (var condition in FailureClasses.Conditions)
        {
            var plans = new Plans();
            var config = Plans.Config("priority", "a/m") with { Retries = 0,
                Fallbacks = [.. FailureClasses.Conditions.Select(name => new FallbackConfig($"on-{name.Replace('_', '-')}/m", FailureClasses.Parse(name)))] };
            var walk = plans.Walk(plans.Alias(config));
            Try(walk).ShouldBe("a/m");
            Fail(plans, walk, FailureClasses.Parse(condition));
            Try(walk).ShouldBe($"on-{condition.Replace('_', '-')}/m");
        }
    }

    [Fact]
    public void A_fallback_of_another_failure_is_not_tried()
    {
        var plans = new Plans();
        var walk = plans.Walk(plans.Alias(Plans.Config("priority", "a/m") with { Retries = 0, Fallbacks = [new("b/m", FailureClass.ContextLength)] }));
        Try(walk).ShouldBe("a/m");
        Fail(plans, walk, FailureClass.RateLimit);
        Try(walk).ShouldBeNull();
    }

    /// <summary>BerriAI/litellm#34836, #40130, #7669: a provider's Retry-After applies until its end, even if a shorter one arrives later.</summary>
    [Fact]
    public void Case25_No_request_reaches_a_deployment_before_the_end_of_its_retry_after()
    {
        var plans = new Plans();
        var alias = plans.Alias(Plans.Config("priority", "a/m", "b/m") with { Retries = 0 });
        var (first, second) = (plans.Walk(alias), plans.Walk(alias));
        var (early, late) = (first.Next(), second.Next());
        first.Fail(early.Step!, Failed(early, FailureClass.RateLimit, TimeSpan.FromSeconds(20)));
        second.Fail(late.Step!, Failed(late, FailureClass.RateLimit, TimeSpan.FromSeconds(1)));

        plans.Time.Advance(TimeSpan.FromSeconds(19.9));
        Try(plans.Walk(alias)).ShouldBe("b/m");
        plans.Time.Advance(TimeSpan.FromSeconds(0.2));
        Try(plans.Walk(alias)).ShouldBe("a/m");
    }

    [Fact]
    public void Nothing_is_tried_while_every_provider_asks_for_a_pause_and_the_error_names_each()
    {
        var plans = new Plans();
        var alias = plans.Alias(Plans.Config("priority", "a/m", "b/m") with { Retries = 0 });
        var walk = plans.Walk(alias);
        Fail(walk, walk.Next(), FailureClass.RateLimit, TimeSpan.FromSeconds(20));
        Fail(walk, walk.Next(), FailureClass.Unavailable, TimeSpan.FromSeconds(5));
        walk.Next().Kind.ShouldBe(PlanMoveKind.End);

        var next = plans.Walk(alias);
        next.Next().Kind.ShouldBe(PlanMoveKind.End);
        next.Down().Select(item => (item.Deployment.Name, item.Cooldown.Reason)).ShouldBe([("a/m", "rate_limit"), ("b/m", "unavailable")]);
    }

    [Fact]
    public void A_short_retry_after_is_awaited_and_a_long_one_is_not()
    {
        var plans = new Plans();
        var alias = plans.Alias(Plans.Config("priority", "a/m"));
        var walk = plans.Walk(alias);
        Fail(walk, walk.Next(), FailureClass.RateLimit, TimeSpan.FromSeconds(3));
        var move = walk.Next();
        (move.Kind, move.Delay).ShouldBe((PlanMoveKind.Wait, TimeSpan.FromSeconds(3)));
        plans.Time.Advance(move.Delay);
        Try(walk).ShouldBe("a/m");

        plans.Time.Advance(TimeSpan.FromHours(1));
        var other = plans.Walk(alias);
        Fail(other, other.Next(), FailureClass.RateLimit, TimeSpan.FromSeconds(30));
        other.Next().Kind.ShouldBe(PlanMoveKind.End);
    }

    [Fact]
    public void Only_an_idempotent_target_gets_a_request_again_that_it_may_have_served()
    {
        foreach (var isIdempotent in (bool[])[false, true])
        {
            var plans = new Plans();
            var walk = plans.Walk(plans.Alias(new AliasConfig { Name = "a", Groups = [new TargetGroup("priority", [new TargetConfig("a/m", IsIdempotent: isIdempotent)])] }));
            var move = walk.Next();
            move.Step!.Health!.Leave(move.Pass, FailureClass.Timeout, null);
            walk.Fail(move.Step, new Failure(FailureClass.Timeout, null, MayBeServed: true));
            walk.Next().Kind.ShouldBe(isIdempotent ? PlanMoveKind.Wait : PlanMoveKind.End);
        }
    }

    [Fact]
    public void The_last_resort_is_the_breaker_whose_probe_is_due_first()
    {
        var plans = new Plans();
        var alias = plans.Alias(Plans.Config("priority", "a/m", "b/m") with { Retries = 0 }, new ResilienceConfig { FailuresInARow = 1 });
        Down("b/m");
        plans.Time.Advance(TimeSpan.FromSeconds(1));
        Down("a/m");
        var walk = plans.Walk(alias);
        Try(walk).ShouldBe("b/m");
        Fail(plans, walk, FailureClass.Unavailable);
        Try(walk).ShouldBeNull("one guess is enough");

        void Down(string name)
        {
            var health = plans.Health.Of(plans[name], new ResilienceConfig());
            health.TryEnter(out var pass).ShouldBeTrue();
            health.Leave(pass, FailureClass.Unavailable, null);
        }
    }

    [Fact]
    public void Nothing_is_tried_after_the_total_time()
    {
        var plans = new Plans();
        var walk = plans.Walk(plans.Alias(Plans.Config("priority", "a/m", "b/m") with { Limits = new PlanLimits { Total = TimeSpan.FromSeconds(10) } }));
        Try(walk).ShouldBe("a/m");
        plans.Time.Advance(TimeSpan.FromSeconds(4));
        walk.Left.ShouldBe(TimeSpan.FromSeconds(6));
        plans.Time.Advance(TimeSpan.FromSeconds(6));
        Fail(plans, walk, FailureClass.Unavailable);
        Try(walk).ShouldBeNull();
    }

    [Fact]
    public void Retries_are_a_share_of_requests()
    {
        var plans = new Plans();
        var alias = plans.Alias(Plans.Config("priority", "a/m") with { Retries = 5 },
            new ResilienceConfig { RetryBudget = 0.2, FailuresInARow = int.MaxValue, MinimumRequests = int.MaxValue });
        var retries = 0;
        for (var i = 0; i < 1000; i++)
        {
            var walk = plans.Walk(alias);
            for (var move = walk.Next(); move.Kind != PlanMoveKind.End; move = walk.Next())
            {
                if (move.Kind == PlanMoveKind.Wait) retries++;
                else Fail(walk, move, FailureClass.Unavailable, null);
            }
        }
        retries.ShouldBeInRange(190, 215);
    }

    private static string? Try(PlanWalk walk) => walk.Next() is { Kind: PlanMoveKind.Try } move ? Remember(walk, move) : null;

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<PlanWalk, object> Moves = [];

    private static string Remember(PlanWalk walk, PlanMove move)
    {
        Moves.AddOrUpdate(walk, move);
        return move.Step!.Deployment.Name;
    }

    private static void Fail(Plans plans, PlanWalk walk, FailureClass failure)
    {
        Moves.TryGetValue(walk, out var move).ShouldBeTrue();
        Fail(walk, (PlanMove)move!, failure, null);
    }

    private static void Fail(PlanWalk walk, PlanMove move, FailureClass failure, TimeSpan? retryAfter) => walk.Fail(move.Step!, Failed(move, failure, retryAfter));

    /// <summary>Reports to the deployment's health like the dispatcher.</summary>
    private static Failure Failed(PlanMove move, FailureClass failure, TimeSpan? retryAfter)
    {
        move.Step!.Health!.Leave(move.Pass, failure, retryAfter);
        return new Failure(failure, retryAfter, MayBeServed: false);
    }
}
