using Microsoft.Extensions.DependencyInjection;
using Nano.Configuration;
using Nano.Routing;
using Nano.Tests.Routing;

namespace Nano.Tests.Providers.OpenAICompatible;

/// <summary><c>CUSTOM_NAME_BASE_URL</c>: servers that are defined by settings.</summary>
public sealed class CustomProvidersTests
{
    [Fact]
    public async Task A_base_url_makes_a_provider()
    {
        var (reading, router) = Read("CUSTOM_MY_SERVER_BASE_URL=http://10.0.0.5:8000/v1/;CUSTOM_MY_SERVER_API_KEY=k;CUSTOM_B2_BASE_URL=https://b.example.org/v1");
        reading.Errors.ShouldBeEmpty();
        reading.Warnings.ShouldBeEmpty();
        router.Providers.Select(provider => provider.Id).ShouldBe([.. Registered(), "b2", "my-server"]);

        var deployment = router.Resolve("my-server/org/model").Deployment!;
        deployment.Model.ShouldBe("org/model");
        deployment.ChatAddress(stream: true).AbsoluteUri.ShouldBe("http://10.0.0.5:8000/v1/chat/completions");
        (await deployment.GetKeyAsync(default)).Value.ShouldBe("k");
        var keyless = await router.Resolve("b2/m").Deployment!.GetKeyAsync(default);
        keyless.Value.ShouldBeNull();
        keyless.Error.ShouldBeNull();
    }

    [Theory]
    [InlineData("CUSTOM_MY_SERVER_BASE_URL=http://10.0.0.5:8000/v1", "my-server", true)]
    [InlineData("CUSTOM_MY_SERVER_BASE_URL=http://10.0.0.5:8000/v1;CUSTOM_MY_SERVER_STREAM_USAGE=false", "my-server", false)]
    [InlineData("CUSTOM_MY_SERVER_BASE_URL=http://10.0.0.5:8000/v1;CUSTOM_MY_SERVER_STREAM_USAGE=True", "my-server", true)]
    [InlineData("OLLAMA_BASE_URL=http://10.0.0.5:8000/v1;OLLAMA_STREAM_USAGE=false", "ollama", false)]
    [InlineData("OPENAI_STREAM_USAGE=false", "openai", true)]
    public void Streams_of_a_custom_server_request_usage_unless_its_setting_disables_it(string settings, string id, bool asks)
    {
        var (reading, router) = Read(settings);
        reading.Errors.ShouldBeEmpty();
        router.FindProvider(id)!.Dialects[0].StreamUsageOnRequest.ShouldBe(asks);
    }

    [Theory]
    [InlineData("VLLM_STREAM_USAGE=no", "VLLM_STREAM_USAGE must be true or false.")]
    [InlineData("CUSTOM_A_BASE_URL=https://a.example.org/v1;CUSTOM_A_STREAM_USAGE=0", "CUSTOM_A_STREAM_USAGE must be true or false.")]
    [InlineData("CUSTOM_A_STREAM_USAGE=true", "CUSTOM_A_STREAM_USAGE is a setting of a provider without an address: set CUSTOM_A_BASE_URL, too.")]
    public void An_invalid_switch_is_a_mistake(string settings, string mistake) => Read(settings).Reading.Errors.ShouldBe([mistake]);

    [Theory]
    [InlineData("CUSTOM_OPENAI_BASE_URL=https://x.example.org", "CUSTOM_OPENAI_BASE_URL: 'openai' is already the name of OpenAI; choose another name, or set OPENAI_BASE_URL.")]
    [InlineData("CUSTOM_GROK_BASE_URL=https://x.example.org", "CUSTOM_GROK_BASE_URL: 'grok' is already the name of xAI; choose another name, or set XAI_BASE_URL.")]
    [InlineData("CUSTOM_NANO_BASE_URL=https://x.example.org", "CUSTOM_NANO_BASE_URL: 'nano' is already the name of Nano (built in); choose another name.")]
    [InlineData("CUSTOM_1X_BASE_URL=https://x.example.org",
        "CUSTOM_1X_BASE_URL: the name between CUSTOM_ and _BASE_URL must begin with a letter and hold letters, digits and underscores only, at most 40.")]
    [InlineData("CUSTOM__BASE_URL=https://x.example.org",
        "CUSTOM__BASE_URL: the name between CUSTOM_ and _BASE_URL must begin with a letter and hold letters, digits and underscores only, at most 40.")]
    [InlineData("CUSTOM_A/B_BASE_URL=https://x.example.org",
        "CUSTOM_A/B_BASE_URL: the name between CUSTOM_ and _BASE_URL must begin with a letter and hold letters, digits and underscores only, at most 40.")]
    [InlineData("CUSTOM_X_API_KEY=k", "CUSTOM_X_API_KEY is the key of a provider without an address: set CUSTOM_X_BASE_URL, too.")]
    [InlineData("CUSTOM_A_B_BASE_URL=https://x.example.org;CUSTOM_A-B_BASE_URL=https://y.example.org", "CUSTOM_A_B_BASE_URL and CUSTOM_A-B_BASE_URL both name the provider 'a-b'.")]
    [InlineData("CUSTOM_X_BASE_URL=x.example.org", "CUSTOM_X_BASE_URL is not an absolute http or https URL.")]
    [InlineData("CUSTOM_X_BASE_URL=http://x.example.org", "CUSTOM_X_BASE_URL must begin with https://; http is only for loopback, private addresses and names of a local network.")]
    [InlineData("CUSTOM_X_BASE_URL=https://x.example.org;CUSTOM_X_API_KEY='k'", "CUSTOM_X_API_KEY has quotes around it that are not part of the key.")]
    public void A_mistake_is_reported(string settings, string mistake) => Read(settings).Reading.Errors.ShouldBe([mistake]);

    [Fact]
    public void Mistakes_are_reported_together() =>
        Read("CUSTOM_OPENAI_BASE_URL=https://x.example.org;CUSTOM_X_API_KEY=k;PORT=x;AZURE_API_VERSION=a b").Reading.Errors.Count.ShouldBe(4);

    [Fact]
    public void Blank_values_and_the_gateways_own_settings_create_no_provider() =>
        Read("CUSTOM_ENDPOINT_URL=https://ai.example.org;CUSTOM_X_BASE_URL= ;CUSTOM_Y_API_KEY=").Router.Providers.Select(provider => provider.Id).ShouldBe(Registered());

    private static IEnumerable<string> Registered() => Read("").Router.Providers.Select(provider => provider.Id);

    private static (GatewayOptionsReading Reading, Router Router) Read(string settings)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        var reading = services.AddGateway(RouterTests.Settings(settings));
        return (reading, services.BuildServiceProvider().GetRequiredService<Router>());
    }
}
