using System.Security.Cryptography;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Vertex;

/// <summary>The life of a token, over sockets: from the service account's key to the provider, and its replacement after a refusal.</summary>
public sealed class VertexTokenTests
{
    [Fact]
    public async Task An_assertion_that_Google_verifies_becomes_a_token_that_is_kept()
    {
        await using var gateway = await VertexGateway.StartAsync();
        gateway.Google.Calls.ShouldBe(0);
        gateway.AnswerWell(3);
        for (var i = 0; i < 3; i++) ((int)(await gateway.AskAsync()).Status).ShouldBe(200);
        gateway.Google.Complaints.ShouldBeEmpty();
        gateway.Google.Calls.ShouldBe(1);
        gateway.Tokens.Distinct().ShouldBe(["Bearer " + FakeTokenServer.TokenPrefix + "1"]);
        var assertion = gateway.Google.Last!;
        (assertion.Alg, assertion.Kid, assertion.Typ).ShouldBe(("RS256", "key-1", "JWT"));
        assertion.Issuer.ShouldBe(FakeTokenServer.Account);
        assertion.Audiences.ShouldBe([gateway.Google.Url]);
        (assertion.ValidTo - assertion.IssuedAt).ShouldBe(TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Many_requests_at_once_wait_for_one_token()
    {
        await using var gateway = await VertexGateway.StartAsync();
        var gate = new TaskCompletionSource();
        gateway.Google.Gate = gate.Task;
        gateway.AnswerWell(30);
        var all = Enumerable.Range(0, 30).Select(_ => gateway.AskAsync()).ToArray();
        await Wait.UntilAsync(() => gateway.Google.Calls > 0);
        gate.SetResult();
        (await Task.WhenAll(all)).ShouldAllBe(reply => (int)reply.Status == 200);
        gateway.Google.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task A_token_near_its_end_is_replaced_in_the_background()
    {
        await using var gateway = await VertexGateway.StartAsync();
        gateway.AnswerWell(2);
        await gateway.AskAsync();
        var gate = new TaskCompletionSource();
        gateway.Google.Gate = gate.Task;
        gateway.Time.Advance(TimeSpan.FromMinutes(56));
        ((int)(await gateway.AskAsync()).Status).ShouldBe(200);
        await Wait.UntilAsync(() => gateway.Google.Calls == 2);
        gateway.Tokens.ShouldBe(["Bearer " + FakeTokenServer.TokenPrefix + "1", "Bearer " + FakeTokenServer.TokenPrefix + "1"]);
        gate.SetResult();
        await Wait.UntilAsync(async () =>
        {
            gateway.AnswerWell();
            await gateway.AskAsync();
            return gateway.Tokens.Last().EndsWith('2');
        });
        gateway.Google.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_expired_token_is_not_sent_and_the_error_names_the_fix()
    {
        await using var gateway = await VertexGateway.StartAsync();
        gateway.AnswerWell(2);
        await gateway.AskAsync();
        gateway.Google.Refusal = (400, """{"error":"invalid_grant","error_description":"secret-words"}""");
        gateway.Time.Advance(TimeSpan.FromMinutes(60));
        var reply = await gateway.AskAsync();
        ((int)reply.Status, reply.Headers["retry-after"]).ShouldBe((503, "10"));
        var error = reply.Error();
        error.GetProperty("code").GetString().ShouldBe("key_unavailable");
        error.GetProperty("message").GetString().ShouldBe(
            "The credential of Google Vertex AI cannot be read now: Google refused the service account's key (status 400, invalid_grant). It was revoked or has expired, its account was deleted, or this machine's clock is wrong.");
        gateway.Upstream.Requests.Count.ShouldBe(1);
        // Paused: nothing is asked again at once.
        var calls = gateway.Google.Calls;
        await gateway.AskAsync();
        gateway.Google.Calls.ShouldBe(calls);
        gateway.Google.Refusal = null;
        gateway.Time.Advance(TimeSpan.FromSeconds(11));
        ((int)(await gateway.AskAsync()).Status).ShouldBe(200);
        gateway.Tokens.Last().ShouldBe($"Bearer {FakeTokenServer.TokenPrefix}{calls + 1}");
    }

    [Fact]
    public async Task A_foreign_key_is_refused_because_of_its_signature()
    {
        using var other = RSA.Create(2048);
        await using var gateway = await VertexGateway.StartAsync();
        // The fixture's own settings contain the server's key; this one is signed with another key.
        await using var stranger = await VertexGateway.StartAsync(("VERTEX_CREDENTIALS", gateway.Google.Key(other: other)));
        var reply = await stranger.AskAsync();
        ((int)reply.Status).ShouldBe(503);
        stranger.Google.Complaints.ShouldBe(["SecurityTokenSignatureKeyNotFoundException"]);
        reply.Text.ShouldContain("invalid_grant");
    }

    [Fact]
    public async Task A_refused_token_is_fetched_once_and_the_error_names_what_to_check()
    {
        await using var gateway = await VertexGateway.StartAsync();
        gateway.Upstream.Answer(UpstreamScript.Json(
            $$$"""{"error":{"code":401,"message":"Request had invalid authentication credentials: {{{FakeTokenServer.TokenPrefix}}}1","status":"UNAUTHENTICATED"}}""", 401));
        var reply = await gateway.AskAsync();
        ((int)reply.Status).ShouldBe(502);
        reply.Error().GetProperty("message").GetString().ShouldBe(
            "Provider 'vertex' refused the gateway's credential (status 401). Check the setting VERTEX_CREDENTIALS, and VERTEX_PROJECT: the account needs the role 'Vertex AI User' there.");
        gateway.Upstream.Requests.Count.ShouldBe(1);
        gateway.Google.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task An_api_key_of_express_mode_is_sent_unchanged()
    {
        await using var gateway = await VertexGateway.StartAsync(("VERTEX_CREDENTIALS", null), ("VERTEX_PROJECT", null), ("VERTEX_API_KEY", "AIza-express-do-not-leak"));
        gateway.AnswerWell();
        ((int)(await gateway.AskAsync()).Status).ShouldBe(200);
        var request = gateway.Upstream.Request;
        request.Target.ShouldBe("/vertex/v1/publishers/google/models/gemini-of-tomorrow:generateContent");
        request.Headers["x-goog-api-key"].ShouldBe("AIza-express-do-not-leak");
        request.Headers.Keys.ShouldNotContain("authorization");
        gateway.Google.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_credential_the_error_names_the_settings()
    {
        await using var gateway = await VertexGateway.StartAsync(("VERTEX_CREDENTIALS", null));
        var reply = await gateway.AskAsync();
        ((int)reply.Status).ShouldBe(503);
        reply.Error().GetProperty("message").GetString()
            .ShouldBe("Google Vertex AI has no key here. Set VERTEX_CREDENTIALS or VERTEX_API_KEY, or the Key Vault secret vertex-credentials.");
    }

    [Fact]
    public async Task The_file_in_Googles_own_setting_is_read()
    {
        var path = Path.GetTempFileName();
        try
        {
            await using var gateway = await VertexGateway.StartAsync(("VERTEX_CREDENTIALS", null), ("GOOGLE_APPLICATION_CREDENTIALS", path));
            await File.WriteAllTextAsync(path, gateway.Google.Key());
            gateway.AnswerWell();
            ((int)(await gateway.AskAsync()).Status).ShouldBe(200);
            gateway.Google.Complaints.ShouldBeEmpty();
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task The_panel_shows_the_source_of_the_key_and_that_it_works()
    {
        await using var gateway = await VertexGateway.StartAsync();
        gateway.Upstream.Lists = _ => UpstreamScript.Json("""{"publisherModels":[{"name":"publishers/google/models/gemini-3.8-flash"}],"nextPageToken":"x"}""");
        var status = await JsonAsync(gateway, "/api/providers/vertex/status");
        status.GetProperty("light").GetString().ShouldBe("green");
        status.GetProperty("checked").GetString().ShouldBe("GET /v1beta1/publishers/google/models?pageSize=1 with a token", status.GetRawText());
        var asked = gateway.Upstream.ListRequests.ShouldHaveSingleItem();
        asked.Target.ShouldBe("/vertex/v1beta1/publishers/google/models?pageSize=1");
        asked.Headers["authorization"].ShouldBe("Bearer " + FakeTokenServer.TokenPrefix + "1");
        var provider = (await JsonAsync(gateway, "/api/providers")).GetProperty("providers").EnumerateArray().Single(p => p.GetProperty("id").GetString() == "vertex");
        provider.GetProperty("key").GetProperty("state").GetString().ShouldBe("set");
        provider.GetProperty("key").GetProperty("setting").GetString().ShouldBe("VERTEX_CREDENTIALS");
        provider.GetRawText().ShouldNotContain("do-not-leak");
    }

    [Fact]
    public async Task The_panel_shows_the_problem_of_a_key_without_a_token()
    {
        await using var gateway = await VertexGateway.StartAsync();
        gateway.Google.Refusal = (400, """{"error":"invalid_grant"}""");
        var status = await JsonAsync(gateway, "/api/providers/vertex/status");
        status.GetProperty("light").GetString().ShouldBe("red");
        status.GetProperty("message").GetString()!.ShouldContain("invalid_grant");
        status.GetProperty("fix").GetString()!.ShouldContain("VERTEX_CREDENTIALS");
        gateway.Upstream.Requests.Concat(gateway.Upstream.ListRequests).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_caller_cannot_choose_the_upstream_address()
    {
        await using var gateway = await VertexGateway.StartAsync();
        foreach (var model in new[] { "vertex/../../x", "vertex/gemini/../x", "vertex/a%2fb", "vertex/a b", "vertex/a?x=1", "vertex/a#b", "vertex/" })
            ((int)(await gateway.AskAsync(model)).Status).ShouldBe(404, model);
        gateway.AnswerWell();
        await gateway.AskAsync("vertex/a:predict");
        gateway.Upstream.Request.Target.ShouldBe("/vertex/v1/projects/a-project/locations/global/publishers/google/models/a%3Apredict:generateContent");
    }

    private static async Task<JsonElement> JsonAsync(GatewayFixture gateway, string path)
    {
        using var response = await gateway.Client.GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(200, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
