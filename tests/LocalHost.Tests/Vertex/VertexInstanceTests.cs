using Nano.LocalHost.Tests.Hosting;

namespace Nano.LocalHost.Tests.Vertex;

/// <summary>Instances of Vertex AI in nano.json, over sockets: a credential is exchanged for a token whatever the name of its setting, and never sent.</summary>
public sealed class VertexInstanceTests
{
    [Fact]
    public async Task The_credential_of_an_instance_is_exchanged_for_a_token()
    {
        await using var gateway = await StartAsync(""" "key": "VERTEX_EU_CREDENTIALS" """, ("VERTEX_CREDENTIALS", null), ("VERTEX_EU_CREDENTIALS", VertexGateway.Credential));
        gateway.AnswerWell(2);
        for (var i = 0; i < 2; i++) await AskAsync(gateway);
        gateway.Tokens.ShouldBe([Token(1), Token(1)]);
        SendsNoCredential(gateway);
    }

    [Fact]
    public async Task Every_one_of_several_credentials_is_exchanged_once()
    {
        await using var gateway = await StartAsync(""" "keys": ["VERTEX_CREDENTIALS", "VERTEX_CREDENTIALS_B"] """, ("VERTEX_CREDENTIALS_B", VertexGateway.Credential + " "));
        gateway.AnswerWell(8);
        for (var i = 0; i < 8; i++) await AskAsync(gateway);
        gateway.Tokens.Distinct().Order().ShouldBe([Token(1), Token(2)]);
        gateway.Google.Calls.ShouldBe(2);
        SendsNoCredential(gateway);
    }

    [Fact]
    public async Task An_instance_without_a_key_has_the_key_settings_of_its_type()
    {
        await using var gateway = await StartAsync("");
        gateway.AnswerWell();
        await AskAsync(gateway);
        gateway.Tokens.ShouldBe([Token(1)]);
    }

    [Fact]
    public async Task The_key_of_an_instance_can_be_an_api_key()
    {
        await using var gateway = await StartAsync(""" "key": "VERTEX_EU_KEY" """, ("VERTEX_EU_KEY", "AIza-express-do-not-leak"));
        gateway.AnswerWell();
        await AskAsync(gateway);
        gateway.Upstream.Request.Headers["x-goog-api-key"].ShouldBe("AIza-express-do-not-leak");
        gateway.Google.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task A_damaged_credential_is_reported_by_its_setting_and_not_sent()
    {
        await using var gateway = await StartAsync(""" "key": "VERTEX_EU_CREDENTIALS" """, ("VERTEX_EU_CREDENTIALS", "'" + VertexGateway.Credential + "'"));
        var reply = await gateway.AskAsync("vertex-eu/gemini-of-tomorrow");
        ((int)reply.Status).ShouldBe(503);
        reply.Error().GetProperty("message").GetString()!.ShouldContain("VERTEX_EU_CREDENTIALS is not a service account's JSON key");
        reply.Text.ShouldNotContain("PRIVATE KEY");
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    private static string Token(int number) => $"Bearer {FakeTokenServer.TokenPrefix}{number}";

    private static Task<VertexGateway> StartAsync(string members, params (string Name, string? Value)[] settings)
    {
        var instance = $$$""" "type": "vertex", "base_url": "{{{VertexGateway.Address}}}", "settings": { "VERTEX_LOCATION": "eu" } """;
        if (members.Length > 0) instance += "," + members;
        return VertexGateway.StartAsync([("NANO_CONFIG", $$$"""{"providers":{"vertex-eu":{ {{{instance}}} } } }"""), .. settings]);
    }

    private static async Task AskAsync(VertexGateway gateway)
    {
        var reply = await gateway.AskAsync("vertex-eu/gemini-of-tomorrow");
        ((int)reply.Status).ShouldBe(200, reply.Text);
    }

    private static void SendsNoCredential(VertexGateway gateway)
    {
        foreach (var header in gateway.Upstream.Requests.SelectMany(request => request.Headers)) header.Value.ShouldNotContain("private_key");
        gateway.Google.Complaints.ShouldBeEmpty();
    }
}
