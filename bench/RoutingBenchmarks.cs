using BenchmarkDotNet.Attributes;
using Nano.Configuration;
using Nano.Dialects.OpenAIChat;
using Nano.Errors;
using Nano.Providers.Catalogue;
using Nano.Providers.OpenAICompatible;
using Nano.Routing;
using Nano.Routing.Health;
using Nano.Secrets;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Nano.Bench;

/// <summary>
/// What a route plan costs per request without its I/O, beside pipelines of Polly.Core that retry, break the circuit and limit the time of a call that succeeds
/// at once. Polly's have one deployment; another one would be another pipeline inside a strategy of its own.
/// </summary>
public class RoutingBenchmarks
{
    private static readonly ResilienceConfig Resilience = new();

    private readonly AliasRoute _one = Alias("priority", "one");
    private readonly AliasRoute _four = Alias("weighted", "one", "two", "three", "four");
    private readonly ResiliencePipeline<int> _retry = new ResiliencePipelineBuilder<int>().AddRetry(new RetryStrategyOptions<int>()).Build();
    private readonly ResiliencePipeline<int> _all = new ResiliencePipelineBuilder<int>()
        .AddRetry(new RetryStrategyOptions<int>())
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions<int>())
        .AddTimeout(new TimeoutStrategyOptions { Timeout = TimeSpan.FromMinutes(5) })
        .Build();

    [Benchmark(Baseline = true)]
    public bool PlanOfOne() => Serve(_one);

    [Benchmark]
    public bool PlanOfFourWeighted() => Serve(_four);

    [Benchmark]
    public bool PlanOfFourAndTheSecondServes() => Serve(_four, failsFirst: true);

    [Benchmark]
    public int PollyRetry() => Run(_retry);

    [Benchmark]
    public int PollyRetryBreakerAndTimeout() => Run(_all);

    private static bool Serve(AliasRoute alias, bool failsFirst = false)
    {
        var walk = new PlanWalk(alias.Plan(default), TimeProvider.System, Random.Shared);
        var move = walk.Next();
        if (failsFirst)
        {
            // The breaker must not open, and the state of the request does not count against a deployment.
            move.Step!.Health!.Leave(move.Pass, FailureClass.State, null);
            walk.Fail(move.Step, new Failure(FailureClass.State, null, MayBeServed: false));
            move = walk.Next();
        }
        move.Step!.Health!.Commit(move.Pass, TimeSpan.FromMilliseconds(1));
        move.Step.Health.Leave(move.Pass, FailureClass.None, null);
        return walk.IsLast;
    }

    private static int Run(ResiliencePipeline<int> pipeline)
    {
        var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        // Completes synchronously.
        var result = pipeline.ExecuteAsync(static (_, state) => ValueTask.FromResult(state), context, 1).AsTask().GetAwaiter().GetResult();
        ResilienceContextPool.Shared.Return(context);
        return result;
    }

    private static AliasRoute Alias(string strategy, params string[] targets)
    {
        var provider = OpenAICompatibleProvider.Create(CompatibleProviders.All[0], new OpenAIChatDialect());
        var secrets = new SettingsSecretSource(new Dictionary<string, string>());
        var health = new HealthBoard(TimeProvider.System, new LocalCooldowns(TimeProvider.System), Random.Shared);
        var config = new AliasConfig { Name = "a", Groups = [new TargetGroup(strategy, [.. targets.Select(target => new TargetConfig("openai/" + target))])] };
        return AliasRoute.Compile(config, Resilience, health, name => [new Deployment(provider, name[7..], ModelCatalogue.Embedded, provider.DefaultBaseUrl!, secrets)]);
    }
}
