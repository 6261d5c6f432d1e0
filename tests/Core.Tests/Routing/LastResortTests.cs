using Nano.Errors;
using Nano.Routing;

namespace Nano.Tests.Routing;

/// <summary>
/// What a plan does when all of its deployments are down. A time that a provider or an operator has named is kept; for the rest, the best guess is tried:
/// whether a key is valid again shows only when it is used.
/// </summary>
public sealed class LastResortTests
{
    private readonly Plans _plans = new();

    [Theory]
    [InlineData(FailureClass.Key)]
    [InlineData(FailureClass.Quota)]
    internal void A_key_that_was_refused_or_spent_is_tried_again_when_there_is_no_other(FailureClass failure)
    {
        var alias = _plans.Alias("priority", "a/m");
        for (var i = 0; i < 3; i++)
        {
            var walk = _plans.Walk(alias);
            var move = Fail(walk, "a/m", failure);
            move.IsLastResort.ShouldBe(i > 0);
            walk.Next().Kind.ShouldBe(PlanMoveKind.End, "one guess is enough");
        }
    }

    [Fact]
    public void A_key_that_was_refused_is_left_alone_while_another_target_can_be_used()
    {
        var alias = _plans.Alias("priority", "a/m", "b/m");
        Fail(_plans.Walk(alias), "a/m", FailureClass.Key);
        var walk = _plans.Walk(alias);
        Fail(walk, "b/m", FailureClass.Rejected);
        walk.Skipped!.Single().Reason.ShouldBe("key");
        walk.Next().Kind.ShouldBe(PlanMoveKind.End);
    }

    /// <summary>The caller learns when to try again, instead of the message of a key that is refused.</summary>
    [Fact]
    public void Nothing_is_tried_while_a_provider_has_named_a_time_for_another_target()
    {
        var alias = _plans.Alias("priority", "a/m", "b/m");
        var walk = _plans.Walk(alias);
        Fail(walk, "a/m", FailureClass.RateLimit, TimeSpan.FromMinutes(2));
        Fail(walk, "b/m", FailureClass.Key);
        var next = _plans.Walk(alias);
        next.Next().Kind.ShouldBe(PlanMoveKind.End);
        next.Down().Select(item => (item.Deployment.Name, item.Cooldown.Reason)).ShouldBe([("a/m", "rate_limit"), ("b/m", "key")]);
    }

    [Fact]
    public void A_time_that_the_provider_has_named_for_its_account_is_kept()
    {
        var alias = _plans.Alias("priority", "a/m");
        Fail(_plans.Walk(alias), "a/m", FailureClass.Quota, TimeSpan.FromMinutes(10));
        _plans.Time.Advance(TimeSpan.FromMinutes(9.9));
        var walk = _plans.Walk(alias);
        walk.Next().Kind.ShouldBe(PlanMoveKind.End);
        walk.Down().Single().Cooldown.Reason.ShouldBe("quota");
        _plans.Time.Advance(TimeSpan.FromMinutes(0.2));
        _plans.Walk(alias).Next().Step!.Deployment.Name.ShouldBe("a/m");
    }

    [Fact]
    public async Task A_drained_deployment_is_not_tried_and_does_not_keep_another_from_it()
    {
        var alias = _plans.Alias("priority", "a/m", "b/m");
        (await _plans.Health.Of(_plans["a/m"], new()).DrainAsync(_plans.Time.GetUtcNow().AddHours(1), default)).ShouldBeTrue();
        Fail(_plans.Walk(alias), "b/m", FailureClass.Key);
        Fail(_plans.Walk(alias), "b/m", FailureClass.Key).IsLastResort.ShouldBeTrue();
    }

    /// <summary>The operator has replaced a key, and wants it used.</summary>
    [Fact]
    public async Task An_operator_ends_the_pause_of_a_key()
    {
        var alias = _plans.Alias("priority", "a/m", "b/m");
        foreach (var retryAfter in (TimeSpan?[])[null, TimeSpan.FromMinutes(30)])
        {
            Fail(_plans.Walk(alias), "a/m", FailureClass.Quota, retryAfter);
            var health = _plans.Health.Of(_plans["a/m"], new());
            health.IsReady.ShouldBeFalse();
            (await health.ResumeAsync(default)).ShouldBeTrue();
            health.IsReady.ShouldBeTrue();
        }
    }

    /// <summary>The first target is only limited for a moment, whatever the failure of the last one.</summary>
    [Fact]
    public void A_temporary_failure_is_tried_again_although_another_target_has_no_key()
    {
        var walk = _plans.Walk(_plans.Alias(Plans.Config("priority", "a/m", "b/m") with { Retries = 1 }));
        Fail(walk, "a/m", FailureClass.Unavailable);
        Fail(walk, "b/m", FailureClass.Key);
        walk.Next().Kind.ShouldBe(PlanMoveKind.Wait);
        Fail(walk, "a/m", FailureClass.Unavailable);
        walk.Next().Kind.ShouldBe(PlanMoveKind.End);
    }

    [Fact]
    public void A_request_that_the_last_target_refuses_as_invalid_is_not_tried_again()
    {
        var walk = _plans.Walk(_plans.Alias(Plans.Config("priority", "a/m", "b/m") with { Retries = 1 }));
        Fail(walk, "a/m", FailureClass.Unavailable);
        Fail(walk, "b/m", FailureClass.Rejected);
        walk.Next().Kind.ShouldBe(PlanMoveKind.End);
    }

    private static PlanMove Fail(PlanWalk walk, string name, FailureClass failure, TimeSpan? retryAfter = null)
    {
        var move = walk.Next();
        move.Kind.ShouldBe(PlanMoveKind.Try);
        move.Step!.Deployment.Name.ShouldBe(name);
        move.Step.Health!.Leave(move.Pass, failure, retryAfter);
        walk.Fail(move.Step, new Failure(failure, retryAfter, MayBeServed: false));
        return move;
    }
}
