using Nano.Providers;

namespace Nano.Routing;

internal sealed class GatewayOptionsReader(IReadOnlyDictionary<string, string> settings, IReadOnlyList<IProvider> providers, bool onAzure)
{
    public GatewayOptionsReading Read()
    {
        var key = settings.GetValueOrDefault("API_KEY");
        var options = new GatewayOptions
        {
            OnAzure = onAzure,
            ApiKey = string.IsNullOrWhiteSpace(key) ? onAzure ? null : GatewayOptions.LaptopApiKey : key,
            Host = settings.GetValueOrDefault("HOST", "127.0.0.1"),
            Port = int.TryParse(settings.GetValueOrDefault("PORT"), out var port) ? port : 7071,
            BaseUrls = providers
                .Select(provider => (provider.Id, Url: settings.GetValueOrDefault(GatewaySettings.BaseUrlOf(provider))))
                .Where(pair => !string.IsNullOrWhiteSpace(pair.Url))
                .ToDictionary(pair => pair.Id, pair => pair.Url!.TrimEnd('/')),
        };
        return new GatewayOptionsReading(options, [], []);
    }
}
