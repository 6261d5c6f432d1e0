using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Models;

/// <summary>What callers see of the models that providers list, and what a request causes to be asked.</summary>
public sealed class ModelListCallerTests : IAsyncLifetime
{
    private readonly ListingGateway _gateway = new();

    public Task InitializeAsync() => ((IAsyncLifetime)_gateway).InitializeAsync();

    public Task DisposeAsync() => ((IAsyncLifetime)_gateway).DisposeAsync();

    private FakeUpstream Upstream => _gateway.Upstream;

    private static UpstreamScript Of(params string[] ids) => UpstreamScript.Json(JsonSerializer.Serialize(new { data = ids.Select(id => new { id }) }));

    [Fact]
    public async Task A_token_s_caller_sees_its_models_and_only_its_provider_is_asked()
    {
        _gateway.Lists(("openai", Of("new-a", "new-b")), ("my-server", Of("secret-model")));
        var forProvider = "Authorization: Bearer " + await _gateway.MintAsync("openai");
        var forModel = "Authorization: Bearer " + await _gateway.MintAsync("openai", """{"models":["openai/new-b"]}""");
        (await _gateway.IdsAsync(forModel)).ShouldBe(["openai/new-b"]);
        var ids = await _gateway.IdsAsync(forProvider);
        ids.ShouldContain("openai/new-a");
        ids.ShouldAllBe(id => id.StartsWith("openai/", StringComparison.Ordinal));
        Upstream.ListRequests.Select(r => r.Target).ShouldBe(["/openai/v1/models"]);
        (await _gateway.IdsAsync()).ShouldContain("my-server/secret-model");
        ((int)(await _gateway.CallAsync("GET", "/v1/models/my-server/secret-model", null, forProvider)).Status).ShouldBe(403);
        ((int)(await _gateway.CallAsync("GET", "/v1/models/openai/new-a", null, forModel)).Status).ShouldBe(403);
        ((int)(await _gateway.CallAsync("GET", "/v1/models/openai/new-b", null, forModel)).Status).ShouldBe(200);
        foreach (var reply in new[] { await _gateway.CallAsync("GET", "/v1/models/secret-modal", null, forProvider), await _gateway.ChatAsync(forProvider, "secret-modal") })
        {
            ((int)reply.Status).ShouldBe(404);
            reply.Text.ShouldNotContain("my-server/");
        }
    }

    [Fact]
    public async Task The_error_for_an_unknown_name_lists_near_models()
    {
        _gateway.Lists(("ollama", Of("qwen9:4b")), ("together", Of("meta-llama/Llama-9-70B")));
        await _gateway.IdsAsync();
        foreach (var (name, near) in new[] { ("Llama-9-70B", "together/meta-llama/Llama-9-70B"), ("meta-llama/Llama-9-70B", "together/meta-llama/Llama-9-70B"),
            ("yqwen9:4b", "ollama/qwen9:4b") })
        {
            var reply = await _gateway.OwnerAsync("POST", "/v1/chat/completions", GatewayFixture.Ask(name));
            ((int)reply.Status).ShouldBe(404, name);
            reply.Error().GetProperty("message").GetString()!.ShouldContain(near);
        }
        // A listed model is still named with its provider: the meaning of a bare name does not change with a list.
        Upstream.Requests.ShouldBeEmpty();
        _gateway.Script(UpstreamScript.Json(
            """{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}"""));
        ((int)(await _gateway.OwnerAsync("POST", "/v1/chat/completions", GatewayFixture.Ask("together/meta-llama/Llama-9-70B"))).Status).ShouldBe(200);
        Upstream.Request.BodyJson.GetProperty("model").GetString().ShouldBe("meta-llama/Llama-9-70B");
    }

    [Fact]
    public async Task No_provider_is_asked_without_a_request_for_models()
    {
        _gateway.Lists(("openai", Of("m")));
        ((int)(await _gateway.OwnerAsync("POST", "/v1/chat/completions", GatewayFixture.Ask("nano/echo"))).Status).ShouldBe(200);
        ((int)(await _gateway.OwnerAsync("POST", "/v1/chat/completions", GatewayFixture.Ask("nothing-like-it"))).Status).ShouldBe(404);
        ((int)(await _gateway.CallAsync("GET", "/v1/models", null, "Authorization: Bearer wrong")).Status).ShouldBe(401);
        _gateway.Clock.Advance(TimeSpan.FromHours(1));
        ((int)(await _gateway.OwnerAsync("GET", "/readyz")).Status).ShouldBe(200);
        Upstream.ListRequests.ShouldBeEmpty();
    }
}
