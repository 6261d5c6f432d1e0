using System.Text.Json;
using Azure.Core;
using Azure.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nano.LocalHost.Tests.Hosting;
using Nano.Secrets;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Azure;

/// <summary>Azure OpenAI with tokens of Microsoft Entra, over sockets: only the sign-in is replaced.</summary>
public sealed class EntraTests
{
    private static readonly UpstreamScript Good = UpstreamScript.Json(
        """{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""");

    [Theory]
    [InlineData("/openai/v1", null, "/openai/v1/chat/completions")]
    [InlineData("", null, "/openai/v1/chat/completions")]
    [InlineData("", "2024-10-21", "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21")]
    [InlineData("/models", "2024-05-01-preview", "/models/chat/completions?api-version=2024-05-01-preview")]
    public async Task A_token_is_a_bearer_at_every_kind_of_address(string path, string? version, string target)
    {
        await using var gateway = await Gateway.StartAsync(path, version);
        gateway.Upstream.Answer(Good, Good);
        for (var i = 0; i < 2; i++) ((int)(await gateway.AskAsync()).Status).ShouldBe(200);
        gateway.Upstream.Requests.ShouldAllBe(r => r.Target == target && r.Headers["authorization"] == "Bearer entra-token-1" && !r.Headers.ContainsKey("api-key"));
        gateway.Identity.Scopes.ShouldBe(["https://cognitiveservices.azure.com/.default"]);
    }

    [Fact]
    public async Task A_token_is_replaced_before_its_end_and_not_sent_after_it()
    {
        await using var gateway = await Gateway.StartAsync();
        gateway.Upstream.Answer(Good, Good);
        await gateway.AskAsync();
        gateway.Identity.Raise = new AuthenticationFailedException("AADSTS70021: secret-tenant");
        gateway.Time.Advance(TimeSpan.FromMinutes(56));
        ((int)(await gateway.AskAsync()).Status).ShouldBe(200);
        gateway.Time.Advance(TimeSpan.FromMinutes(4));
        var reply = await gateway.AskAsync();
        ((int)reply.Status).ShouldBe(503);
        reply.Error().GetProperty("code").GetString().ShouldBe("key_unavailable");
        // The read that the second request began may have been cut by the clock. After a pause, a request waits for its own read.
        gateway.Time.Advance(TimeSpan.FromSeconds(11));
        reply = await gateway.AskAsync();
        reply.Error().GetProperty("message").GetString().ShouldBe(
            "The Entra token of Azure OpenAI cannot be read now: signing in to Microsoft Entra failed (AADSTS70021). Check the identity that the gateway signs in with.");
        gateway.Upstream.Requests.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(401, """{"error":{"code":"Unauthorized","message":"Access denied entra-token-1"}}""",
        "Provider 'azure' refused the gateway's Entra token (status 401). Give the role 'Cognitive Services OpenAI User'")]
    [InlineData(403, """{"error":{"code":"PermissionDenied","message":"The principal lacks the required data action."}}""",
        "It says: The principal lacks the required data action.")]
    public async Task A_refused_token_names_the_role(int status, string body, string message)
    {
        await using var gateway = await Gateway.StartAsync();
        gateway.Upstream.Answer(UpstreamScript.Json(body, status));
        var reply = await gateway.AskAsync();
        ((int)reply.Status).ShouldBe(502);
        reply.Error().GetProperty("message").GetString()!.ShouldContain(message);
        reply.Text.ShouldNotContain("entra-token");
        gateway.Upstream.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_panel_names_the_source_of_the_key_and_checks_with_a_token()
    {
        await using var gateway = await Gateway.StartAsync();
        var status = await gateway.JsonAsync("/api/providers/azure/status");
        status.GetProperty("light").GetString().ShouldBe("green", status.GetRawText());
        status.GetProperty("checked").GetString().ShouldBe("GET /models with a token");
        gateway.Upstream.ListRequests.ShouldHaveSingleItem().Headers["authorization"].ShouldBe("Bearer entra-token-1");
        var key = (await gateway.JsonAsync("/api/providers")).GetProperty("providers").EnumerateArray().Single(p => p.GetProperty("id").GetString() == "azure").GetProperty("key");
        (key.GetProperty("state").GetString(), key.GetProperty("source").GetString()).ShouldBe(("set", "entra"));
    }

    [Fact]
    public async Task The_panel_shows_what_to_do_without_a_sign_in()
    {
        await using var gateway = await Gateway.StartAsync();
        gateway.Identity.Raise = new CredentialUnavailableException("long text about tools and accounts");
        var status = await gateway.JsonAsync("/api/providers/azure/status");
        status.GetProperty("light").GetString().ShouldBe("red");
        status.GetProperty("message").GetString()!.ShouldStartWith(
            "The Entra token of Azure OpenAI cannot be read now: no account is signed in to Azure. Give the app a managed identity");
        status.GetRawText().ShouldNotContain("long text");
        gateway.Upstream.ListRequests.ShouldBeEmpty();
    }

    private sealed class Gateway(string path, string? version) : GatewayFixture, IAsyncDisposable
    {
        public FakeIdentity Identity { get; } = new();

        public FakeTimeProvider Time => Identity.Time;

        public static async Task<Gateway> StartAsync(string path = "/openai/v1", string? version = null)
        {
            var gateway = new Gateway(path, version);
            await gateway.InitializeAsync();
            return gateway;
        }

        public async Task<GatewayReply> AskAsync()
        {
            using var response = await SendAsync(Ask("azure/my-gpt"));
            return await GatewayReply.ReadAsync(response);
        }

        public async Task<JsonElement> JsonAsync(string address)
        {
            using var response = await Client.GetAsync(address);
            return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        }

        protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream))
        {
            ["AZURE_BASE_URL"] = upstream + path,
            ["AZURE_API_VERSION"] = version ?? "",
            ["AZURE_AUTH"] = "entra",
            // Only Entra's tokens count, not this key.
            ["AZURE_API_KEY"] = ProviderKey("azure"),
        };

        protected override void Configure(WebApplicationBuilder builder)
        {
            builder.Services.AddSingleton<TimeProvider>(Time);
            builder.Services.AddSingleton(new TokenMeans(() => throw new InvalidOperationException(), Time, OnAzure: false)
                { Entra = scope => new EntraExchange(scope, () => Identity) });
        }

        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
    }
}
