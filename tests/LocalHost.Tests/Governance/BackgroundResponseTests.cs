using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Reasoning;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Governance;

/// <summary>
/// Responses that a provider generates in the background: their usage is not known when they are created, and often not even when their caller leaves. They are charged
/// with their estimate until they are retrieved, and then once with their usage.
/// </summary>
public sealed class BackgroundResponseTests(GovernedGateway gateway) : IClassFixture<GovernedGateway>
{
    private const string Kept = "resp_0123456789abcdef0123456789abcdef0123456789abcdef";

    /// <summary>1,000 tokens for 5 USD per million, 500 for 30: gpt-5.5.</summary>
    private const decimal Price = 0.02m;

    private const string Budget = """{"budgets":[{"usd":5,"window":"total"}]}""";

    /// <summary>Another instance with the same store.</summary>
    private sealed class OtherGateway(GovernedGateway first) : GovernedGateway
    {
        protected override string Store => "sqlite:" + first.Database;
    }

    [Fact]
    public async Task Client_case32_A_background_response_is_charged_once_however_often_it_is_polled()
    {
        var (key, secret) = await gateway.CreateKeyAsync(Budget);
        var (id, request) = await CreateAsync(secret);
        // The estimate: 100 tokens of output, and those of the request.
        var created = await AttemptAsync(key);
        (Text(created, "state"), Flag(created, "presumed"), Number(created, "output_tokens")).ShouldBe(("settled", true, 100));
        var estimate = await gateway.SpentAsync(key);
        estimate.ShouldBeGreaterThan(100 * 30 / 1_000_000m);

        foreach (var status in (string[])["queued", "in_progress"])
        {
            (await RetrieveAsync(gateway, secret, id, UpstreamScript.Json(Whole(status, used: (1, 1))))).ShouldContain(id);
            (await gateway.SpentAsync(key)).ShouldBe(estimate, status);
        }
        await using var other = new OtherGateway(gateway);
        await other.InitializeAsync();
        gateway.Script([.. Enumerable.Range(0, 10).Select(_ => UpstreamScript.Json(Whole("completed", used: (1000, 500))))]);
        other.Script([.. Enumerable.Range(0, 10).Select(_ => UpstreamScript.Json(Whole("completed", used: (1000, 500))))]);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => SendAsync(i % 2 == 0 ? gateway : other, secret, $"/v1/responses/{id}")));
        for (var i = 0; i < 3; i++) await RetrieveAsync(gateway, secret, id, UpstreamScript.Json(Whole("completed", used: (1000, 500))));

        (await gateway.SpentAsync(key)).ShouldBe(Price);
        var charged = await AttemptAsync(key);
        (Text(charged, "request"), Flag(charged, "presumed"), Number(charged, "input_tokens"), Number(charged, "output_tokens")).ShouldBe((request, false, 1000, 500));
        // The counter of the budget, which is kept apart from the attempts.
        var left = (await gateway.OwnerAsync("GET", "/api/budgets")).Json.GetProperty("data").EnumerateArray().Single(budget => budget.GetRawText().Contains(key));
        left.GetProperty("left_usd").GetDecimal().ShouldBe(5 - Price);
    }

    /// <summary>The provider goes on: what the caller has seen is not what it will get.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("?stream=true&starting_after=1")]
    public async Task A_stream_that_its_caller_leaves_is_charged_when_the_response_is_retrieved(string query)
    {
        var (key, secret) = await gateway.CreateKeyAsync(Budget);
        gateway.Script(new UpstreamScript().Header("content-type", "text/event-stream").Send(Event("response.created", 0, "queued") + Delta).Silence());
        string id;
        using (var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ResponseDrainTimeout = TimeSpan.Zero }) { BaseAddress = gateway.Client.BaseAddress })
        {
            using var message = Ask(secret, "\"stream\":true,");
            using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            string? line;
            while (!(line = (await reader.ReadLineAsync())!).StartsWith("data:", StringComparison.Ordinal)) { }
            id = JsonDocument.Parse(line["data:".Length..]).RootElement.GetProperty("response").GetProperty("id").GetString()!;
        }
        var left = default(JsonElement);
        await Wait.UntilAsync(async () => Text(left = await AttemptAsync(key), "state") == "settled");
        (Flag(left, "presumed"), Number(left, "output_tokens")).ShouldBe((true, 100), "the estimate, not the events that it has seen");

        var reply = query.Length == 0
            ? UpstreamScript.Json(Whole("completed", used: (1000, 500)))
            : UpstreamScript.Sse(Delta, Event("response.completed", 3, "completed", used: (1000, 500)));
        for (var i = 0; i < 2; i++) (await RetrieveAsync(gateway, secret, id + query, reply)).ShouldContain(id);
        (await gateway.SpentAsync(key)).ShouldBe(Price);
        var charged = await AttemptAsync(key);
        (Flag(charged, "presumed"), Number(charged, "output_tokens")).ShouldBe((false, 500));
    }

    /// <summary>The prices of a policy are in no catalogue, and another caller may retrieve the response.</summary>
    [Fact]
    public async Task The_price_is_that_of_the_key_that_created_the_response()
    {
        var (key, secret) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":5,"window":"total"}],"prices":{"openai/unlisted":{"input":100,"output":200}}}""");
        var (id, _) = await CreateAsync(secret, "openai/unlisted");
        await RetrieveAsync(gateway, GatewayFixture.CallerKey, id, UpstreamScript.Json(Whole("completed", used: (1000, 500), model: "unlisted")));
        (await gateway.SpentAsync(key)).ShouldBe(0.2m);
    }

    [Fact]
    public async Task A_cancelled_response_is_charged_with_the_usage_that_it_reports()
    {
        var (key, secret) = await gateway.CreateKeyAsync(Budget);
        var (id, _) = await CreateAsync(secret);
        gateway.Script(UpstreamScript.Json(Whole("cancelled", used: (1000, 500))));
        (await SendAsync(gateway, secret, $"/v1/responses/{id}/cancel", "POST")).ShouldContain(id);
        (await gateway.SpentAsync(key)).ShouldBe(Price);
    }

    /// <summary>Those of versions that did not seal the row, which are valid for as long as the provider keeps the response.</summary>
    [Fact]
    public async Task An_id_without_a_row_is_found_and_charges_nothing()
    {
        var (key, secret) = await gateway.CreateKeyAsync(Budget);
        await CreateAsync(secret);
        var before = await gateway.SpentAsync(key);
        var id = Encoding.ASCII.GetString(ResponseIds.Seal(new StateKey(GatewayFixture.CallerKey), Kept, "openai/gpt-5.5")!);
        (await RetrieveAsync(gateway, secret, id, UpstreamScript.Json(Whole("completed", used: (1000, 500))))).ShouldContain(id);
        (await gateway.SpentAsync(key)).ShouldBe(before);
    }

    /// <summary>It may be of any model, and of any caller.</summary>
    [Theory]
    [InlineData("""["nano/echo"]""", 404)]
    [InlineData("""["openai/gpt-*","xai/*-mini"]""", 404)]
    [InlineData("""["openai/*"]""", 200)]
    [InlineData("""["*"]""", 200)]
    public async Task A_provider_s_own_id_is_looked_up_only_where_the_key_may_use_every_model(string models, int status)
    {
        var (_, secret) = await gateway.CreateKeyAsync($$"""{"models":{{models}}}""");
        gateway.Script(UpstreamScript.Json(Whole("completed", used: (1000, 500))));
        var reply = await gateway.CallAsync("GET", $"/v1/responses/{Kept}", null, "Bearer " + secret);
        ((int)reply.Status, gateway.Upstream.Requests.Count).ShouldBe((status, status == 200 ? 1 : 0), reply.Text);
        gateway.Upstream.Clear();
    }

    /// <summary>A policy's default does not limit what the provider generates, and a caller may not retrieve the response by the id that names its row.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("?stream=true")]
    public async Task A_response_that_is_retrieved_by_the_provider_s_own_id_is_not_cheaper(string query)
    {
        var (key, secret) = await gateway.CreateKeyAsync("{\"default_output_tokens\":10," + Budget[1..]);
        await CreateAsync(secret, limit: "");
        var created = await AttemptAsync(key);
        (Flag(created, "presumed"), Number(created, "output_tokens")).ShouldBe((true, 128_000));
        var whole = Whole("completed", used: (1000, 500)).Replace("\"object\"", "\"background\":true,\"object\"");
        var end = Event("response.completed", 3, "completed", used: (1000, 500));
        gateway.Script([.. Enumerable.Range(0, 8).Select(_ => query.Length == 0 ? UpstreamScript.Json(whole) : UpstreamScript.Sse(Delta, end))]);
        var reply = await gateway.CallAsync("GET", $"/v1/responses/{Kept}{query}", null, "Bearer " + secret);
        gateway.Upstream.Clear();
        ((int)reply.Status, reply.Json.GetProperty("error").GetProperty("code").GetString()).ShouldBe((404, "response_not_found"), reply.Text);
    }

    [Fact]
    public async Task A_stream_that_ends_with_a_failure_is_charged_with_the_usage_that_it_reports()
    {
        var (key, secret) = await gateway.CreateKeyAsync(Budget);
        var (id, _) = await CreateAsync(secret);
        await RetrieveAsync(gateway, secret, id + "?stream=true", UpstreamScript.Sse(Delta, Event("response.failed", 3, "failed", used: (1000, 500))));
        (await gateway.SpentAsync(key)).ShouldBe(Price);
        var charged = await AttemptAsync(key);
        (Flag(charged, "presumed"), Number(charged, "output_tokens")).ShouldBe((false, 500));
    }

    /// <summary>The ledger is charged an estimate, which usage records and metrics do not contain.</summary>
    [Fact]
    public async Task The_cost_of_a_response_is_unknown_when_it_is_created()
    {
        var (key, secret) = await gateway.CreateKeyAsync(Budget);
        (_, gateway.Usage.LastRequestId) = await CreateAsync(secret);
        (await gateway.Usage.OneAsync())["Cost"].ShouldBeNull();
        (await gateway.SpentAsync(key)).ShouldBeGreaterThan(0);
    }

    private const string Delta = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":2,\"delta\":\"Hi\"}\n\n";

    private static string Event(string type, int number, string status, (int Input, int Output)? used = null) =>
        $"event: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":{number},\"response\":{Whole(status, used)}}}\n\n";

    private static string Whole(string status, (int Input, int Output)? used = null, string model = "gpt-5.5")
    {
        var usage = used is var (input, output) ? $$"""{"input_tokens":{{input}},"output_tokens":{{output}},"total_tokens":{{input + output}}}""" : "null";
        return $$"""{"id":"{{Kept}}","object":"response","created_at":1,"model":"{{model}}","status":"{{status}}","error":null,"incomplete_details":null,"output":[],"usage":{{usage}}}""";
    }

    private const string Limit = "\"max_output_tokens\":100,";

    private static HttpRequestMessage Ask(string key, string members, string model = "openai/gpt-5.5", string limit = Limit)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, "/v1/responses")
        {
            Content = new StringContent($$"""{"model":"{{model}}",{{members}}"background":true,{{limit}}"input":"Hello"}""", Encoding.UTF8, "application/json"),
        };
        message.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
        return message;
    }

    private async Task<(string Id, string Request)> CreateAsync(string key, string model = "openai/gpt-5.5", string limit = Limit)
    {
        gateway.Script(UpstreamScript.Json(Whole("queued", model: model.Split('/')[1])));
        using var message = Ask(key, "", model, limit);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = gateway.Client.BaseAddress, Timeout = gateway.Client.Timeout };
        using var response = await client.SendAsync(message);
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(200, text);
        var id = JsonDocument.Parse(text).RootElement.GetProperty("id").GetString()!;
        id.ShouldStartWith(Kept + "__nano1_");
        return (id, response.Headers.GetValues("x-request-id").Single());
    }

    private static async Task<string> RetrieveAsync(GovernedGateway at, string key, string id, UpstreamScript reply)
    {
        at.Script(reply);
        return await SendAsync(at, key, $"/v1/responses/{id}");
    }

    private static async Task<string> SendAsync(GovernedGateway at, string key, string path, string method = "GET")
    {
        var reply = await at.CallAsync(method, path, null, "Bearer " + key);
        ((int)reply.Status).ShouldBe(200, reply.Text);
        return reply.Text;
    }

    private async Task<JsonElement> AttemptAsync(string key) =>
        JsonDocument.Parse((await gateway.OwnerAsync("GET", $"/api/usage/export?key={key}")).Text).RootElement;

    private static string Text(JsonElement attempt, string name) => attempt.GetProperty(name).GetString()!;

    private static bool Flag(JsonElement attempt, string name) => attempt.GetProperty(name).GetBoolean();

    private static long Number(JsonElement attempt, string name) => attempt.GetProperty(name).GetInt64();
}
