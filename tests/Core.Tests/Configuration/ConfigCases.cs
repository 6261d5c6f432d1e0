using System.Text;
using Nano.Configuration;
using Nano.Dialects;

namespace Nano.Tests.Configuration;

/// <summary>Reads nano.json as the gateway does.</summary>
internal static class ConfigCases
{
    public static (GatewayConfig Config, IReadOnlyList<string> Mistakes) Read(string json) => Read(Encoding.UTF8.GetBytes(json));

    public static (GatewayConfig Config, IReadOnlyList<string> Mistakes) Read(byte[] json)
    {
        var (registered, _) = new ProviderRegistry(new DialectSet(), new Dictionary<string, string>()).Registered();
        return GatewayConfigReader.Read(json, registered);
    }

    /// <summary>The JSON pointers of the mistakes, in order.</summary>
    public static string[] Pointers(string json) => [.. Read(json).Mistakes.Select(mistake => mistake.Split(' ')[0])];
}
