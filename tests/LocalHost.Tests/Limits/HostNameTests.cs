using System.Net;
using Nano.LocalHost.Tests.Hosting;

namespace Nano.LocalHost.Tests.Limits;

/// <summary>DNS rebinding: a page in the browser reaches the loopback address, but only under its own host name.</summary>
public sealed class HostNameTests(HostNameTests.NamedGateway gateway) : IClassFixture<HostNameTests.NamedGateway>
{
    public sealed class NamedGateway : GatewayFixture
    {
        protected override Dictionary<string, string> Settings(string upstream) =>
            new(base.Settings(upstream)) { ["CUSTOM_ENDPOINT_URL"] = "https://ai.example.org/nano" };
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("localhost:7071", true)]
    [InlineData("LocalHost:1", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.0.0.1:80", true)]
    [InlineData("[::1]", true)]
    [InlineData("[::1]:7071", true)]
    [InlineData("ai.example.org", true)]
    [InlineData("ai.example.org:443", true)]
    [InlineData("evil.example", false)]
    [InlineData("evil.example:7071", false)]
    [InlineData("localhost.evil.example:7071", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("localhost.", false)]
    [InlineData("192.168.0.7:7071", false)]
    [InlineData("[::2]:7071", false)]
    public async Task Only_the_names_of_this_machine_are_served(string host, bool served)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        message.Headers.Host = host;
        var reply = await GatewayReply.ReadAsync(await gateway.Client.SendAsync(message));
        reply.Status.ShouldBe(served ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
        if (!served) reply.Error().GetProperty("code").GetString().ShouldBe("host_not_allowed");
    }
}

/// <summary>If other machines reach the gateway, it cannot know its names, and has its own key.</summary>
public sealed class OpenHostNameTests(OpenHostNameTests.OpenGateway gateway) : IClassFixture<OpenHostNameTests.OpenGateway>
{
    public sealed class OpenGateway : GatewayFixture
    {
        protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream)) { ["HOST"] = "0.0.0.0" };
    }

    [Fact]
    public async Task Every_name_is_served()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(gateway.Client.BaseAddress!) { Host = "127.0.0.1", Path = "/healthz" }.Uri);
        message.Headers.Host = "gateway.example";
        (await gateway.Client.SendAsync(message)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
