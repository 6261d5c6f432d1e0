using System.Net;
using Nano.Inbound;
using Nano.LocalHost.Tests.Hosting;

namespace Nano.LocalHost.Tests.Limits;

/// <summary>Web pages of other origins (CORS): only those in the setting may call the API.</summary>
public sealed class BrowserOriginTests(BrowserOriginTests.OriginGateway gateway) : IClassFixture<BrowserOriginTests.OriginGateway>
{
    public sealed class OriginGateway : GatewayFixture
    {
        protected override Dictionary<string, string> Settings(string upstream) =>
            new(base.Settings(upstream)) { ["ALLOWED_ORIGINS"] = "https://app.example.com, http://localhost:5173" };
    }

    [Theory]
    [InlineData("/v1/chat/completions", "https://app.example.com", true)]
    [InlineData("/v1/chat/completions", "http://localhost:5173", true)]
    [InlineData("/v1/messages", "https://app.example.com", true)]
    [InlineData("/v1beta/models/nano:generateContent", "https://app.example.com", true)]
    [InlineData("/v1/chat/completions", "https://app.example.com.evil.example", false)]
    [InlineData("/v1/chat/completions", "https://app.example.com:8443", false)]
    [InlineData("/v1/chat/completions", "http://app.example.com", false)]
    [InlineData("/v1/chat/completions", "null", false)]
    [InlineData("/api/session", "https://app.example.com", false)]
    [InlineData("/access", "https://app.example.com", false)]
    public async Task A_preflight_allows_only_configured_origins(string path, string origin, bool allowed)
    {
        using var message = new HttpRequestMessage(HttpMethod.Options, path);
        message.Headers.Add("Origin", origin);
        message.Headers.Add("Access-Control-Request-Method", "POST");
        message.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,x-stainless-os");
        using var reply = await gateway.Client.SendAsync(message);
        if (!allowed)
        {
            reply.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
            reply.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
            (await reply.Content.ReadAsStringAsync()).ShouldContain("ALLOWED_ORIGINS");
            return;
        }
        reply.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        reply.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe([origin]);
        reply.Headers.GetValues("Access-Control-Allow-Headers").ShouldBe(["authorization,content-type,x-stainless-os"]);
        reply.Headers.GetValues("Access-Control-Allow-Methods").Single().ShouldContain("POST");
        reply.Headers.Vary.ShouldContain("Origin");
        reply.Headers.Contains("Access-Control-Allow-Credentials").ShouldBeFalse();
    }

    /// <summary>A browser sends GET, HEAD and POST without asking for the method, and no other one that is not listed.</summary>
    [Fact]
    public async Task A_page_may_send_every_method_that_the_API_has()
    {
        var routes = GatewayRoutes.All.Where(route => route.Pattern.StartsWith("/v1", StringComparison.Ordinal)).ToList();
        routes.ShouldContain(route => route.Method == "DELETE");
        foreach (var route in routes)
        {
            using var message = new HttpRequestMessage(HttpMethod.Options, route.Prefix + "resp_x" + route.Suffix);
            message.Headers.Add("Origin", "https://app.example.com");
            message.Headers.Add("Access-Control-Request-Method", route.Method);
            using var reply = await gateway.Client.SendAsync(message);
            reply.StatusCode.ShouldBe(HttpStatusCode.NoContent);
            reply.Headers.GetValues("Access-Control-Allow-Methods").Single().Split(", ").ShouldContain(route.Method, route.Shown);
        }
    }

    /// <summary>A page must be able to read errors, too.</summary>
    [Theory]
    [InlineData("/v1/models", 200)]
    [InlineData("/v1/nothing", 404)]
    public async Task A_response_can_be_read(string path, int status)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, path);
        message.Headers.Add("Origin", "https://app.example.com");
        using var reply = await gateway.Client.SendAsync(message);
        ((int)reply.StatusCode).ShouldBe(status);
        reply.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["https://app.example.com"]);
        reply.Headers.GetValues("Access-Control-Expose-Headers").ShouldBe(["*"]);
    }
}

/// <summary>Without the setting.</summary>
public sealed class NoBrowserOriginTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task A_preflight_is_refused_with_what_to_do()
    {
        using var message = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        message.Headers.Add("Origin", "https://app.example.com");
        message.Headers.Add("Access-Control-Request-Method", "POST");
        var reply = await GatewayReply.ReadAsync(await gateway.Client.SendAsync(message));
        reply.Status.ShouldBe(HttpStatusCode.MethodNotAllowed);
        reply.Error().GetProperty("message").GetString()!.ShouldContain("set ALLOWED_ORIGINS to let it call");
    }
}
