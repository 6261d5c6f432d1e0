using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nano.LocalHost.Tests.Secrets;
using Nano.Testing.Upstream;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Vertex;

/// <summary>A service account's key in Key Vault, in Google's file format: several lines, with blanks.</summary>
public sealed class VertexVaultTests
{
    private const string Model = "vertex/gemini-of-tomorrow";

    private static readonly UpstreamScript Good = UpstreamScript.Json("""{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"STOP"}]}""");

    private static readonly UpstreamScript Refused =
        UpstreamScript.Json("""{"error":{"code":401,"message":"Request had invalid authentication credentials.","status":"UNAUTHENTICATED"}}""", 401);

    [Fact]
    public async Task The_key_is_read_from_the_vault_and_again_when_its_token_is_refused()
    {
        await using var google = await FakeTokenServer.StartAsync(TimeProvider.System);
        await using var gateway = await StartAsync(google);
        gateway.Vault.Set("vertex-credentials", InLines(google.Key()));
        gateway.Upstream.Answer(Good);
        (await gateway.AskAsync(Model)).Status.ShouldBe(HttpStatusCode.OK);

        gateway.Vault.Set("vertex-credentials", InLines(google.Key("key-2")));
        gateway.Upstream.Answer(Refused, Good);
        (await gateway.AskAsync(Model)).Status.ShouldBe(HttpStatusCode.OK);
        gateway.KeysSent.ShouldBe([FakeTokenServer.TokenPrefix + "1", FakeTokenServer.TokenPrefix + "1", FakeTokenServer.TokenPrefix + "2"]);
        google.Last!.Kid.ShouldBe("key-2");
        google.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_disabled_key_ends_its_token()
    {
        await using var google = await FakeTokenServer.StartAsync(TimeProvider.System);
        await using var gateway = await StartAsync(google);
        gateway.Vault.Set("vertex-credentials", google.Key());
        gateway.Upstream.Answer(Good);
        (await gateway.AskAsync(Model)).Status.ShouldBe(HttpStatusCode.OK);
        gateway.Vault.Set("vertex-credentials", google.Key(), enabled: false);
        gateway.Time.Advance(TimeSpan.FromSeconds(301));
        await Wait.UntilAsync(async () =>
        {
            gateway.Upstream.Answer(Good);
            return (await gateway.AskAsync(Model)).Status == HttpStatusCode.ServiceUnavailable;
        });
    }

    [Fact]
    public async Task The_error_of_an_invalid_key_does_not_contain_its_text()
    {
        await using var google = await FakeTokenServer.StartAsync(TimeProvider.System);
        await using var gateway = await StartAsync(google);
        var key = JsonNode.Parse(google.Key())!.AsObject();
        key.Remove("private_key");
        gateway.Vault.Set("vertex-credentials", key.ToJsonString());
        var reply = await gateway.AskAsync(Model);
        reply.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        reply.Error().GetProperty("message").GetString()
            .ShouldBe("The credential of Google Vertex AI cannot be read now: VERTEX_CREDENTIALS is not a service account's JSON key: member private_key is missing.");
        google.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task A_key_of_another_kind_with_a_line_break_is_invalid()
    {
        await using var google = await FakeTokenServer.StartAsync(TimeProvider.System);
        await using var gateway = await StartAsync(google);
        gateway.Vault.Set("vertex-api-key", "AIza-in-\ntwo-lines");
        (await gateway.AskAsync(Model)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    private static Task<VaultGateway> StartAsync(FakeTokenServer google) =>
        VaultGateway.StartWithCallerKeyAsync(("VERTEX_PROJECT", "a-project"), ("VERTEX_TOKEN_URL", google.Url));

    private static string InLines(string json) => JsonSerializer.Serialize(JsonNode.Parse(json), new JsonSerializerOptions { WriteIndented = true });
}
