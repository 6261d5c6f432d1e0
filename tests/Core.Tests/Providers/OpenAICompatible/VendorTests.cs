using Microsoft.Extensions.DependencyInjection;
using Nano.Configuration;
using Nano.Errors;
using Nano.Providers.OpenAICompatible;
using Nano.Routing;
using Nano.Tests.Routing;

namespace Nano.Tests.Providers.OpenAICompatible;

/// <summary>The providers as data: the names that reach each one, and which are off.</summary>
public sealed class VendorTests
{
    [Theory]
    [InlineData("mistral-large-latest", "mistral")]
    [InlineData("codestral-2508", "mistral")]
    [InlineData("deepseek-chat", "deepseek")]
    [InlineData("sonar-pro", "perplexity")]
    [InlineData("kimi-k3", "moonshot")]
    [InlineData("glm-5", "zai")]
    [InlineData("qwen3-max", "dashscope")]
    [InlineData("command-a-03-2025", "cohere")]
    [InlineData("jamba-large", "ai21")]
    [InlineData("openrouter/anthropic/claude-opus-5-5", "openrouter")]
    [InlineData("fireworks/accounts/fireworks/models/x", "fireworks")]
    [InlineData("huggingface/openai/gpt-oss-120b:cerebras", "huggingface")]
    [InlineData("openai/gpt-oss-120b", "openai")]
    [InlineData("groq/openai/gpt-oss-120b", "groq")]
    public void A_name_reaches_its_provider(string name, string vendor) => Read("").Resolve(name).Deployment!.Provider.Id.ShouldBe(vendor);

    [Fact]
    public void Ids_prefixes_and_addresses_are_valid_and_unique()
    {
        var all = CompatibleProviders.All;
        all.Select(vendor => vendor.Id).Concat(all.SelectMany(vendor => vendor.Aliases)).ShouldBeUnique();
        all.SelectMany(vendor => vendor.ModelPrefixes).ShouldBeUnique();
        foreach (var vendor in all)
        {
            BaseAddress.Problem(vendor.BaseUrl).ShouldBeNull(vendor.Id);
            vendor.Source.ShouldNotBeEmpty($"{vendor.Id}: say in its entry's Source where its flags were read or recorded.");
        }
    }

    private static async ValueTask<bool> IsUsableAsync(Router router, string id)
    {
        var provider = router.FindProvider(id)!;
        return router.IsUsable(provider, await router.FindKeyAsync(provider, default));
    }

    private static async ValueTask<string> KeyStateAsync(Router router, string id)
    {
        var provider = router.FindProvider(id)!;
        return router.KeyState(provider, await router.FindKeyAsync(provider, default));
    }

    [Theory]
    [InlineData("ollama", "http://localhost:11434/v1")]
    [InlineData("vllm", "http://localhost:8000/v1")]
    [InlineData("lmstudio", "http://localhost:1234/v1")]
    [InlineData("azure", "https://NAME.openai.azure.com/openai/v1")]
    public async Task A_provider_without_an_address_is_off_until_it_is_set(string id, string example)
    {
        var setting = id.ToUpperInvariant() + "_BASE_URL";
        var off = Read($"{id.ToUpperInvariant()}_API_KEY=k");
        (await IsUsableAsync(off, id)).ShouldBeFalse();
        (await KeyStateAsync(off, id)).ShouldBe("not set");
        var error = (await off.Resolve(id + "/m").Deployment!.GetKeyAsync(default)).Error!;
        error.Kind.ShouldBe(GatewayErrorKind.NotConfigured);
        error.Status.ShouldBe(503);
        error.Message.ShouldContain($"Set {setting}, for instance to {example}.");

        var on = Read($"{setting}=http://localhost:9/v1;{id.ToUpperInvariant()}_API_KEY=k");
        (await IsUsableAsync(on, id)).ShouldBeTrue();
        (await on.Resolve(id + "/m").Deployment!.GetKeyAsync(default)).Value.ShouldBe("k");
        on.Resolve(id + "/m").Deployment!.ChatAddress(stream: false).AbsoluteUri.ShouldBe("http://localhost:9/v1/chat/completions");
    }

    [Fact]
    public async Task A_local_server_needs_no_key_and_azure_does()
    {
        var router = Read("OLLAMA_BASE_URL=http://localhost:9/v1;AZURE_BASE_URL=https://r.openai.azure.com");
        var key = await router.Resolve("ollama/m").Deployment!.GetKeyAsync(default);
        (key.Value, key.Error).ShouldBe((null, null));
        (await KeyStateAsync(router, "ollama")).ShouldBe("not needed");
        using var message = new HttpRequestMessage();
        router.FindProvider("ollama")!.Sign(message, null);
        message.Headers.ShouldBeEmpty();

        (await IsUsableAsync(router, "azure")).ShouldBeFalse();
        (await router.Resolve("azure/m").Deployment!.GetKeyAsync(default)).Error!.Message.ShouldContain("Set AZURE_API_KEY");
    }

    [Fact]
    public async Task A_provider_without_a_key_lists_no_model()
    {
        (await Read("").ListAsync(default)).Select(model => model.Provider).Distinct().ShouldBe(["nano"]);
        (await Read("GROQ_API_KEY=k;HF_TOKEN=t").ListAsync(default)).Select(model => model.Provider).Distinct().ShouldBe(["groq", "nano"]);
    }

    private static Router Read(string settings)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddGateway(RouterTests.Settings(settings)).Errors.ShouldBeEmpty();
        return services.BuildServiceProvider().GetRequiredService<Router>();
    }
}
