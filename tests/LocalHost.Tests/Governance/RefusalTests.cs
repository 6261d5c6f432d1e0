using Nano.LocalHost.Tests.Hosting;

namespace Nano.LocalHost.Tests.Governance;

/// <summary>The messages of refusals to a caller with a virtual key.</summary>
public sealed class RefusalTests(GovernedGateway gateway) : IClassFixture<GovernedGateway>
{
    [Fact]
    public async Task A_refusal_names_the_key_by_its_name_and_its_id_and_never_the_key_itself()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"name":"ci","models":["nano/echo"],"requests_per_minute":1,"budgets":[{"usd":0.0001,"window":"month"}]}""");
        foreach (var (body, expected) in new[]
        {
            (GovernedGateway.Echo(1000), $"The budget of the virtual key 'ci' ({id}) is 0.0001 USD per month"),
            (GatewayFixture.Ask("openai/gpt-4o"), $"The virtual key 'ci' ({id}) may use nano/echo and not openai/gpt-4o."),
        })
        {
            var reply = await gateway.ChatAsync(key, body);
            reply.Error().GetProperty("message").GetString()!.ShouldContain(expected);
            reply.Text.ShouldNotContain(key);
        }
        ((int)(await gateway.ChatAsync(key, GovernedGateway.Echo(1))).Status).ShouldBe(200);
        var limited = await gateway.ChatAsync(key, GovernedGateway.Echo(1));
        limited.Error().GetProperty("message").GetString()!.ShouldContain($"Rate limit reached for the virtual key 'ci' ({id}): 1 requests per minute.");
        limited.Text.ShouldNotContain(key);
    }
}
