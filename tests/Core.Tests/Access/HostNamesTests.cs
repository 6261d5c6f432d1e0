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
    public void The_address_that_it_listens_on_is_served(string listening, string host) => Names(listening).Refuse(host).ShouldBeNull();

    [Theory]
    [InlineData("127.0.0.5", "127.0.0.6")]
    [InlineData("127.0.0.1", "127.0.0.5:7071")]
    [InlineData("0:0:0:0:0:0:0:1", "[0:0:0:0:0:0:0:2]")]
    public void Another_address_is_not(string listening, string host) => Names(listening).Refuse(host)!.Code.ShouldBe("host_not_allowed");

    private static HostNames Names(string listening) => HostNames.Of(new GatewayOptions { Host = listening })!;
}
