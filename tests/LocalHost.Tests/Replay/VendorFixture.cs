using Nano.LocalHost.Tests.Hosting;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>A gateway with every vendor.</summary>
public sealed class VendorFixture : GatewayFixture
{
    protected override Dictionary<string, string> Settings(string upstream)
    {
        var settings = base.Settings(upstream);
        AddVendors(settings, upstream);
        return settings;
    }
}
