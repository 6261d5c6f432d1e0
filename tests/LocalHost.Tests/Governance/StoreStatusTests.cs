using Nano.LocalHost.Tests.Hosting;

namespace Nano.LocalHost.Tests.Governance;

/// <summary>A store at an address where no server listens.</summary>
public sealed class StorelessGateway : GovernedGateway
{
    protected override string Store => "redis:127.0.0.1:1,connectTimeout=200";
}

/// <summary>What <c>/readyz</c> reports of the state store, and that its failures are never the caller's.</summary>
public sealed class StoreStatusTests(StorelessGateway storeless, GovernedGateway governed) : IClassFixture<StorelessGateway>, IClassFixture<GovernedGateway>
{
    [Fact]
    public async Task A_store_that_is_down_is_a_503_is_reported_and_does_not_make_the_gateway_unready()
    {
        (await ReadyAsync(storeless)).Json.TryGetProperty("state_store", out _).ShouldBeFalse("nothing has used it");
        var refused = await storeless.ChatAsync("sk-nano-" + new string('a', 54), GovernedGateway.Echo(8));
        ((int)refused.Status, refused.Error().GetProperty("code").GetString()).ShouldBe((503, "key_store_unavailable"));
        refused.Headers.Keys.ShouldContain("retry-after");
        var ready = await ReadyAsync(storeless);
        ((int)ready.Status).ShouldBe(200);
        var store = ready.Json.GetProperty("state_store");
        (store.GetProperty("engine").GetString(), store.GetProperty("state").GetString()).ShouldBe(("redis", "failing"));
        store.GetProperty("message").GetString()!.ShouldNotBeEmpty();
        // Callers without a virtual key do not need it.
        ((int)(await storeless.CallAsync("POST", "/v1/chat/completions", GovernedGateway.Echo(8), "Bearer " + GatewayFixture.CallerKey)).Status).ShouldBe(200);
    }

    [Fact]
    public async Task A_store_that_works_is_reported_after_its_first_use()
    {
        (await ReadyAsync(governed)).Json.TryGetProperty("state_store", out _).ShouldBeFalse();
        await governed.CreateKeyAsync();
        var store = (await ReadyAsync(governed)).Json.GetProperty("state_store");
        (store.GetProperty("engine").GetString(), store.GetProperty("state").GetString()).ShouldBe(("sqlite", "ok"));
        store.TryGetProperty("message", out _).ShouldBeFalse();
    }

    private static Task<GatewayReply> ReadyAsync(GovernedGateway gateway) => gateway.CallAsync("GET", "/readyz", null, "");
}
