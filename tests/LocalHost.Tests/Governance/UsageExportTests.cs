using System.Text.Json;

namespace Nano.LocalHost.Tests.Governance;

/// <summary>The ledger as lines of JSON, and with other prices.</summary>
public sealed class UsageExportTests(GovernedGateway gateway) : IClassFixture<GovernedGateway>
{
    [Fact]
    public async Task Every_attempt_is_a_line_with_the_data_of_its_request()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"organization":"export","team":"web","tags":{"app":"shop"}}""");
        var requests = new List<string>();
        for (var i = 0; i < 3; i++) requests.Add((await gateway.ChatAsync(key, GovernedGateway.Echo(8))).Headers["x-request-id"]);
        var reply = await gateway.OwnerAsync("GET", "/api/usage/export?organization=export");
        ((int)reply.Status, reply.Headers["content-type"]).ShouldBe((200, "application/x-ndjson"));
        var lines = reply.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        lines.Select(line => line.GetProperty("request").GetString()).ShouldBe(requests.Order(StringComparer.Ordinal));
        var usage = (await gateway.OwnerAsync("GET", "/api/usage/" + requests[0])).Json;
        var line = lines.Single(line => line.GetProperty("request").GetString() == requests[0]);
        line.GetProperty("key").GetString().ShouldBe(id);
        line.GetProperty("cost_usd").GetDecimal().ShouldBe(usage.GetProperty("cost_usd").GetDecimal());
        foreach (var member in usage.GetProperty("attempts")[0].EnumerateObject()) line.GetProperty(member.Name).GetRawText().ShouldBe(member.Value.GetRawText(), member.Name);
        foreach (var name in new[] { "started_at", "team", "tags", "dialect", "stream" }) line.GetProperty(name).GetRawText().ShouldBe(usage.GetProperty(name).GetRawText(), name);

        (await gateway.OwnerAsync("GET", "/api/usage/export?organization=export&team=other")).Text.ShouldBeEmpty();
        (await gateway.OwnerAsync("GET", "/api/usage/export?organization=export&to=2020-01-01")).Text.ShouldBeEmpty();
        ((int)(await gateway.OwnerAsync("GET", "/api/usage/export?from=yesterday")).Status).ShouldBe(400);
        ((int)(await gateway.CallAsync("GET", "/api/usage/export", null, "Bearer " + key)).Status).ShouldBe(403);
    }

    [Fact]
    public async Task An_export_that_is_larger_than_its_buffer_arrives_whole()
    {
        var tags = string.Join(',', Enumerable.Range(0, 16).Select(i => $"\"tag{i}\":\"{new string('x', 128)}\""));
        var (_, key) = await gateway.CreateKeyAsync("{\"organization\":\"large\",\"tags\":{" + tags + "}}");
        var requests = await Task.WhenAll(Enumerable.Range(0, 60).Select(async _ => (await gateway.ChatAsync(key, GovernedGateway.Echo(2))).Headers["x-request-id"]));
        var text = (await gateway.OwnerAsync("GET", "/api/usage/export?organization=large")).Text;
        text.Length.ShouldBeGreaterThan(128 * 1024);
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("request").GetString())
            .ShouldBe(requests.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_report_can_be_computed_with_other_prices_and_changes_nothing()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"organization":"prices"}""");
        var reply = await gateway.ChatAsync(key, GovernedGateway.Echo(8));
        var usage = reply.Json.GetProperty("usage");
        var (input, output) = (usage.GetProperty("prompt_tokens").GetDecimal(), usage.GetProperty("completion_tokens").GetDecimal());
        var row = await RowAsync("""{"organization":"prices","group_by":"model,key","prices":{"nano/echo":{"input":100,"output":1000}}}""");
        row.GetProperty("key").GetString().ShouldBe(id);
        row.GetProperty("cost_usd").GetDecimal().ShouldBe((input + 2 * output) / 1_000_000m);
        row.GetProperty("recomputed_usd").GetDecimal().ShouldBe((100 * input + 1000 * output) / 1_000_000m);
        row.GetProperty("unpriced_attempts").GetInt32().ShouldBe(0);
        // Without prices in the request: the current ones.
        var today = await RowAsync("""{"organization":"prices"}""");
        today.GetProperty("recomputed_usd").GetDecimal().ShouldBe(today.GetProperty("cost_usd").GetDecimal());
        (await gateway.SpentAsync(id)).ShouldBe((input + 2 * output) / 1_000_000m);
        var most = string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"custom/{new string('m', 246)}{i:000}\":{{\"input\":1.5,\"output\":2.5,\"cache_read\":0.5,\"cache_write\":3.5}}"));
        await RowAsync($"{{\"organization\":\"prices\",\"prices\":{{{most}}}}}");
        foreach (var wrong in new[] { """{"prices":{"nano/echo":{"input":1}}}""", """{"prices":{"echo":{"input":1,"output":1}}}""",
            """{"prices":{"nano/echo":{"input":-1,"output":1}}}""", """{"group_by":"mood"}""", """{"until":"2027"}""" })
            ((int)(await gateway.OwnerAsync("POST", "/api/usage/recompute", wrong)).Status).ShouldBe(400, wrong);
    }

    [Fact]
    public async Task Days_and_hours_are_those_in_which_requests_began_in_UTC()
    {
        var (id, key) = await gateway.CreateKeyAsync();
        var before = TimeProvider.System.GetUtcNow();
        for (var i = 0; i < 2; i++) await gateway.ChatAsync(key, GovernedGateway.Echo(8));
        var after = TimeProvider.System.GetUtcNow();
        string[] days = [$"{before:yyyy-MM-dd}", $"{after:yyyy-MM-dd}"], hours = [$"{before:yyyy-MM-dd'T'HH}:00Z", $"{after:yyyy-MM-dd'T'HH}:00Z"];
        var rows = (await gateway.OwnerAsync("GET", $"/api/usage?group_by=day,hour&key={id}&from={days[0]}")).Json.GetProperty("rows").EnumerateArray().ToList();
        rows.Sum(row => row.GetProperty("requests").GetInt32()).ShouldBe(2);
        foreach (var row in rows) (days.Contains(row.GetProperty("day").GetString()), hours.Contains(row.GetProperty("hour").GetString())).ShouldBe((true, true), row.GetRawText());
        // Before it began, there is nothing.
        (await gateway.OwnerAsync("GET", $"/api/usage?group_by=day&key={id}&from=2026-01-01&to={before:yyyy-MM-dd'T'HH:mm:ss.fff}Z")).Json.GetProperty("rows").GetArrayLength().ShouldBe(0);
    }

    private async Task<JsonElement> RowAsync(string body)
    {
        var reply = await gateway.OwnerAsync("POST", "/api/usage/recompute", body);
        ((int)reply.Status).ShouldBe(200, reply.Text);
        return reply.Json.GetProperty("rows").EnumerateArray().Single();
    }
}
