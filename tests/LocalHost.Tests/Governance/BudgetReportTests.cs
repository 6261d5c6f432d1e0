using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Governance;

/// <summary>What <c>GET /api/budgets</c> reports.</summary>
public sealed class BudgetReportTests(GovernedGateway gateway) : IClassFixture<GovernedGateway>
{
    /// <summary>A mistyped filter would report what everyone spent.</summary>
    [Theory]
    [InlineData("/api/usage?kye=key_1", "kye")]
    [InlineData("/api/usage?key_name=shop", "key_name")]
    [InlineData("/api/usage/export?format=csv", "format")]
    public async Task An_unknown_filter_is_refused(string path, string name)
    {
        var reply = await gateway.OwnerAsync("GET", path);
        ((int)reply.Status, reply.Error().GetProperty("code").GetString(), reply.Error().GetProperty("param").GetString()).ShouldBe((400, "unknown_parameter", name));
        reply.Error().GetProperty("message").GetString()!.ShouldContain("key, provider");
        ((int)(await gateway.OwnerAsync("GET", "/api/usage?key=key_1&team=&tag:app=shop&format=json&group_by=key")).Status).ShouldBe(200);
    }

    [Fact]
    public async Task What_is_left_of_every_budget_is_reported_for_its_current_window()
    {
        var (id, key) = await gateway.CreateKeyAsync(
            """{"name":"counted","organization":"left","team":"web","budgets":[{"usd":1,"window":"month","time_zone":"Europe/Berlin"},{"usd":2,"window":"total"}]}""");
        ((int)(await gateway.OwnerAsync("POST", "/api/policies", """{"organization":"left","team":"web","budgets":[{"usd":3,"window":"day"}]}""")).Status).ShouldBe(201);
        ((int)(await gateway.ChatAsync(key, GovernedGateway.Echo(64))).Status).ShouldBe(200);
        var spent = await gateway.SpentAsync(id);

        var budgets = (await gateway.OwnerAsync("GET", "/api/budgets")).Json.GetProperty("data").EnumerateArray()
            .Where(budget => budget.GetProperty("organization").GetString() == "left").ToList();
        budgets.Select(budget => $"{budget.GetProperty("scope")} {budget.GetProperty("window")}").ShouldBe(["team:web day", $"key:{id} month", $"key:{id} total"]);
        budgets.Select(budget => budget.GetProperty("left_usd").GetDecimal()).ShouldBe([3 - spent, 1 - spent, 2 - spent]);
        budgets[1].GetProperty("name").GetString().ShouldBe("counted");
        budgets[1].GetProperty("to").GetDateTimeOffset().ShouldBeGreaterThan(DateTimeOffset.UtcNow);
        budgets[2].GetProperty("to").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        ((int)(await gateway.CallAsync("GET", "/api/budgets", null, "Bearer " + key)).Status).ShouldBe(403);
    }
}
