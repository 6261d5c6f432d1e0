using Nano.LocalHost.Tests.Hosting;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>A gateway with every provider, and with custom providers under the names that recordings use.</summary>
public sealed class VendorFixture : GatewayFixture
{
    public static readonly string[] Servers =
        ["venice", "doubleword", "snowflake", "crusoe", "copilot", "gpustack", "llamacpp", "local", "mistralrs", "heroku", "portkey"];

    protected override Dictionary<string, string> Settings(string upstream)
    {
        var settings = base.Settings(upstream);
        AddVendors(settings, upstream);
        foreach (var id in Servers)
        {
            settings[$"CUSTOM_{id.ToUpperInvariant()}_BASE_URL"] = $"{upstream}/{id}/v1";
            settings[$"CUSTOM_{id.ToUpperInvariant()}_API_KEY"] = ProviderKey(id);
        }
        return settings;
    }
}
