using System.Globalization;
using Nano.Configuration;

namespace Nano.Tests.Routing;

/// <summary>The exact limits of the settings.</summary>
public sealed class GatewayOptionsBoundTests
{
    public static TheoryData<string, long> Bounds()
    {
        var cases = new TheoryData<string, long>();
        foreach (var setting in GatewaySettings.All.Where(setting => setting is { Minimum: not null, Maximum: not null }))
        {
            cases.Add(setting.Name, setting.Minimum!.Value);
            cases.Add(setting.Name, setting.Maximum!.Value);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Bounds))]
    public void The_bounds_of_a_number_belong_to_it(string name, long bound) => Read($"{name}={bound}").Errors.ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Bounds))]
    public void Beyond_its_bounds_a_number_is_a_mistake(string name, long bound)
    {
        var setting = GatewaySettings.All.Single(setting => setting.Name == name);
        var beyond = (bound == setting.Minimum ? bound - 1 : bound + 1).ToString(CultureInfo.InvariantCulture);
        Read($"{name}={beyond}").Errors.ShouldHaveSingleItem().ShouldStartWith(name);
    }

    [Theory]
    [InlineData("PORT=+80", 80)]
    [InlineData("PORT= 80 ", 80)]
    public void A_number_may_have_a_sign_and_blanks_around_it(string settings, int port) => Read(settings).Options.Port.ShouldBe(port);

    /// <summary>A short key causes a warning if other machines can reach the gateway.</summary>
    [Theory]
    [InlineData("HOST=*;API_KEY=123456789012345", false, true)]
    [InlineData("HOST=*;API_KEY=1234567890123456", false, false)]
    [InlineData("HOST=127.0.0.1;API_KEY=short", false, false)]
    [InlineData("HOST=::1;API_KEY=short", false, false)]
    [InlineData("CUSTOM_ENDPOINT_URL=https://ai.example.org;API_KEY=short", false, true)]
    [InlineData("CUSTOM_ENDPOINT_URL=http://localhost:8080;API_KEY=short", false, false)]
    [InlineData("API_KEY=123456789012345", true, true)]
    [InlineData("API_KEY=1234567890123456", true, false)]
    // The default key is an error instead.
    [InlineData("HOST=*;API_KEY=Nano", false, false)]
    public void A_short_key_is_warned_of(string settings, bool onAzure, bool isWarned)
    {
        var warnings = GatewayOptions.Read(RouterTests.Settings(settings), FakeProvider.Four, onAzure).Warnings;
        warnings.Any(warning => warning.Contains("fewer than 16 characters", StringComparison.Ordinal)).ShouldBe(isWarned);
    }

    private static GatewayOptionsReading Read(string settings) => GatewayOptions.Read(RouterTests.Settings(settings), FakeProvider.Four, onAzure: false);
}
