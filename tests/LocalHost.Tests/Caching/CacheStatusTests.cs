using System.Net;
using System.Text.Json;
using Nano.LocalHost.Tests.Routing;

namespace Nano.LocalHost.Tests.Caching;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary>What <c>/readyz</c> reports of the store of cached responses.</summary>
public sealed class CacheStatusTests
{
    [Fact]
    public async Task A_store_that_is_down_is_a_miss_is_reported_and_does_not_make_the_gateway_unready()
    {
        await using var gateway = await RoutingGateway.StartAsync("\"models\": {}", more: [("STATE_STORE", "redis:127.0.0.1:1,connectTimeout=200"), ("CACHE_STORE", "redis")]);
        gateway.Answer(_ => Responses.Whole());
        (await ReadyAsync(gateway)).TryGetProperty("cache_store", out _).ShouldBeFalse("nothing has used it");
        (await gateway.ChatAsync("one/m", headers: ("x-nano-cache", "ttl=600"))).Headers["x-nano-cache"].ShouldBe("miss");
        var store = (await ReadyAsync(gateway)).GetProperty("cache_store");
        (store.GetProperty("engine").GetString(), store.GetProperty("state").GetString()).ShouldBe(("redis", "failing"));
        store.GetProperty("message").GetString()!.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Without_a_shared_store_there_is_nothing_to_report()
    {
        await using var gateway = await RoutingGateway.StartAsync("\"models\": {}");
        gateway.Answer(_ => Responses.Whole());
        (await gateway.ChatAsync("one/m", headers: ("x-nano-cache", "ttl=600"))).Headers["x-nano-cache"].ShouldBe("miss");
        (await ReadyAsync(gateway)).TryGetProperty("cache_store", out _).ShouldBeFalse();
    }

    private static async Task<JsonElement> ReadyAsync(RoutingGateway gateway)
    {
        using var response = await gateway.Client.GetAsync("/readyz");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }
}
