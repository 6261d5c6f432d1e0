using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>Every example of a nano.json in the documentation serves requests over sockets, and does what the text beside it promises.</summary>
public sealed class DocumentedExampleTests
{
    /// <summary>The examples by their number in the documentation.</summary>
    public static TheoryData<int> Examples() => Of(_ => true);

    public static TheoryData<int> WithAliases() => Of(example => example.Aliases.Count > 0);

    public static TheoryData<int> WithPrices() => Of(example => example.Prices.Count > 0);

    public static TheoryData<int> WithPolicies() => Of(example => example.Policies.Count > 0);

    public static TheoryData<int> WithResilience() => Of(example => example.Resilience is not null);

    public static TheoryData<int> WithKeys() => Of(example => example.Instances.Any(instance => DocumentedExample.KeysOf(instance.Value).Length > 1));

    [Theory, MemberData(nameof(Examples))]
    public async Task Each_alias_and_each_instance_serves_with_its_key(int number)
    {
        var example = DocumentedExample.All[number];
        await using var gateway = await example.StartAsync();
        var providers = new DocumentedProviders(gateway.Upstream);
        var cases = example.Aliases.Select(alias => (alias.Name, Served: alias.Group(0)))
            .Concat(example.Instances.Select(instance => instance.Name + "/any-model").Select(name => (name, Served: new[] { name })));
        foreach (var (model, served) in cases)
            foreach (var stream in (bool[])[false, true])
            {
                var deployment = await ServedAsync(gateway, model, stream, "1");
                served.ShouldContain(deployment);
                providers.Asked.ShouldBe([deployment]);
                var (credentials, expected) = (DocumentedProviders.Credentials(gateway.Upstream.Request), example.CredentialsOf(deployment.Split('/')[0]));
                if (expected.Length == 0) credentials.ShouldBeEmpty(deployment);
                else expected.ShouldContain(credentials.ShouldHaveSingleItem(), deployment);
            }
    }

    /// <summary>In turn, each target is the only one that does not fail: it serves after those before it.</summary>
    [Theory, MemberData(nameof(WithAliases))]
    public async Task The_targets_of_an_alias_take_over_in_order(int number)
    {
        var example = DocumentedExample.All[number];
        foreach (var alias in example.Aliases)
            foreach (var target in alias.Targets)
            {
                await using var gateway = await example.StartAsync();
                var providers = new DocumentedProviders(gateway.Upstream);
                foreach (var other in alias.Models.Where(other => other != target.Model)) providers.Failing[other] = "unavailable";
                foreach (var stream in (bool[])[false, true])
                {
                    (await ServedAsync(gateway, alias.Name, stream, null)).ShouldBe(target.Model);
                    var asked = providers.Asked;
                    var before = alias.Before(target.Group);
                    asked.Take(before.Length).Order().ShouldBe(before.Order());
                    asked[^1].ShouldBe(target.Model);
                    // The members of its own group that were tried before it: in a fixed order only by priority.
                    var own = asked[before.Length..^1];
                    own.ShouldBeUnique();
                    own.ShouldBeSubsetOf(alias.Group(target.Group));
                    if (target.Strategy == "priority") asked.ShouldBe(alias.Models.TakeWhile(model => model != target.Model).Append(target.Model));
                }
            }
    }

    /// <summary>All targets fail in a way that a fallback names: it serves, and no other fallback is asked.</summary>
    [Theory, MemberData(nameof(WithAliases))]
    public async Task A_fallback_takes_over_the_failures_that_it_names(int number)
    {
        var example = DocumentedExample.All[number];
        foreach (var alias in example.Aliases)
            foreach (var (failure, (status, _)) in DocumentedProviders.Failures)
            {
                await using var gateway = await example.StartAsync();
                var providers = new DocumentedProviders(gateway.Upstream);
                foreach (var target in alias.Models) providers.Failing[target] = failure;
                // What does not fit or was refused is not sent to another deployment of the same model.
                var isFinal = status == 400;
                var named = alias.Fallbacks.FirstOrDefault(fallback => fallback.On.Contains(failure)).Model;
                if (named is null)
                {
                    (await gateway.ChatAsync(alias.Name)).Status.ShouldNotBe(HttpStatusCode.OK, $"{alias.Name} {failure}");
                    alias.Fallbacks.ShouldNotContain(fallback => providers.Asked.Contains(fallback.Model));
                    continue;
                }
                (await ServedAsync(gateway, alias.Name, stream: false, null)).ShouldBe(named);
                var asked = providers.Asked;
                asked.Length.ShouldBe((isFinal ? 1 : alias.Models.Length) + 1, failure);
                asked[^1].ShouldBe(named);
                asked[..^1].ShouldBeSubsetOf(alias.Models);
            }
    }

    [Theory, MemberData(nameof(WithAliases))]
    public async Task The_strategy_of_a_group_chooses_the_target(int number)
    {
        var example = DocumentedExample.All[number];
        await using var gateway = await example.StartAsync();
        var providers = new DocumentedProviders(gateway.Upstream);
        foreach (var alias in example.Aliases)
            foreach (var group in alias.Targets.GroupBy(target => (target.Group, target.Strategy)))
            {
                providers.Failing.Clear();
                foreach (var model in alias.Before(group.Key.Group)) providers.Failing[model] = "not_found";
                if (group.Key.Strategy == "weighted")
                {
                    const int requests = 300;
                    var served = new List<string>();
                    while (served.Count < requests) served.Add(await ServedAsync(gateway, alias.Name, stream: false, null));
                    // Five standard deviations.
                    foreach (var target in group)
                    {
                        var share = target.Weight / group.Sum(item => item.Weight);
                        ((double)served.Count(model => model == target.Model)).ShouldBe(requests * share, 5 * Math.Sqrt(requests * share * (1 - share)), target.Model);
                    }
                }
                else if (group.Key.Strategy == "least-cost")
                {
                    var costs = new Dictionary<string, decimal>();
                    foreach (var target in group)
                    {
                        await ServedAsync(gateway, target.Model, stream: false, "1");
                        costs[target.Model] = (decimal)(await gateway.Usage.OneAsync())["Cost"]!;
                    }
                    (await ServedAsync(gateway, alias.Name, stream: false, null)).ShouldBe(costs.MinBy(item => item.Value).Key);
                }
                else
                {
                    group.Key.Strategy.ShouldBe("priority", "this strategy of an example has no test");
                    (await ServedAsync(gateway, alias.Name, stream: false, null)).ShouldBe(group.First().Model);
                }
            }
    }

    [Theory, MemberData(nameof(WithKeys))]
    public async Task Requests_are_spread_over_keys_and_a_refused_key_is_replaced(int number)
    {
        var example = DocumentedExample.All[number];
        foreach (var instance in example.Instances.Where(instance => DocumentedExample.KeysOf(instance.Value).Length > 1))
        {
            var keys = DocumentedExample.KeysOf(instance.Value).Select(GatewayFixture.ProviderKey).ToArray();
            foreach (var refused in keys.Prepend(null))
            {
                await using var gateway = await example.StartAsync();
                var providers = new DocumentedProviders(gateway.Upstream) { Refused = refused };
                var used = new HashSet<string>();
                // A key that is never chosen in 200 requests at random is not in use.
                for (var i = 0; i < 200 && used.Count < keys.Length; i++)
                {
                    (await ServedAsync(gateway, instance.Name + "/any-model", stream: false, null)).ShouldBe(instance.Name + "/any-model");
                    used.UnionWith(gateway.Upstream.Requests.SelectMany(DocumentedProviders.Credentials));
                    DocumentedProviders.Credentials(gateway.Upstream.Requests[^1]).ShouldNotContain(refused);
                }
                used.Order().ShouldBe(keys.Order());
            }
        }
    }

    /// <summary>800 tokens of input, 200 that were cached, 500 of output.</summary>
    [Theory, MemberData(nameof(WithPrices))]
    public async Task A_configured_price_is_charged(int number)
    {
        var example = DocumentedExample.All[number];
        await using var gateway = await example.StartAsync();
        _ = new DocumentedProviders(gateway.Upstream);
        foreach (var price in example.Prices)
        {
            var (input, output) = (price.Value.GetProperty("input").GetDecimal(), price.Value.GetProperty("output").GetDecimal());
            var cached = price.Value.TryGetProperty("cache_read", out var own) ? own.GetDecimal() : input;
            foreach (var stream in (bool[])[false, true])
            {
                await ServedAsync(gateway, price.Name.Replace("*", "any-model", StringComparison.Ordinal), stream, "1");
                (await gateway.Usage.OneAsync())["Cost"].ShouldBe((800 * input + 200 * cached + 500 * output) / 1_000_000, price.Name);
            }
        }
    }

    /// <summary>On a simulated clock: no request to the first target between its last allowed failure and the end of the pause.</summary>
    [Theory, MemberData(nameof(WithResilience))]
    public async Task The_breaker_opens_and_closes_as_configured(int number)
    {
        var example = DocumentedExample.All[number];
        var resilience = example.Resilience!.Value;
        foreach (var alias in example.Aliases.Where(alias => alias.Targets.Length > 1))
        {
            var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
            await using var gateway = await example.StartAsync(time);
            var providers = new DocumentedProviders(gateway.Upstream);
            var failing = alias.Models[0];
            providers.Failing[failing] = "unavailable";
            var failures = resilience.GetProperty("failures_in_a_row").GetInt32();
            (await AskedAsync(requests: 20 * failures)).ShouldBe(failures);
            var pause = TimeSpan.FromMilliseconds(resilience.GetProperty("cooldown_ms").GetInt32());
            time.Advance(pause - TimeSpan.FromSeconds(1));
            (await AskedAsync(requests: 20)).ShouldBe(0);
            providers.Failing.Clear();
            time.Advance(TimeSpan.FromSeconds(2));
            (await AskedAsync(requests: 20)).ShouldBeGreaterThan(2, "after the probe, all requests may be sent there");

            async Task<int> AskedAsync(int requests)
            {
                var asked = 0;
                for (var i = 0; i < requests; i++)
                {
                    await ServedAsync(gateway, alias.Name, stream: false, null);
                    asked += providers.Asked.Count(model => model == failing);
                }
                return asked;
            }
        }
    }

    [Theory, MemberData(nameof(WithAliases))]
    public async Task A_plan_is_tried_again_as_often_as_configured(int number)
    {
        var example = DocumentedExample.All[number];
        foreach (var alias in example.Aliases.Where(alias => alias.Retries is not null))
        {
            await using var gateway = await example.StartAsync();
            var providers = new DocumentedProviders(gateway.Upstream);
            var all = alias.Models.Concat(alias.Fallbacks.Where(fallback => fallback.On.Contains("unavailable")).Select(fallback => fallback.Model)).ToArray();
            foreach (var model in all) providers.Failing[model] = "unavailable";
            var reply = await gateway.ChatAsync(alias.Name);
            reply.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
            var times = 1 + alias.Retries!.Value;
            reply.Headers["x-nano-attempts"].ShouldBe($"{all.Length * times}");
            foreach (var model in all) providers.Asked.Count(asked => asked == model).ShouldBe(times, model);
        }
    }

    [Theory, MemberData(nameof(WithPolicies))]
    public async Task A_policy_limits_the_keys_that_name_it(int number)
    {
        var example = DocumentedExample.All[number];
        using var folder = new TemporaryFolder("nano-documented");
        await using var gateway = await example.StartAsync(more: [("STATE_STORE", "sqlite:" + Path.Combine(folder.FullName, "state.db")), ("STATE_TIMEOUT_MILLISECONDS", "60000")]);
        var providers = new DocumentedProviders(gateway.Upstream);
        foreach (var policy in example.Policies) await new DocumentedPolicy(gateway, providers, policy).CheckAsync();
    }

    /// <returns>What served the request.</returns>
    /// <param name="attempts">Null for any number.</param>
    private static async Task<string> ServedAsync(RoutingGateway gateway, string model, bool stream, string? attempts)
    {
        gateway.Upstream.Clear();
        var reply = await gateway.ChatAsync(model, stream);
        (reply.Status, reply.IsBroken, reply.IsStream).ShouldBe((HttpStatusCode.OK, false, stream), $"{model}: {reply.Text}");
        reply.Text.ShouldContain("\"Hi\"");
        reply.Headers["x-nano-attempts"].ShouldBe(attempts ?? $"{gateway.Upstream.Requests.Count}");
        return reply.Headers["x-nano-deployment"].Split('#')[0];
    }

    private static TheoryData<int> Of(Func<DocumentedExample, bool> isMeant) =>
        [.. Enumerable.Range(0, DocumentedExample.All.Count).Where(number => isMeant(DocumentedExample.All[number]))];
}
