using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.LocalHost.Tests.Routing;
using Nano.Reasoning;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Responses that a provider stores: their ids name their deployment, and at other providers the error for such requests names what to send.</summary>
public sealed class StoredResponseTests(ResponsesApiFixture gateway) : IClassFixture<ResponsesApiFixture>
{
    private const string Kept = "resp_0123456789abcdef0123456789abcdef0123456789abcdef";

    private static string Whole(string status = "completed") =>
        $$$"""{"id":"{{{Kept}}}","object":"response","created_at":1,"model":"gpt-5.5","status":"{{{status}}}","error":null,"incomplete_details":null,"output":[],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}}""";

    private async Task<string> CreateAsync(string members = "\"store\":true")
    {
        var reply = await gateway.RespondAsync($$"""{"model":"openai/gpt-5.5","input":"Hello",{{members}}}""",
            UpstreamScript.Json(Whole(members.Contains("background", StringComparison.Ordinal) ? "queued" : "completed")));
        ((int)reply.Status).ShouldBe(200, reply.Text);
        return reply.Json.GetProperty("id").GetString()!;
    }

    private async Task<(int Status, string Body, string Sent)> CallAsync(HttpMethod method, string path, params UpstreamScript[] answers)
    {
        gateway.Script(answers);
        using var response = await gateway.Client.SendAsync(new HttpRequestMessage(method, path));
        gateway.Usage.LastRequestId = response.Headers.GetValues("x-request-id").Single();
        var sent = answers.Length == 0 || gateway.Upstream.Requests.Count == 0 ? "" : $"{gateway.Upstream.Requests[^1].Method} {gateway.Upstream.Requests[^1].Target}";
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(), sent);
    }

    [Fact]
    public async Task The_id_of_a_stored_response_names_its_deployment_and_works_in_every_call()
    {
        var id = await CreateAsync();
        id.ShouldStartWith(Kept + "__nano1_");
        id.Length.ShouldBeLessThan(200);

        var (status, body, sent) = await CallAsync(HttpMethod.Get, $"/v1/responses/{id}?include=a&unknown=b", UpstreamScript.Json(Whole()));
        (status, sent).ShouldBe((200, $"GET /openai/v1/responses/{Kept}?include=a"));
        JsonDocument.Parse(body).RootElement.GetProperty("id").GetString().ShouldBe(id);
        gateway.Upstream.Request.Headers["authorization"].ShouldBe($"Bearer {GatewayFixture.ProviderKey("openai")}");
        (await CallAsync(HttpMethod.Post, $"/v1/responses/{id}/cancel", UpstreamScript.Json(Whole("cancelled")))).Sent.ShouldBe($"POST /openai/v1/responses/{Kept}/cancel");
        (await CallAsync(HttpMethod.Get, $"/v1/responses/{id}/input_items?limit=2", UpstreamScript.Json("""{"object":"list","data":[]}"""))).Sent.ShouldBe(
            $"GET /openai/v1/responses/{Kept}/input_items?limit=2");
        (await CallAsync(HttpMethod.Delete, $"/v1/responses/{id}", UpstreamScript.Json($$"""{"id":"{{Kept}}","object":"response","deleted":true}"""))).Sent.ShouldBe(
            $"DELETE /openai/v1/responses/{Kept}");

        await gateway.RespondAsync($$"""{"model":"openai/gpt-5.5","input":"And now?","previous_response_id":"{{id}}"}""", UpstreamScript.Json(Whole()));
        gateway.Sent.GetProperty("previous_response_id").GetString().ShouldBe(Kept);
    }

    /// <summary>Accounts cannot read each other's responses.</summary>
    [Fact]
    public async Task Of_several_keys_the_one_that_made_a_response_is_used_for_it()
    {
        await using var keys = await RoutingGateway.StartAsync(""" "resilience": { "backoff_ms": 1 } """, providers: upstream => $$"""
            , "four": { "type": "openai", "base_url": "{{upstream}}/four/v1", "keys": ["FOUR_KEY_A", "FOUR_KEY_B"] }
            """, more: [("FOUR_KEY_A", "key-of-a-do-not-leak"), ("FOUR_KEY_B", "key-of-b-do-not-leak")]);
        string? maker = null;
        keys.Upstream.Responder = request => request.Method == "POST" || request.Headers["authorization"] == maker ? UpstreamScript.Json(Whole()) : UpstreamScript.Json("{}", 404);
        async Task<(string Key, string Id)> AskAsync(string members)
        {
            using var content = new StringContent($$"""{"model":"four/gpt-5.5","input":"Hello",{{members}}}""", Encoding.UTF8, "application/json");
            using var response = await keys.Client.PostAsync("/v1/responses", content);
            return (keys.Upstream.Requests[^1].Headers["authorization"], JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString()!);
        }
        async Task<HttpStatusCode> FindAsync(string id)
        {
            using var response = await keys.Client.GetAsync($"/v1/responses/{id}");
            return response.StatusCode;
        }

        var made = new Dictionary<string, string>();
        await Wait.UntilAsync(async () =>
        {
            var (key, id) = await AskAsync("\"store\":true");
            made[key] = id;
            return made.Count == 2;
        });
        foreach (var (key, id) in made)
        {
            for (var i = 0; i < 8; i++) (await AskAsync($"\"previous_response_id\":\"{id}\"")).Key.ShouldBe(key);
            maker = key;
            (await FindAsync(id)).ShouldBe(HttpStatusCode.OK);
            keys.Upstream.Requests[^1].Headers["authorization"].ShouldBe(key);
            // Without the name of a key: the provider's own id, and one from the time when the provider had only one key.
            (await FindAsync(Kept)).ShouldBe(HttpStatusCode.OK);
            (await FindAsync(Encoding.ASCII.GetString(ResponseIds.Seal(new StateKey(GatewayFixture.CallerKey), Kept, "four/gpt-5.5")!))).ShouldBe(HttpStatusCode.OK);
            Encoding.UTF8.GetString(Base64Url.DecodeFromChars(id.Split("__nano1_")[1])).ShouldNotContain("FOUR_KEY");
        }
    }

    [Fact]
    public async Task Every_event_of_a_stream_has_the_same_id()
    {
        string Event(string type, int number, string status) => $"event: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":{number},\"response\":{Whole(status)}}}\n\n";
        var reply = await gateway.RespondAsync(
            """{"model":"openai/gpt-5.5","input":"Hello","store":true,"stream":true}""",
            UpstreamScript.Sse(Event("response.created", 0, "in_progress"), Event("response.in_progress", 1, "in_progress"), Event("response.completed", 2, "completed")));
        reply.Text.Split($"{Kept}__nano1_").Length.ShouldBe(4);
        reply.Text.ShouldNotContain($"\"{Kept}\"");
    }

    [Fact]
    public async Task A_resumed_stream_has_the_id_of_the_caller()
    {
        var id = await CreateAsync("\"background\":true");
        string Event(string type, int number, string status) => $"event: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":{number},\"response\":{Whole(status)}}}\n\n";
        var answer = UpstreamScript.Sse(Event("response.in_progress", 6, "in_progress"), "event: response.output_text.delta\ndata: {\"delta\":\"Hi\"}\n\n",
            Event("response.completed", 8, "completed"));
        var (status, body, sent) = await CallAsync(HttpMethod.Get, $"/v1/responses/{id}?stream=true&starting_after=5", answer);
        (status, sent).ShouldBe((200, $"GET /openai/v1/responses/{Kept}?stream=true&starting_after=5"));
        body.Split($"\"{id}\"").Length.ShouldBe(3);
        body.ShouldNotContain($"\"{Kept}\"");
        body.ShouldContain("data: {\"delta\":\"Hi\"}\n\n");
    }

    [Theory]
    [InlineData("\"store\":false")]
    [InlineData("\"metadata\":{}")]
    public async Task An_id_is_unchanged_if_the_request_does_not_ask_to_store_the_response(string members) => (await CreateAsync(members)).ShouldBe(Kept);

    [Fact]
    public async Task A_provider_s_own_id_is_looked_up_at_providers_that_store_responses()
    {
        var (status, body, _) = await CallAsync(HttpMethod.Get, $"/v1/responses/{Kept}", UpstreamScript.Json("""{"error":{"message":"Response not found."}}""", 404),
            UpstreamScript.Json(Whole()));
        status.ShouldBe(200, body);
        gateway.Upstream.Requests.Select(r => r.Target).ShouldBe([$"/openai/v1/responses/{Kept}", $"/xai/v1/responses/{Kept}"]);
        JsonDocument.Parse(body).RootElement.GetProperty("id").GetString().ShouldBe(Kept);
    }

    [Theory]
    [InlineData("resp_1__nano1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("..%2Fmodels")]
    [InlineData("resp_1%3Fx=1")]
    public async Task A_forged_or_broken_id_reaches_no_provider(string id)
    {
        var (status, body, _) = await CallAsync(HttpMethod.Get, $"/v1/responses/{id}");
        status.ShouldBe(404);
        JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("code").GetString().ShouldBe("response_not_found");
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_seal_of_another_id_opens_nothing()
    {
        var id = await CreateAsync();
        (await CallAsync(HttpMethod.Get, $"/v1/responses/{id.Replace("resp_0", "resp_1")}")).Status.ShouldBe(404);
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Polling_a_background_response_is_recorded_without_a_cost()
    {
        var id = await CreateAsync("\"background\":true");
        var created = await gateway.Usage.OneAsync();
        (created["Operation"], created["Cost"], created["OutputTokens"]).ShouldBe(("chat", (object?)null, (object?)null), "a queued response has used nothing that is known");
        for (var i = 0; i < 10; i++)
        {
            (await CallAsync(HttpMethod.Get, $"/v1/responses/{id}", UpstreamScript.Json(Whole()))).Status.ShouldBe(200);
            var record = await gateway.Usage.OneAsync();
            (record["Operation"], record["Cost"], record["OutputTokens"]).ShouldBe(("stored_response", 0m, (object?)null));
        }
    }

    [Fact]
    public async Task Client_case29_Compaction_passes_where_the_provider_has_it_and_is_refused_clearly_elsewhere()
    {
        gateway.Script(UpstreamScript.Json(
            """{"id":"cmp_1","object":"response.compaction","created_at":1,"output":[{"type":"compaction","encrypted_content":"x"}],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}}"""));
        using (var response = await gateway.PostAsync("""{"model":"openai/gpt-5.5","input":"Hello"}""", "/v1/responses/compact"))
            (await response.Content.ReadAsStringAsync()).ShouldContain("response.compaction");
        gateway.Upstream.Request.Target.ShouldBe("/openai/v1/responses/compact");

        using var refused = await gateway.PostAsync("""{"model":"anthropic/claude-sonnet-5","input":"Hello"}""", "/v1/responses/compact");
        ((int)refused.StatusCode).ShouldBe(400);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("does not compact conversations");
    }

    [Fact]
    public async Task Tokens_are_counted_by_the_provider_or_estimated()
    {
        gateway.Script(UpstreamScript.Json("""{"object":"response.input_tokens","input_tokens":11}"""));
        using (var response = await gateway.PostAsync("""{"model":"openai/gpt-5.5","input":"Hello"}""", "/v1/responses/input_tokens"))
            (await response.Content.ReadAsStringAsync()).ShouldBe("""{"object":"response.input_tokens","input_tokens":11}""");
        gateway.Script(UpstreamScript.Json("""{"input_tokens":12}"""));
        using (var response = await gateway.PostAsync("""{"model":"anthropic/claude-sonnet-5","input":"Hello","tools":[{"type":"custom","name":"patch"}]}""",
            "/v1/responses/input_tokens"))
            (await response.Content.ReadAsStringAsync()).ShouldBe("""{"object":"response.input_tokens","input_tokens":12}""");
        gateway.Upstream.Request.Target.ShouldBe("/anthropic/v1/messages/count_tokens");
        gateway.Sent.GetProperty("tools")[0].GetProperty("name").GetString().ShouldBe("patch");
        using var estimated = await gateway.PostAsync("""{"model":"any-server/m","input":"Hello"}""", "/v1/responses/input_tokens");
        estimated.Headers.GetValues("x-nano-estimate").ShouldBe(["true"]);
    }
}
