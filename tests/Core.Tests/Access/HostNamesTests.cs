using Nano.Access;
using Nano.Configuration;

namespace Nano.Tests.Access;

/// <summary>Requests may name the address that the gateway listens on, in the form of the setting.</summary>
public sealed class HostNamesTests
{
    [Theory]
    [InlineData("127.0.0.5", "127.0.0.5")]
    [InlineData("127.0.0.5", "127.0.0.5:7071")]
    [InlineData("0:0:0:0:0:0:0:1", "[0:0:0:0:0:0:0:1]")]
    [InlineData("0:0:0:0:0:0:0:1", "[0:0:0:0:0:0:0:1]:7071")]
    [InlineData("127.0.0.1", "localhost")]
    [InlineData("127.0.0.1", "LocalHost:7071")]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("localhost", "[::1]:7071")]
    // HTTP/1.0, which no browser sends.
    [InlineData("127.0.0.1", "")]
    [InlineData("127.0.0.1", null)]
    public void The_address_that_it_listens_on_is_served(string listening, string? host) => Names(listening).Refuse(host).ShouldBeNull();

    [Theory]
    [InlineData("127.0.0.5", "127.0.0.6")]
    [InlineData("127.0.0.1", "127.0.0.5:7071")]
    [InlineData("0:0:0:0:0:0:0:1", "[0:0:0:0:0:0:0:2]")]
    [InlineData("127.0.0.1", "evil.example:7071")]
    [InlineData("127.0.0.1", "localhost.evil.example")]
    [InlineData("127.0.0.1", ":7071")]
    public void Another_address_is_not(string listening, string host)
    {
        var refused = Names(listening).Refuse(host)!;
        (refused.Status, refused.Code).ShouldBe((403, "host_not_allowed"));
    }

    /// <summary>Callers use names that the gateway does not know.</summary>
    [Theory]
    [InlineData("0.0.0.0", false)]
    [InlineData("*", false)]
    [InlineData("127.0.0.1", true)]
    public void A_gateway_that_other_machines_reach_serves_every_name(string listening, bool onAzure) =>
        HostNames.Of(new GatewayOptions { Host = listening, OnAzure = onAzure }).ShouldBeNull();

    [Fact]
    public void The_address_that_callers_use_is_served()
    {
        var names = HostNames.Of(new GatewayOptions { Host = "127.0.0.1", CustomEndpointUrl = new Uri("https://ai.example.org:8443") })!;
        (names.Refuse("ai.example.org") is null, names.Refuse("AI.example.org:8443") is null, names.Refuse("example.org") is null).ShouldBe((true, true, false));
    }

    [Theory]
    [InlineData(200, 200)]
    [InlineData(201, 200)]
    public void An_error_shows_the_beginning_of_a_name(int length, int shown) =>
        Names("127.0.0.1").Refuse(new string('x', length))!.Message.ShouldContain($"its name is not '{new string('x', shown)}'.");

    private static HostNames Names(string listening) => HostNames.Of(new GatewayOptions { Host = listening })!;
}
