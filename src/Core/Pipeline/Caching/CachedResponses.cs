using System.Security.Cryptography;
using Nano.Caching;
using Nano.Errors;
using Nano.Providers;
using Nano.Routing;
using Nano.Upstream;

namespace Nano.Pipeline.Caching;

/// <summary>
/// The cache's part of an exchange, between its route plan and its attempts:
/// <list type="number">
/// <item>whether a response is to be cached, and whether the request allows it;</item>
/// <item>the key of the entry that each deployment of the plan would create;</item>
/// <item>a hit is booked and sent, and the exchange is over;</item>
/// <item>a miss may wait for an identical request that came first;</item>
/// <item>then the response is recorded on its way to the caller.</item>
/// </list>
/// </summary>
internal sealed class CachedResponses(ResponseCache cache, TimeProvider time)
{
    /// <summary>Deployments whose entries are looked up: the targets of a plan, without its fallbacks.</summary>
    private const int MaxCandidates = 4;

    /// <summary>Shorter than the silence after which a caller would need a keep-alive.</summary>
    private static readonly TimeSpan FlightLimit = TimeSpan.FromSeconds(10);

    /// <summary>Headers that identify a request, a session or a program and do not affect the response.</summary>
    private static readonly string[] Harmless = ["User-Agent", "X-Claude-Code-Session-Id", "session-id", "Idempotency-Key", "X-Grok-Conv-Id", "HTTP-Referer", "X-Title"];

    /// <summary>Headers that affect the response even if they are not forwarded to the provider: what is left out is reported.</summary>
    private static readonly string[] Features = ["anthropic-", "openai-beta"];

    /// <summary>Served is true when the exchange is over: its response was sent, or there is an error that has not been sent to the caller.</summary>
    public async ValueTask<(bool Served, GatewayError? Error)> ServeAsync(Exchange exchange, RoutePlan plan)
    {
        // :: Step 1
        var (wish, malformed) = CacheWish.Read(exchange.Caller, exchange.Header(CacheWish.Header));
        if (malformed is not null) return (true, malformed);
        var headers = exchange.Context.Response.Headers;
        headers[CacheWish.Header] = "off";
        if (wish is not { } wanted || exchange.Operation is not (Operation.Chat or Operation.Embeddings)) return default;
        if (!Cacheable.Allows(exchange.Body, KeepsByDefault(exchange, plan)) || await exchange.ReadStateKeyAsync() is not null) return default;

        // :: Step 2. The time limit for reading the body ends here; attempts set their own.
        exchange.Clock.Limit(Timeout.InfiniteTimeSpan);
        var scope = ScopeOf(exchange.Caller, wanted);
        if (await cache.FindEpochsAsync(scope, exchange.Clock.Token) is not { } epochs)
        {
            Miss(exchange);
            return default;
        }
        var candidates = await CandidatesAsync(exchange, plan, scope, epochs);

        // :: Step 3
        if (candidates.Count == 0) return default;
        if (await ServeHitAsync(exchange, wanted, candidates) is { Served: true } served) return served;

        // :: Step 4
        CacheFlight? led = null;
        if (wanted.SingleFlight)
        {
            // The same for all, in whatever order their plans have the targets.
            var shared = candidates.MinBy(candidate => candidate.Key, StringComparer.Ordinal).Key;
            if (cache.TryLead(shared, out var flight)) led = flight;
            else
            {
                await Task.WhenAny(flight.Landing, Task.Delay(FlightLimit, time, exchange.Clock.Token));
                exchange.Clock.CallerGone.ThrowIfCancellationRequested();
                if (await ServeHitAsync(exchange, wanted, candidates) is { Served: true } late) return late;
            }
        }

        // :: Step 5
        Miss(exchange);
        exchange.Observe(new CacheRecorder(cache, exchange, candidates, wanted.Lifetime, led, time));
        return default;
    }

    private static CacheScope ScopeOf(Access.Caller caller, CacheWish wish)
    {
        if (caller.Policy is { } policy) return CacheScope.Of(policy.Organization, policy.Team, policy.Key ?? "user:" + policy.User, wish.Sharing);
        return caller.IsOwner ? CacheScope.Owner : CacheScope.OfToken(caller.Name);
    }

    private static void Miss(Exchange exchange)
    {
        exchange.Context.Response.Headers[CacheWish.Header] = "miss";
        exchange.Record.Cache = "miss";
    }

    private async ValueTask<(bool Served, GatewayError? Error)> ServeHitAsync(Exchange exchange, CacheWish wish, IReadOnlyList<CacheCandidate> candidates)
    {
        foreach (var candidate in candidates)
        {
            if (await cache.FindAsync(candidate.Key) is not { } entry || !wish.Accepts(entry, time.GetUtcNow())) continue;
            var record = exchange.Record;
            (record.Provider, record.Model, record.AnsweredModel, record.UpstreamDialect) = (entry.Provider, entry.Model, entry.ResponseModel, entry.UpstreamDialect);
            (record.ListedModel, record.ListedAnsweredModel) = (candidate.Deployment.ListedName, candidate.Deployment.ListedNameOf(entry.ResponseModel));
            using var replay = new CacheReplay(exchange, entry);
            if (!replay.TryWrite()) continue;
            record.Cache = "hit";
            if (await exchange.BookFreeAsync(entry.Provider, entry.Model, entry.Usage) is { } refused) return (true, refused);
            (record.Usage, record.Finish, record.Losses, record.Cost) = (entry.Usage, entry.Finish, entry.Losses, 0);
            await replay.SendAsync(time.GetUtcNow());
            return (true, null);
        }
        return default;
    }

    /// <summary>The provider stores responses of this API unless <c>store</c> is false: an id that the provider does not know would break follow-up requests.</summary>
    private static bool KeepsByDefault(Exchange exchange, RoutePlan plan)
    {
        if (!exchange.Envelope.MayKeepResponse || exchange.Operation != Operation.Chat) return false;
        foreach (var step in plan.Steps)
            if (step.Deployment.Choose(exchange.Api, exchange.Operation, exchange.Envelope.Needs)?.IsPassthroughFor(exchange.Api) == true) return true;
        return false;
    }

    private static async ValueTask<List<CacheCandidate>> CandidatesAsync(Exchange exchange, RoutePlan plan, CacheScope scope, IReadOnlyCollection<string> epochs)
    {
        // A conversation with state goes only to the deployment that the state belongs to.
        var ordered = await StateAffinity.ApplyAsync(exchange, plan);
        var most = exchange.Dialect.MayContainSeal(exchange.Body.Span) ? 1 : MaxCandidates;
        var candidates = new List<CacheCandidate>(1);
        var envelope = exchange.Envelope;
        var digest = new byte[SHA256.HashSizeInBytes];
        if (!CanonicalJson.TryDigest(exchange.Body, new MemberFilter(envelope.NamesStream, envelope.HasStreamOptions), digest, exchange.Budget)) return candidates;
        using var builder = new CacheKeyBuilder();
        foreach (var step in ordered.Steps)
        {
            if (candidates.Count == most) break;
            if (step.IsFallback || step.Deployment.Choose(exchange.Api, exchange.Operation, envelope.Needs) is not { } route) continue;
            var key = builder.Start().Add(exchange.StateKey!.OfCache).Add(scope.Name).Add(epochs).Add(step.Deployment.Name).Add(route.StateHome).Add(exchange.Api)
                .Add(Operations.Word(exchange.Operation))
                .Add(exchange.IsStrict ? "strict" : null).Add(HeadersOf(exchange, step.Deployment, route)).Add(digest).Build();
            candidates.Add(new CacheCandidate(step.Deployment, key));
        }
        return candidates;
    }

    /// <summary>The parts of the caller's headers and query that the provider would receive.</summary>
    private static List<string> HeadersOf(Exchange exchange, Deployment deployment, DeploymentDialect route)
    {
        var fields = new List<string>();
        var isPassthrough = route.IsPassthroughFor(exchange.Api);
        foreach (var (name, value) in CallerHeaders.Forwarded(exchange, deployment.Provider, isPassthrough))
        {
            if (Harmless.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
            fields.Add(name.ToLowerInvariant());
            fields.Add(value);
        }
        foreach (var prefix in Features)
            foreach (var (name, value) in exchange.HeadersFrom(prefix)) fields.AddRange([name.ToLowerInvariant(), value]);
        if (isPassthrough && deployment.Provider.PassthroughQuery is { } pair && exchange.HasQuery(pair)) fields.Add("?" + pair);
        return fields;
    }
}
