using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nano.Access;
using Nano.Configuration;
using Nano.Dialects;
using Nano.Dialects.CohereChat;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Governance;
using Nano.Inbound;
using Nano.Panel;
using Nano.Pipeline;
using Nano.Providers;
using Nano.Providers.Anthropic;
using Nano.Providers.Azure;
using Nano.Providers.Bedrock;
using Nano.Providers.Catalogue;
using Nano.Providers.Cohere;
using Nano.Providers.Echo;
using Nano.Providers.Google;
using Nano.Providers.OpenAICompatible;
using Nano.Providers.Vertex;
using Nano.Routing;
using Nano.Secrets;
using Nano.State;
using Nano.Telemetry;
using Nano.Upstream;

namespace Nano;

/// <summary>The only entrance of hosts into the gateway.</summary>
public static class GatewayServiceCollectionExtensions
{
    /// <summary>
    /// Registers the gateway by its settings. Nothing is opened, read or started before the first request.
    /// </summary>
    /// <param name="settings">Names and values of all settings, as <see cref="GatewaySettings"/> describes them.</param>
    /// <returns>What was wrong with the settings; with errors in it the host should say them all and not start. A gateway that is served nevertheless refuses every call with them.</returns>
    public static GatewayOptionsReading AddGateway(this IServiceCollection services, IReadOnlyDictionary<string, string> settings)
    {
        var dialects = new DialectSet();
        var (providers, mistakes) = Providers(dialects, settings);
        var state = StateAddress.Read(settings, mistakes);
        var catalogue = EchoPrices.Apply(ModelCatalogue.Embedded, settings, mistakes);
        var reading = GatewayOptions.Read(settings, providers, GatewaySettings.IsOnAzure(settings), mistakes);
        var options = reading.Options;

        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(dialects);
        services.AddSingleton(providers);
        services.AddSingleton(options);
        AddSecrets(services, new SettingsSecretSource(settings), options, providers);
        services.AddSingleton(catalogue);
        services.AddSingleton(s => new GatewayKey(options, s.GetRequiredService<ISecretSource>()));
        services.AddSingleton(s => new CallerAuthenticator(s.GetRequiredService<GatewayKey>(), s.GetRequiredService<CallerTokens>(), s.GetRequiredService<VirtualKeys>()));
        services.AddSingleton(s => new CallerTokens(s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => StateStore.Of(state, options.StateTimeout, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new VirtualKeys(s.GetRequiredService<StateStore>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new PendingCloses(s.GetRequiredService<StateStore>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new Governor(s.GetRequiredService<StateStore>(), s.GetRequiredService<PendingCloses>(), new LocalShare(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new Admission(options, new RequestRates(s.GetRequiredService<TimeProvider>())));
        services.AddSingleton(s => new Heartbeat(s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new Drain(s.GetRequiredService<Heartbeat>(), s.GetRequiredService<TimeProvider>()));
        services.AddHostedService(s => new GatewayLifetime(s.GetRequiredService<Drain>(), s.GetRequiredService<IHostApplicationLifetime>(), s.GetRequiredService<IOptions<HostOptions>>()));
        services.AddSingleton(s => new UpstreamClient(s.GetRequiredService<GatewayOptions>()));
        services.AddSingleton(new ListedModels());
        services.AddSingleton(s => new Router(
            s.GetRequiredService<IReadOnlyList<Provider>>(), s.GetRequiredService<ModelCatalogue>(),
            s.GetRequiredService<GatewayOptions>(), s.GetRequiredService<ISecretSource>(), s.GetRequiredService<ListedModels>()));
        services.AddSingleton(s => new ModelsQuestion(s.GetRequiredService<UpstreamClient>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new ModelLists(
            s.GetRequiredService<Router>(), s.GetRequiredService<ListedModels>(), s.GetRequiredService<ModelsQuestion>(),
            s.GetRequiredService<Heartbeat>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILoggerFactory>().CreateLogger("Nano.ModelLists")));
        services.AddSingleton(new RecentRequests());
        services.AddSingleton(s => new GatewayTelemetry(s.GetRequiredService<ILoggerFactory>(), s.GetRequiredService<IMeterFactory>(), s.GetRequiredService<RecentRequests>()));
        services.AddSingleton(s => new InboundApis(s.GetRequiredService<DialectSet>()));
        services.AddSingleton(Pipeline);
        services.AddSingleton(s => new ModelsEndpoint(
            s.GetRequiredService<CallerAuthenticator>(), s.GetRequiredService<InboundApis>(), s.GetRequiredService<Router>(),
            s.GetRequiredService<ModelLists>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new HealthEndpoint(
            s.GetRequiredService<GatewayOptions>(), s.GetRequiredService<GatewayKey>(), s.GetRequiredService<ISecretSource>(),
            s.GetRequiredService<Router>(), s.GetRequiredService<Admission>(), s.GetRequiredService<Drain>(), s.GetRequiredService<StateStore>()));
        services.AddSingleton(Panel);
        services.AddSingleton(s => new Gateway(
            s.GetRequiredService<ChatPipeline>(), new GeminiMethods(s.GetRequiredService<ChatPipeline>(), s.GetRequiredService<InboundApis>()),
            s.GetRequiredService<ModelsEndpoint>(), s.GetRequiredService<HealthEndpoint>(), s.GetRequiredService<PanelEndpoints>(),
            s.GetRequiredService<InboundApis>(), s.GetRequiredService<Router>(), s.GetRequiredService<GatewayOptions>(), s.GetRequiredService<Drain>(), s.GetRequiredService<TimeProvider>(),
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
            new Dispatcher(services.GetRequiredService<UpstreamClient>(), new AttemptLimits(options.FirstTokenTimeout, options.RequestTimeout), time),
            new ResponseServices(
                services.GetRequiredService<GatewayKey>(), services.GetRequiredService<Heartbeat>(), admission.Buffers,
                options.KeepAlive, options.StreamIdleTimeout, responses.RelayAsync, services.GetRequiredService<Governor>()),
            services.GetRequiredService<GatewayTelemetry>(), options, time, services.GetRequiredService<ILoggerFactory>().CreateLogger<ChatPipeline>());
    }

    private static PanelEndpoints Panel(IServiceProvider services)
    {
        // The panel's errors are in the form of OpenAI's, whatever headers its callers send.
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
            new KeysEndpoint(gate, services.GetRequiredService<StateStore>(), services.GetRequiredService<VirtualKeys>(), time),
            new PoliciesEndpoint(gate, services.GetRequiredService<StateStore>(), services.GetRequiredService<VirtualKeys>()),
            new UsageEndpoint(gate, services.GetRequiredService<StateStore>(), time));
    }

    /// <summary>Every provider, one line each, and what is wrong with the settings that they are made of.</summary>
    private static (IReadOnlyList<Provider> Providers, List<string> Mistakes) Providers(DialectSet dialects, IReadOnlyDictionary<string, string> settings)
    {
        var mistakes = new List<string>();
        IReadOnlyList<Provider> registered =
        [
            .. OpenAICompatibleVendors.All.Select(vendor => OpenAICompatibleProvider.Create(StreamUsageSetting.Apply(vendor, settings, mistakes), dialects.OpenAIChat, dialects.OpenAIResponses)),
            AzureOpenAIProvider.Create(new OpenAIChatDialect(OpenAICompatibleVendors.OfOpenAI), dialects.OpenAIResponses, settings, mistakes),
            BedrockProvider.Create(dialects.BedrockConverse, settings, mistakes, TimeProvider.System),
            AnthropicProvider.Create(dialects.AnthropicMessages),
            CohereProvider.Create(new CohereChatDialect(), dialects.OpenAIChat, settings),
            GoogleProvider.Create(dialects.Gemini),
            VertexProvider.Create(new GeminiDialect(onVertex: true), VertexSettings.Read(settings, mistakes, address => BaseAddress.Problem(address))),
            EchoProvider.Create(dialects.OpenAIChat, TimeProvider.System),
        ];
        var (custom, wrong) = CustomProviders.Read(settings, registered, dialects.OpenAIChat);
        return ([.. registered, .. custom], [.. mistakes, .. wrong]);
    }

    /// <summary>Names of the secrets that may hold a text of several lines.</summary>
    internal static IReadOnlySet<string> DocumentSecrets(IReadOnlyList<Provider> providers) =>
        providers.SelectMany(provider => provider.DocumentSettings).Select(SecretName.Of).ToHashSet(StringComparer.Ordinal);

    /// <summary>Without a Key Vault and tokens of Entra nothing of Azure's is loaded; with one, nothing before a key is wanted from it.</summary>
    private static void AddSecrets(IServiceCollection services, SettingsSecretSource settings, GatewayOptions options, IReadOnlyList<Provider> providers)
    {
        if (options.KeyVaultUri is { } vault)
        {
            services.AddSingleton(new VaultTimes { Refresh = options.KeyVaultRefresh });
            var documents = DocumentSecrets(providers);
            services.AddSingleton<IVaultReader>(s => new LateVaultReader(vault.Authority, () => new KeyVaultReader(vault, options.OnAzure, s.GetRequiredService<TimeProvider>(), documents: documents)));
        }
        services.AddSingleton(s => SignedIn(s, Joint(Keys(s))));

        ISecretSource Keys(IServiceProvider s) => options.KeyVaultUri is null ? settings : Vaulted(s);

        ISecretSource Joint(ISecretSource keys)
        {
            foreach (var provider in providers)
                if (provider.KeyParts.Count > 0) keys = new JointKeySource(keys, settings, provider.KeySettings, [.. provider.KeyParts.Select(part => part.Name)]);
            return keys;
        }

        // A method of its own: what it names is loaded when it is first called.
        ISecretSource Vaulted(IServiceProvider s) => new KeyVaultSecretSource(
            settings, s.GetRequiredService<IVaultReader>(), s.GetRequiredService<VaultTimes>(), s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILoggerFactory>().CreateLogger("Nano.KeyVault"));

        ISecretSource SignedIn(IServiceProvider s, ISecretSource keys)
        {
            var means = new TokenMeans(() => s.GetRequiredService<UpstreamClient>().Network, s.GetRequiredService<TimeProvider>(), options.OnAzure);
            foreach (var provider in providers)
                if (provider.Credentials.SignIn is { } signIn) keys = new TokenSource(keys, provider.KeySettings, () => signIn.Exchange(means), means.Time);
            return keys;
        }
    }
}
