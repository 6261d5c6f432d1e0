namespace Nano.Providers.OpenAICompatible;

/// <summary>
/// Whether the gateway requests usage in streams of the operator's own server. The usage record needs it, so by default the gateway
/// adds <c>stream_options.include_usage</c>; set <c>MY_SERVER_STREAM_USAGE=false</c> for a server that refuses the member.
/// </summary>
internal static class StreamUsageSetting
{
    public const string Suffix = "_STREAM_USAGE";

    public static ProviderSetting Of(CompatibleProvider provider) =>
        new(provider.SettingPrefix + Suffix,
        $"Whether the gateway adds stream_options.include_usage to streams for {provider.DisplayName} if the caller does not: true or false. The default is true.");

    /// <summary>Applies the setting to the provider. Only the operator's own servers have it.</summary>
    public static CompatibleProvider Apply(CompatibleProvider provider, IReadOnlyDictionary<string, string> settings, List<string> mistakes)
    {
        var name = provider.SettingPrefix + Suffix;
        if (!provider.NeedsBaseUrl || !settings.TryGetValue(name, out var value) || string.IsNullOrWhiteSpace(value)) return provider;
        if (bool.TryParse(value, out var asks)) return provider with { StreamUsageOnRequest = asks };
        mistakes.Add($"{name} must be true or false.");
        return provider;
    }
}
