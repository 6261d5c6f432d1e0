using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nano.Access;
using Nano.Access.Entra;
using Nano.Caching;
using Nano.Configuration;
using Nano.Dialects;
using Nano.Governance;
using Nano.Inbound;
using Nano.Panel;
using Nano.Pipeline;
using Nano.Pipeline.Caching;
using Nano.Pipeline.Embeddings;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Providers.Echo;
using Nano.Routing;
using Nano.Routing.Health;
using Nano.Secrets;
using Nano.State;
using Nano.Telemetry;
using Nano.Upstream;

namespace Nano;

/// <summary>The only entry point of the gateway for hosts.</summary>
public static class GatewayServiceCollectionExtensions
{
    /// <summary>
    /// Registers the gateway with its settings. Nothing is opened, read or started before the first request.
    /// </summary>
    /// <param name="settings">Names and values of all settings, as <see cref="GatewaySettings"/> describes them.</param>
    /// <param name="configFiles">
    /// Paths where <c>nano.json</c> may be; the first one that exists is used. It is read here, whenever it changes, and when it is created later.
    /// </param>
    /// <returns>The mistakes in the settings. If there are errors, the host should report all of them and not start; a gateway that is served nevertheless refuses every call with
    /// them.</returns>
    public static GatewayOptionsReading AddGateway(this IServiceCollection services, IReadOnlyDictionary<string, string> settings, IReadOnlyList<string>? configFiles = null)
    {
        var dialects = new DialectSet();
        var registry = new ProviderRegistry(dialects, settings);
        var (registered, mistakes) = registry.Registered();
        var source = new ConfigSource(settings, configFiles ?? []);
        var read = source.Read(registered);
        var (providers, wrong) = registry.With(read.Config, registered);
        var other = new List<string>();
        var state = StateAddress.Read(settings, other);
        var cache = CacheAddress.Read(settings, state, other);
        var catalogue = EchoPrices.Apply(ModelCatalogue.Embedded, settings, other);
        var reading = GatewayOptions.Read(settings, providers, GatewaySettings.IsOnAzure(settings), [.. mistakes, .. read.Mistakes, .. wrong, .. other]);
        reading = reading.With(OwnAddress.Mistakes(reading.Options, read.Config, providers));
        var options = reading.Options;

        // With a logger, ASP.NET Core gives each request an activity, a log scope and an execution context of its own. The gateway writes none of its log entries,
        // and has its own spans.
        services.Configure<LoggerFilterOptions>(filter => filter.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None));
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(dialects);
        services.AddSingleton(providers);
        services.AddSingleton(options);
        AddSecrets(services, new SettingsSecretSource(settings), options, registered);
        services.AddSingleton(read.Config);
        services.AddSingleton(s => new HealthBoard(s.GetRequiredService<TimeProvider>(),
            Cooldowns(s.GetRequiredService<StateStore>(), options.StateTimeout, s.GetRequiredService<TimeProvider>()), Random.Shared));
        services.AddSingleton(catalogue);
        services.AddSingleton(s => new GatewayKey(options, s.GetRequiredService<ISecretSource>()));
        services.AddSingleton(s => new CallerAuthenticator(s.GetRequiredService<GatewayKey>(), s.GetRequiredService<CallerTokens>(), s.GetRequiredService<VirtualKeys>(),
            s.GetService<EntraCallers>()));
        services.AddSingleton(s => new CallerTokens(s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => StateStore.Of(state, options.StateTimeout, s.GetRequiredService<TimeProvider>(), options.HotRequestsPerSecond, options.OnAzure,
            StoreLog.To(s.GetRequiredService<ILoggerFactory>())));
        services.AddSingleton(s => new ConfiguredPolicies(s.GetRequiredService<GatewayConfig>()));
        services.AddSingleton(s => new VirtualKeys(s.GetRequiredService<StateStore>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ConfiguredPolicies>()));
        if (options.Entra is { } entra)
            services.AddSingleton(s => new EntraCallers(entra, new EntraKeys(entra, () => s.GetRequiredService<UpstreamClient>().Network, s.GetRequiredService<TimeProvider>()),
                s.GetRequiredService<ConfiguredPolicies>(), s.GetRequiredService<StateStore>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new PendingCloses(s.GetRequiredService<StateStore>(), s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILoggerFactory>().CreateLogger("Nano.Ledger")));
        services.AddSingleton(s => new Governor(s.GetRequiredService<StateStore>(), s.GetRequiredService<PendingCloses>(), new LocalShare(), s.GetRequiredService<TimeProvider>(),
            new UsageRetention(s.GetRequiredService<StateStore>(), options.UsageRetentionDays, s.GetRequiredService<TimeProvider>())));
        services.AddSingleton(s => ResponseCache.Of(cache, new CacheLimits(options.CacheMaxBytes, options.CacheMaxEntryBytes, options.CacheTimeout),
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<StateStore>(), options.OnAzure));
        services.AddSingleton(s => new Admission(options, new RequestRates(s.GetRequiredService<TimeProvider>())));
        services.AddSingleton(s => new Heartbeat(s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new Drain(s.GetRequiredService<Heartbeat>(), s.GetRequiredService<TimeProvider>()));
        services.AddHostedService(
            s => new GatewayLifetime(s.GetRequiredService<Drain>(), s.GetRequiredService<IHostApplicationLifetime>(), s.GetRequiredService<IOptions<HostOptions>>()));
        services.AddSingleton(s => new UpstreamClient(s.GetRequiredService<GatewayOptions>()));
        services.AddSingleton(new ListedModels());
        services.AddSingleton(s => new Router(
            s.GetRequiredService<IReadOnlyList<Provider>>(), s.GetRequiredService<ModelCatalogue>(),
            s.GetRequiredService<GatewayOptions>(), s.GetRequiredService<ISecretSource>(), s.GetRequiredService<ListedModels>(),
            s.GetRequiredService<HealthBoard>(), s.GetRequiredService<GatewayConfig>(), s.GetRequiredService<TokenMeans>()));
        if (source.IsFile && !options.OnAzure) services.AddHostedService(s => Watch(s, source, registry, registered));
        services.AddSingleton(s => new ModelsQuestion(s.GetRequiredService<UpstreamClient>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new ModelLists(
            s.GetRequiredService<Router>(), s.GetRequiredService<ListedModels>(), s.GetRequiredService<ModelsQuestion>(),
            s.GetRequiredService<Heartbeat>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILoggerFactory>().CreateLogger("Nano.ModelLists")));
        services.AddSingleton(new RecentRequests());
        services.AddSingleton(TelemetryOptions.Read(settings));
        services.AddSingleton(s => TelemetryGauges.Add(s, new GatewayTelemetry(
            s.GetRequiredService<ILoggerFactory>(), s.GetRequiredService<IMeterFactory>(), s.GetRequiredService<RecentRequests>(), s.GetRequiredService<TelemetryOptions>(),
            s.GetRequiredService<TimeProvider>())));
        services.AddSingleton(s => new InboundApis(s.GetRequiredService<DialectSet>()));
        services.AddSingleton(Pipeline);
        services.AddSingleton(s => new ModelsEndpoint(
            s.GetRequiredService<CallerAuthenticator>(), s.GetRequiredService<InboundApis>(), s.GetRequiredService<Router>(),
            s.GetRequiredService<ModelLists>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new HealthEndpoint(
            s.GetRequiredService<GatewayOptions>(), s.GetRequiredService<GatewayKey>(), s.GetRequiredService<ISecretSource>(),
            s.GetRequiredService<Router>(), s.GetRequiredService<Admission>(), s.GetRequiredService<Drain>(), s.GetRequiredService<StateStore>(),
            s.GetRequiredService<ResponseCache>()));
        services.AddSingleton(Panel);
        services.AddSingleton(s => new Gateway(
            s.GetRequiredService<ChatPipeline>(), Stored(s), new GeminiMethods(s.GetRequiredService<ChatPipeline>(), s.GetRequiredService<InboundApis>()),
            s.GetRequiredService<ModelsEndpoint>(), s.GetRequiredService<HealthEndpoint>(), s.GetRequiredService<PanelEndpoints>(),
            s.GetRequiredService<InboundApis>(), s.GetRequiredService<Router>(), s.GetRequiredService<GatewayOptions>(), s.GetRequiredService<Drain>(),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILoggerFactory>().CreateLogger<Gateway>()));
        return reading;
    }

    private static ChatPipeline Pipeline(IServiceProvider services)
    {
        var time = services.GetRequiredService<TimeProvider>();
        var options = services.GetRequiredService<GatewayOptions>();
        var admission = services.GetRequiredService<Admission>();
        var responses = new ResponseRelay(options, new StreamRelay(options, time));
        return new ChatPipeline(
            services.GetRequiredService<CallerAuthenticator>(), admission, services.GetRequiredService<Router>(),
            new CachedResponses(services.GetRequiredService<ResponseCache>(), time),
            new Dispatcher(services.GetRequiredService<UpstreamClient>(), new AttemptLimits(options.FirstTokenTimeout, options.RequestTimeout), time, Random.Shared),
            new ResponseServices(
                services.GetRequiredService<GatewayKey>(), services.GetRequiredService<Heartbeat>(), admission.Buffers,
                options.KeepAlive, options.StreamIdleTimeout, options.MaxResponseBytes, responses.RelayAsync, new EmbeddingRelay(options, responses).RunAsync,
                services.GetRequiredService<Governor>(), services.GetRequiredService<GatewayTelemetry>()),
            services.GetRequiredService<GatewayTelemetry>(), options, time, services.GetRequiredService<ILoggerFactory>().CreateLogger<ChatPipeline>());
    }

    /// <summary>Shared if a state store is set. The default store of a laptop is used once virtual keys have created it.</summary>
    private static ICooldowns Cooldowns(StateStore store, TimeSpan wait, TimeProvider time) =>
        store.IsConfigured ? new SharedCooldowns(store, wait, time) : new LocalCooldowns(time);

    private static StoredResponses Stored(IServiceProvider services) => new(
        services.GetRequiredService<CallerAuthenticator>(), services.GetRequiredService<Admission>(), services.GetRequiredService<GatewayKey>(),
        services.GetRequiredService<Router>(),
        services.GetRequiredService<UpstreamClient>(), services.GetRequiredService<DialectSet>().OpenAIResponses, services.GetRequiredService<Heartbeat>(),
        services.GetRequiredService<Governor>(), services.GetRequiredService<GatewayTelemetry>(), services.GetRequiredService<GatewayOptions>(),
        services.GetRequiredService<TimeProvider>());

    private static PanelEndpoints Panel(IServiceProvider services)
    {
        // The panel's errors have OpenAI's format, whatever headers its callers send.
        var dialect = services.GetRequiredService<DialectSet>().OpenAIChat;
        var time = services.GetRequiredService<TimeProvider>();
        var router = services.GetRequiredService<Router>();
        var key = services.GetRequiredService<GatewayKey>();
        var tokens = services.GetRequiredService<CallerTokens>();
        var options = services.GetRequiredService<GatewayOptions>();
        var heartbeat = services.GetRequiredService<Heartbeat>();
        var gate = new PanelGate(services.GetRequiredService<CallerAuthenticator>(), dialect, heartbeat);
        var check = new StatusCheck(router, services.GetRequiredService<ModelsQuestion>(), heartbeat, time);
        return new PanelEndpoints(
            new PanelPageEndpoint(dialect),
            new SignInEndpoint(gate, key, tokens, new SignInThrottle(time), options),
            new ProvidersEndpoint(gate, router, services.GetRequiredService<ModelLists>(), new StatusBoard(check.RunAsync, time), time),
            new TokenEndpoint(gate, key, tokens, router, options),
            new ActivityEndpoint(gate, services.GetRequiredService<RecentRequests>(), time),
            new KeysEndpoint(gate, services.GetRequiredService<StateStore>(), services.GetRequiredService<VirtualKeys>(), services.GetRequiredService<ConfiguredPolicies>(), time),
            new PoliciesEndpoint(
                gate, services.GetRequiredService<StateStore>(), services.GetRequiredService<CallerAuthenticator>(), services.GetRequiredService<ConfiguredPolicies>()),
            new UsageEndpoint(gate, services.GetRequiredService<StateStore>(), router, time),
            new BudgetsEndpoint(gate, services.GetRequiredService<StateStore>(), services.GetRequiredService<ConfiguredPolicies>(), time),
            new DeploymentsEndpoint(gate, router, services.GetRequiredService<RecentRequests>(), time),
            new CacheEndpoint(gate, services.GetRequiredService<ResponseCache>()));
    }

    /// <summary>Whether the text of a secret may have several lines, for a provider that <c>nano.json</c> names now.</summary>
    internal static Func<string, bool> IsDocument(IServiceProvider services) => secret =>
        services.GetRequiredService<Router>().Providers.Any(provider => provider.DocumentSettings.Any(setting => SecretName.Of(setting) == secret));

    /// <summary>Without a Key Vault and tokens of Entra ID, no Azure library is loaded; with one, they are loaded when the first key is read from it.</summary>
    private static void AddSecrets(IServiceCollection services, SettingsSecretSource settings, GatewayOptions options, IReadOnlyList<Provider> registered)
    {
        if (options.KeyVaultUri is { } vault)
        {
            services.AddSingleton(new VaultTimes { Refresh = options.KeyVaultRefresh });
            services.AddSingleton<IVaultReader>(
                s => new LateVaultReader(vault.Authority, () => new KeyVaultReader(vault, options.OnAzure, s.GetRequiredService<TimeProvider>(), isDocument: IsDocument(s))));
        }
        services.AddSingleton(s => Joint(Keys(s)));
        services.AddSingleton(s => new TokenMeans(() => s.GetRequiredService<UpstreamClient>().Network, s.GetRequiredService<TimeProvider>(), options.OnAzure));

        ISecretSource Keys(IServiceProvider s) => options.KeyVaultUri is null ? settings : Vaulted(s);

        // An instance has the parts of its type or none, also one that a later nano.json adds.
        ISecretSource Joint(ISecretSource keys)
        {
            foreach (var provider in registered)
                if (provider.KeyParts.Count > 0) keys = new JointKeySource(keys, settings, provider.KeySettings, [.. provider.KeyParts.Select(part => part.Name)]);
            return keys;
        }

        // A separate method, so that the types it names are loaded only when it is called.
        ISecretSource Vaulted(IServiceProvider s) => new KeyVaultSecretSource(
            settings, s.GetRequiredService<IVaultReader>(), s.GetRequiredService<VaultTimes>(), s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILoggerFactory>().CreateLogger("Nano.KeyVault"));
    }

    /// <summary>Puts <c>nano.json</c> in force when it has changed.</summary>
    private static ConfigWatch Watch(IServiceProvider services, ConfigSource source, ProviderRegistry registry, IReadOnlyList<Provider> registered)
    {
        var router = services.GetRequiredService<Router>();
        return new ConfigWatch(source, Apply, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>().CreateLogger("Nano.Configuration"));

        IReadOnlyList<string> Apply()
        {
            var (config, mistakes) = source.Read(registered);
            if (mistakes.Count > 0) return mistakes;
            var (providers, wrong) = registry.With(config, registered);
            wrong = [.. wrong, .. OwnAddress.Mistakes(services.GetRequiredService<GatewayOptions>(), config, providers)];
            if (wrong.Count > 0) return wrong;
            router.Apply(providers, config);
            services.GetRequiredService<ConfiguredPolicies>().Apply(config);
            services.GetRequiredService<CallerAuthenticator>().Forget();
            return [];
        }
    }
}
