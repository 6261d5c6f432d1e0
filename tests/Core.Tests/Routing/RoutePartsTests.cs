using Nano.Configuration;
using Nano.Errors;
using Nano.Routing;

namespace Nano.Tests.Routing;

/// <summary>Small parts of a route: budgets of retries, orders of plans, fallbacks of a request, and names of models.</summary>
public sealed class RoutePartsTests
{
    private static readonly Plans Known = new();

    [Fact]
    public void Ten_retries_are_possible_at_first_and_then_a_share_of_requests()
    {
        var budget = new RetryBudget(0.5);
        for (var i = 0; i < 10; i++) budget.TryTake().ShouldBeTrue();
        budget.TryTake().ShouldBeFalse();
        budget.OnRequest();
        budget.TryTake().ShouldBeFalse();
        budget.OnRequest();
        (budget.TryTake(), budget.TryTake()).ShouldBe((true, false));
        // No more than ten are saved up.
        for (var i = 0; i < 100; i++) budget.OnRequest();
        Enumerable.Range(0, 20).Count(_ => budget.TryTake()).ShouldBe(10);
        new RetryBudget(0).TryTake().ShouldBeFalse();
    }

    /// <summary>A pause that takes all the time that is left helps no request.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void A_plan_is_walked_again_only_if_time_is_left_after_the_pause(int ticks, bool isAwaited)
    {
        var total = TimeSpan.FromSeconds(2) + TimeSpan.FromTicks(ticks);
        var plans = new Plans();
        var walk = plans.Walk(plans.Alias(Plans.Config("priority", "openai/a") with { Limits = new PlanLimits { Total = total } }));
        var move = walk.Next();
        walk.Fail(move.Step!, new Failure(FailureClass.RateLimit, TimeSpan.FromSeconds(2), MayBeServed: false));
        move = walk.Next();
        (move.Kind, move.Delay).ShouldBe(isAwaited ? (PlanMoveKind.Wait, TimeSpan.FromSeconds(2)) : (PlanMoveKind.End, TimeSpan.Zero));
    }

    /// <summary>Accounts cannot read each other's responses; a name without a key is from when the provider had only one.</summary>
    [Fact]
    public void A_deployment_keeps_the_responses_of_its_own_key()
    {
        var (first, second) = (Known.Keys("openai/gpt-5.5", "A", "B")[0], Known.Keys("openai/gpt-5.5", "A", "B")[1]);
        first.Keeper.ShouldMatch("^openai/gpt-5.5#[0-9a-f]{8}$");
        (first.Keeps(first.Keeper), first.Keeps(second.Keeper), first.Keeps("openai/gpt-5.5"), first.Keeps("openai/gpt-5")).ShouldBe((true, false, true, false));
        var single = Known["openai/gpt-5.5"];
        (single.Keeper, single.Keeps("openai/gpt-5.5"), single.Keeps(first.Keeper), single.Keeps("openai/other#" + first.Keeper.Split('#')[1]))
            .ShouldBe(("openai/gpt-5.5", true, true, false));
    }

    [Fact]
    public void A_plan_can_begin_with_any_of_its_steps()
    {
        var plan = Plan();
        plan.Prefer(0).ShouldBeSameAs(plan);
        Names(plan.Prefer(1)).ShouldBe(["openai/b", "openai/a", "openai/c"]);
        var last = plan.Prefer(2);
        Names(last).ShouldBe(["openai/c", "openai/a", "openai/b"]);
        last.Steps.Select(step => step.IsFallback).ShouldBe([false, false, false], "it becomes a target");
        (last.HasDown, last.Rules).ShouldBe((true, plan.Rules));
        last[1].Name.ShouldBe("openai/a");
        Should.Throw<ArgumentException>(() => new RoutePlan([], PlanRules.None));
    }

    [Fact]
    public void A_plan_keeps_the_steps_that_a_caller_may_use()
    {
        var plan = Plan();
        plan.Where(_ => true).ShouldBeSameAs(plan);
        plan.Where(_ => false).ShouldBeNull();
        var some = plan.Where(deployment => deployment.Model != "a")!;
        Names(some).ShouldBe(["openai/b", "openai/c"]);
        (some.HasDown, some.Rules).ShouldBe((true, plan.Rules));
    }

    [Fact]
    public void A_request_adds_fallbacks_to_its_plan()
    {
        var router = RouterOf();
        var plan = RoutePlan.Of(router.Resolve("openai/gpt-4o").Deployment!);
        var names = RequestedFallbacks.Split(" xai/grok-4.7,, openai/gpt-4o ,anthropic/claude-haiku-4-5");
        var (added, error) = RequestedFallbacks.Add(router, plan, names, "x-nano-fallback", default);
        error.ShouldBeNull();
        added!.Steps.Select(step => (step.Deployment.Name, step.On)).ShouldBe(
            [("openai/gpt-4o", FailureClass.None), ("xai/grok-4.7", FailureClasses.Default), ("anthropic/claude-haiku-4-5", FailureClasses.Default)]);
        added.Steps.ShouldAllBe(step => step.Health != null);
        plan.Steps[0].Health.ShouldBeNull("the plan itself is shared");

        RequestedFallbacks.Add(router, plan, [.. Enumerable.Repeat("xai/grok-4.7", 8)], "models", default).Error.ShouldBeNull();
        var refused = RequestedFallbacks.Add(router, plan, [.. Enumerable.Repeat("xai/grok-4.7", 9)], "models", default).Error!;
        (refused.Status, refused.Param, refused.Message).ShouldBe((400, "models", "models names more than 8 models."));
        refused = RequestedFallbacks.Add(router, plan, ["nobody/knows"], "models", default).Error!;
        (refused.Status, refused.Code, refused.Param).ShouldBe((404, "model_not_found", "models"));
    }

    [Theory]
    [InlineData("gpt-4o", true)]
    [InlineData("meta-llama/Llama-3:free@1~x!$&'()*+,;=", true)]
    [InlineData("a/b/c", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a\u007f", false)]
    [InlineData("\u00e4", false)]
    [InlineData("a\\b", false)]
    [InlineData("a?b", false)]
    [InlineData("a#b", false)]
    [InlineData("a%2e", false)]
    [InlineData("a\"b", false)]
    [InlineData("a<b", false)]
    [InlineData("a>b", false)]
    [InlineData("a{b", false)]
    [InlineData("a}b", false)]
    [InlineData("a|b", false)]
    [InlineData("a^b", false)]
    [InlineData("a`b", false)]
    [InlineData("/a", false)]
    [InlineData("a/", false)]
    [InlineData("a//b", false)]
    [InlineData("a/./b", false)]
    [InlineData("..", false)]
    [InlineData("a/../b", false)]
    [InlineData("a/.../b", true)]
    public void A_model_name_leads_to_no_other_path(string name, bool isPossible) => ModelName.IsPossible(name).ShouldBe(isPossible);

    [Fact]
    public void A_model_name_is_shown_without_what_a_log_cannot_show()
    {
        (ModelName.IsPossible(new string('x', 256)), ModelName.IsPossible(new string('x', 257))).ShouldBe((true, false));
        ModelName.Shown("a\nb\ud800c\u00e4").ShouldBe("a?b?c\u00e4");
        (ModelName.Shown(new string('x', 80)), ModelName.Shown(new string('x', 81))).ShouldBe((new string('x', 80), new string('x', 80) + "..."));
    }

    private static RoutePlan Plan() => new(
        [new PlanStep(Known["openai/a"]), new PlanStep(Known["openai/b"]), new PlanStep(Known["openai/c"], On: FailureClass.RateLimit)], new PlanRules { Alias = "x" })
        { HasDown = true };

    private static IEnumerable<string> Names(RoutePlan plan) => plan.Deployments.Select(deployment => deployment.Name);

    private static Router RouterOf() => new([.. FakeProvider.Four], Nano.Providers.Catalogue.ModelCatalogue.Embedded, new GatewayOptions(),
        new Nano.Secrets.SettingsSecretSource(new Dictionary<string, string>()));
}
