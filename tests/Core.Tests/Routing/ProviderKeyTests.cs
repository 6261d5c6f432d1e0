using Nano.Configuration;
using Nano.Dialects;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Secrets;
using Nano.Tests.Secrets;
using Nano.Upstream;

namespace Nano.Tests.Routing;

/// <summary>The error of a refused key names the place of the key that was sent, and not that of another one.</summary>
public sealed class ProviderKeyTests
{
    private const string Instances = """{"providers":{"several":{"type":"openai","keys":["KEY_A","KEY_B"]},"bare":{"type":"openai-compatible","base_url":"http://10.0.0.1/v1"}}}""";

    // The model; settings; secrets of the vault; the end of the message.
    [Theory]
    [InlineData("openai/m", "OPENAI_API_KEY=k", "", "Check the setting OPENAI_API_KEY.")]
    [InlineData("google/m", "GEMINI_API_KEY=k", "", "Check the setting GEMINI_API_KEY.")]
    [InlineData("google/m", "", "gemini-api-key=k", "Check the Key Vault secret 'gemini-api-key'.")]
    [InlineData("huggingface/m", "HF_TOKEN=k", "", "Check the setting HF_TOKEN.")]
    [InlineData("vertex/m", "VERTEX_API_KEY=AIza", "", "Check the setting VERTEX_API_KEY, and VERTEX_PROJECT: the account needs the role 'Vertex AI User' there.")]
    [InlineData("bedrock/m", "AWS_BEARER_TOKEN_BEDROCK=k", "", "Check the setting AWS_BEARER_TOKEN_BEDROCK.")]
    [InlineData("bedrock/m", "AWS_ACCESS_KEY_ID=i", "aws-secret-access-key=s",
        "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (or the Key Vault secrets of those names).")]
    [InlineData("ollama/m", "", "", "Check the setting OLLAMA_API_KEY or the Key Vault secret 'ollama-api-key'.")]
    [InlineData("several/m", "KEY_A=a;KEY_B=b", "", "Check one of the keys of 'several' in nano.json. The usage record names the key.")]
    [InlineData("bare/m", "", "", "Check 'key' of 'bare' in nano.json.")]
    public async Task A_refused_key_is_named_by_its_place(string model, string settings, string secrets, string expected)
    {
        var values = new Dictionary<string, string>(Pairs(settings)) { [GatewaySettings.Config] = Instances, ["AWS_REGION"] = "eu-central-1" };
        var deployment = NewRouter(values, Pairs(secrets)).Resolve(model).Deployment!;
        var key = await deployment.GetKeyAsync(default);
        key.Error.ShouldBeNull();
        var error = UpstreamErrors.FromStatus(deployment.Provider, 401, new ErrorDetails("no", null, null, null), null, key);
        error.Code.ShouldBe("provider_auth_failed");
        error.Message.ShouldEndWith($"(status 401). {expected}");
    }

    private static Router NewRouter(Dictionary<string, string> settings, Dictionary<string, string> secrets)
    {
        var vault = new FakeVault();
        foreach (var (name, value) in secrets) vault.Answers[name] = VaultReading.Found(value);
        var registry = new ProviderRegistry(new DialectSet(), settings);
        var (registered, _) = registry.Registered();
        var config = new ConfigSource(settings, []).Read(registered).Config;
        var providers = registry.With(config, registered).Providers;
        var own = new SettingsSecretSource(settings);
        ISecretSource keys = new KeyVaultSecretSource(own, vault, new VaultTimes(), TimeProvider.System, new FakeVault.Log());
        foreach (var provider in providers.Where(provider => provider.KeyParts.Count > 0))
            keys = new JointKeySource(keys, own, provider.KeySettings, [.. provider.KeyParts.Select(part => part.Name)]);
        var options = new GatewayOptions { BaseUrls = new Dictionary<string, string> { ["ollama"] = "http://127.0.0.1:1/v1", ["bedrock"] = "http://127.0.0.1:1" } };
        return new Router(providers, ModelCatalogue.Embedded, options, keys, config: config);
    }

    private static Dictionary<string, string> Pairs(string pairs) =>
        pairs.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
}
