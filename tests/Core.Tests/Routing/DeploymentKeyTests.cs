using System.Collections.Concurrent;
using Nano.Configuration;
using Nano.Errors;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Secrets;
using Nano.Tests.Providers;
using static Nano.Tests.Routing.RouterTests;

namespace Nano.Tests.Routing;

/// <summary>The address of a deployment, and its key or the error that names the setting.</summary>
public sealed class DeploymentKeyTests
{
    [Fact]
    public void An_address_is_made_once_from_the_setting_or_the_default()
    {
        var options = new GatewayOptions { BaseUrls = new Dictionary<string, string> { ["xai"] = "http://127.0.0.1:5/v1" } };
        var router = NewRouter(options: options);

        var mine = router.Resolve("xai/grok-4.7").Deployment!;
        mine.BaseUrl.ShouldBe("http://127.0.0.1:5/v1");
        mine.ChatAddress(stream: false).AbsoluteUri.ShouldBe("http://127.0.0.1:5/v1/grok-4.7");
        mine.ChatAddress(stream: true).AbsoluteUri.ShouldBe("http://127.0.0.1:5/v1/grok-4.7/stream");
        mine.ChatAddress(stream: true).ShouldBeSameAs(mine.ChatAddress(stream: true));

        router.Resolve("openai/gpt-5.5").Deployment!.BaseUrl.ShouldBe("https://api.openai.test/v1");
        router.Resolve("nano/echo").Deployment!.BaseUrl.ShouldEndWith(".invalid");
    }

    [Theory]
    [InlineData("openai/gpt-5.5", "OPENAI_API_KEY=sk-1", "sk-1", null)]
    [InlineData("gemini-2.5-pro", "GEMINI_API_KEY=g-2", "g-2", null)]
    [InlineData("gemini-2.5-pro", "GEMINI_API_KEY=g-2;GOOGLE_API_KEY=g-1", "g-1", null)]
    [InlineData("gemini-2.5-pro", "GEMINI_API_KEY=g-2;GOOGLE_API_KEY=  ", "g-2", null)]
    [InlineData("nano/echo", "", null, null)]
    [InlineData("grok-4.7", "OPENAI_API_KEY=sk-1", null, "The xai has no key here. Set XAI_API_KEY, or the Key Vault secret xai-api-key.")]
    [InlineData("gemini-2.5-pro", "", null, "The google has no key here. Set GOOGLE_API_KEY or GEMINI_API_KEY, or the Key Vault secret google-api-key.")]
    public async Task A_deployment_has_a_key_or_an_error_that_names_the_setting(string model, string settings, string? value, string? error)
    {
        var router = NewRouter(secrets: new SettingsSecretSource(Settings(settings)));

        var pending = router.Resolve(model).Deployment!.GetKeyAsync(CancellationToken.None);
        pending.IsCompletedSuccessfully.ShouldBeTrue("keys in memory cost no thread");
        var key = await pending;

        key.Value.ShouldBe(value);
        key.Error?.Message.ShouldBe(error);
        (key.Error is null).ShouldBe(error is null);
        if (error is null) return;
        key.Error!.Kind.ShouldBe(GatewayErrorKind.NotConfigured);
        key.Error.Status.ShouldBe(503);
        key.Error.Code.ShouldBe("provider_not_configured");
        key.Error.Provider.ShouldNotBeNull();
    }

    /// <summary>Case 26: a dependency that is down must never look like invalid credentials, and recovers automatically.</summary>
    [Fact]
    public async Task Case26_A_source_of_keys_that_is_down_is_a_503_until_it_is_back()
    {
        var source = new SlowSource { Next = Secret.NotAvailable("Key Vault does not respond.") };
        var deployment = NewRouter(secrets: source).Resolve("openai/gpt-5.5").Deployment!;

        var down = await deployment.GetKeyAsync(CancellationToken.None);
        down.Error!.Status.ShouldBe(503);
        down.Error.Message.ShouldContain("Key Vault does not respond.");

        source.Next = Secret.Found("sk-back", "OPENAI_API_KEY");
        (await deployment.GetKeyAsync(CancellationToken.None)).Value.ShouldBe("sk-back");
    }

    [Fact]
    public async Task No_key_is_looked_up_for_a_provider_without_one()
    {
        var source = new SlowSource();
        var router = NewRouter(secrets: source);
        await router.ListAsync(CancellationToken.None);
        source.Asked.ShouldNotBeEmpty();
        source.Asked.ShouldAllBe(settings => settings.Count > 0);
    }

    private sealed class SlowSource : ISecretSource
    {
        public Secret Next { get; set; }

        public ConcurrentBag<IReadOnlyList<string>> Asked { get; } = [];

        public async ValueTask<Secret> FindAsync(IReadOnlyList<string> settings, CancellationToken cancellationToken)
        {
            Asked.Add(settings);
            await Task.Yield();
            return Next;
        }

        public ValueTask<Secret> RereadAsync(IReadOnlyList<string> settings, string? refused, CancellationToken cancellationToken) => FindAsync(settings, cancellationToken);
    }
}
