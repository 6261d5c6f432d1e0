using System.Net;
using System.Text;
using Nano.Functions.Tests.Hosting;

namespace Nano.Functions.Tests;

/// <summary>Clients that guess keys at the sign-in are counted by the address that the platform saw, whatever the headers contain.</summary>
public sealed class SignInAddressTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    [Fact]
    public async Task A_forged_address_has_no_effect()
    {
        for (var i = 0; i < 5; i++) (await SignInAsync("wrong", "203.0.113.9", $"198.51.100.{i}")).ShouldBe(HttpStatusCode.Unauthorized);
        foreach (var forged in new[] { null, "198.51.100.77", "203.0.113.10, 203.0.113.11:50000", "127.0.0.1", "::1", "not an address" })
            (await SignInAsync(BothHosts.CallerKey, "203.0.113.9", forged)).ShouldBe(HttpStatusCode.TooManyRequests, forged);
        // A forged address does not slow down its real owner.
        (await SignInAsync(BothHosts.CallerKey, "203.0.113.10", "203.0.113.9")).ShouldBe(HttpStatusCode.OK);
        (await SignInAsync(BothHosts.CallerKey, "198.51.100.0")).ShouldBe(HttpStatusCode.OK);
    }

    private async Task<HttpStatusCode> SignInAsync(string key, string address, string? forged = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/session") { Content = new StringContent($"{{\"key\":\"{key}\"}}", Encoding.UTF8, "application/json") };
        request.Headers.Add(HostFront.CallerAddress, address);
        if (forged is not null) foreach (var name in new[] { "X-Forwarded-For", "X-Real-IP", "Client-IP", "X-Client-IP", "X-Original-For", "Forwarded" })
            request.Headers.TryAddWithoutValidation(name, forged).ShouldBeTrue();
        using var response = await BothHosts.SendAsync(hosts.Functions, request);
        return response.StatusCode;
    }
}
