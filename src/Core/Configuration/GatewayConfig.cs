using Nano.Errors;

namespace Nano.Configuration;

/// <summary>
/// The contents of <c>nano.json</c>, which a team reviews in git. Read and validated as a whole (<see cref="GatewayConfigReader"/>),
/// immutable, and replaced as a whole. It never contains a secret.
/// </summary>
internal sealed record GatewayConfig
{
    /// <summary>The configuration without the file.</summary>
    public static GatewayConfig Empty { get; } = new();

    /// <summary>Provider instances, in the order of the file.</summary>
    public IReadOnlyList<ProviderConfig> Providers { get; init; } = [];

    /// <summary>Aliases, in the order of the file.</summary>
    public IReadOnlyList<AliasConfig> Models { get; init; } = [];

    /// <summary>Policies, in the order of the file.</summary>
    public IReadOnlyList<PolicyConfig> Policies { get; init; } = [];

    public ResilienceConfig Resilience { get; init; } = new();

    /// <summary>Prices of models, by <c>provider/model</c> or <c>provider/*</c>.</summary>
    public IReadOnlyDictionary<string, ModelPriceConfig> Prices { get; init; } = new Dictionary<string, ModelPriceConfig>();
}

/// <summary>Prices in USD per million tokens.</summary>
/// <param name="CacheRead">Null if it is the price of input.</param>
/// <param name="CacheWrite">Null if it is the price of input.</param>
internal sealed record ModelPriceConfig(decimal Input, decimal Output, decimal? CacheRead, decimal? CacheWrite);

/// <summary>One provider instance: a type, an address and the names of its keys.</summary>
internal sealed record ProviderConfig
{
    /// <summary>The type of a server that speaks OpenAI Chat and has no entry in the gateway's list of providers.</summary>
    public const string Compatible = "openai-compatible";

    public required string Id { get; init; }

    /// <summary>The id of a provider that the gateway knows, or <see cref="Compatible"/>.</summary>
    public required string Type { get; init; }

    /// <summary>Without a trailing slash; null for the type's default.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>Names of the settings (or Key Vault secrets) that contain its keys, one credential each; empty for the type's default.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Its requests carry <c>traceparent</c>.</summary>
    public bool SendsTraceContext { get; init; }

    /// <summary>Other settings of the type, by name, for this instance alone.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}

/// <summary>A name that callers use for a route plan.</summary>
internal sealed record AliasConfig
{
    public required string Name { get; init; }

    /// <summary>Tried in this order; at least one.</summary>
    public required IReadOnlyList<TargetGroup> Groups { get; init; }

    /// <summary>Other models, for the failures that they name.</summary>
    public IReadOnlyList<FallbackConfig> Fallbacks { get; init; } = [];

    /// <summary>Requests of one session prefer one deployment.</summary>
    public bool IsSticky { get; init; } = true;

    /// <summary>How often the plan may be walked again after a pause, when every target has failed for now.</summary>
    public int Retries { get; init; } = 1;

    /// <summary>When a second attempt starts beside one that has not committed; null for never.</summary>
    public TimeSpan? HedgeAfter { get; init; }

    public PlanLimits Limits { get; init; } = new();
}

/// <summary>Targets among which one strategy chooses.</summary>
/// <param name="Strategy">One of <see cref="GatewayConfigReader.Strategies"/>.</param>
/// <param name="Targets">At least one.</param>
internal sealed record TargetGroup(string Strategy, IReadOnlyList<TargetConfig> Targets);

/// <summary>A model of a provider instance.</summary>
/// <param name="Model"><c>provider/model</c>.</param>
/// <param name="Weight">For the weighted strategy: its share of the sum of all weights.</param>
/// <param name="IsIdempotent">A request that may have been served there may be sent again.</param>
internal sealed record TargetConfig(string Model, double Weight = 1, bool IsIdempotent = false);

/// <summary>Another model, for some failures.</summary>
/// <param name="Model"><c>provider/model</c>.</param>
/// <param name="On">The failures after which it is tried.</param>
internal sealed record FallbackConfig(string Model, FailureClass On);

/// <summary>Time limits of a route plan; a null leaves the gateway's setting.</summary>
internal sealed record PlanLimits
{
    /// <summary>From sending a stream's request to its first content.</summary>
    public TimeSpan? FirstToken { get; init; }

    /// <summary>From sending a request to the end of its whole response.</summary>
    public TimeSpan? Attempt { get; init; }

    /// <summary>Over all attempts, until one commits.</summary>
    public TimeSpan? Total { get; init; }

    /// <summary>Content events per second that a stream must deliver before it commits; null for no check.</summary>
    public double? MinEventsPerSecond { get; init; }

    /// <summary>How long the speed of a stream is measured before it commits.</summary>
    public TimeSpan SpeedWindow { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>When deployments count as down, and how much may be retried.</summary>
internal sealed record ResilienceConfig
{
    /// <summary>Retries and hedges as a share of requests.</summary>
    public double RetryBudget { get; init; } = 0.2;

    /// <summary>The first pause before a plan is walked again. It doubles each time, and a random half of it is taken off.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause before a plan is walked again: a provider that asks for a longer one gets no retry from this request.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Failures in a row that open a deployment's breaker.</summary>
    public int FailuresInARow { get; init; } = 5;

    /// <summary>The share of failures in the window that opens it.</summary>
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>Requests in the window below which the share does not count.</summary>
    public int MinimumRequests { get; init; } = 20;

    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a breaker stays open before one request probes the deployment. It doubles with each probe that fails, up to eight times.</summary>
    public TimeSpan Cooldown { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>What each virtual key that names it, and each user whom it is mapped to, may use.</summary>
internal sealed record PolicyConfig
{
    public required string Name { get; init; }

    /// <summary>Aliases and <c>provider/model</c> names; empty for all.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    public IReadOnlyList<BudgetConfig> Budgets { get; init; } = [];

    public long? RequestsPerMinute { get; init; }

    public long? TokensPerMinute { get; init; }

    /// <summary>Requests open at once.</summary>
    public int? Concurrency { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Tokens that are reserved for the output of a request that does not limit it.</summary>
    public long? DefaultOutputTokens { get; init; }

    /// <summary>Prices of models that the catalogue has no price for.</summary>
    public IReadOnlyList<PriceConfig> Prices { get; init; } = [];

    /// <summary>Whether responses are cached; null for no rule.</summary>
    public CacheConfig? Cache { get; init; }

    /// <summary>Requests may name route plans of their own (<c>models</c>, <c>x-nano-fallback</c>).</summary>
    public bool MayChoosePlan { get; init; }

    /// <summary>While the state store fails: true serves also requests under a budget, false refuses also those under rates only; null for neither.</summary>
    public bool? ServesWithoutStore { get; init; }

    /// <summary>The users of Entra ID that it applies to; null for none.</summary>
    public EntraMapping? Entra { get; init; }
}

/// <summary>The users of Entra ID that a policy is for: those with one of the app roles or in one of the groups.</summary>
/// <param name="Roles">Values of app roles.</param>
/// <param name="Groups">Object ids of groups.</param>
/// <param name="Organization">The organization whose ledger records their usage.</param>
internal sealed record EntraMapping(IReadOnlyList<string> Roles, IReadOnlyList<string> Groups, string Organization);

/// <summary>USD per million tokens of models that a pattern names.</summary>
/// <param name="Pattern">A pattern for <c>provider/model</c>, with <c>*</c> for any characters.</param>
internal sealed record PriceConfig(string Pattern, decimal Input, decimal Output);

/// <summary>An amount of money per window of time.</summary>
/// <param name="Usd">The maximum.</param>
/// <param name="Window"><c>day</c>, <c>week</c>, <c>month</c> or <c>total</c>.</param>
/// <param name="TimeZone">An IANA name.</param>
internal sealed record BudgetConfig(decimal Usd, string Window, string TimeZone = "UTC");

/// <summary>Whether responses are cached, and with whom they are shared.</summary>
/// <param name="Seconds">The lifetime of entries of requests that do not ask for one; 0 to cache only on request.</param>
/// <param name="MaxSeconds">The longest lifetime that a request may ask for; 0 if it may not ask.</param>
/// <param name="Scope"><c>key</c>, <c>team</c> or <c>organization</c>: the callers that share entries.</param>
/// <param name="SingleFlight">Of identical requests at the same time, one is sent.</param>
internal sealed record CacheConfig(long Seconds, long MaxSeconds, string Scope, bool SingleFlight);
