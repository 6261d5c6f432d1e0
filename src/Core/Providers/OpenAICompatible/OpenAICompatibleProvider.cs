using System.Net.Http.Headers;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;

namespace Nano.Providers.OpenAICompatible;

/// <summary>A vendor that answers OpenAI Chat Completions: one entry of data (<see cref="OpenAICompatibleVendors"/>).</summary>
/// <param name="chat">The dialect as OpenAI speaks it, which a vendor without quirks shares with the front door.</param>
/// <param name="responses">For vendors with <see cref="OpenAICompatibleVendor.ChatGaps"/>; null where none is asked for.</param>
internal sealed class OpenAICompatibleProvider(OpenAICompatibleVendor vendor, IDialect chat, IDialect? responses = null) : IProvider
{
    public string Id => vendor.Id;

    public string DisplayName => vendor.DisplayName;

    public IReadOnlyList<string> Aliases => vendor.Aliases;

    public string SettingPrefix { get; } = vendor.SettingPrefix;

    public IReadOnlyList<string> KeySettings { get; } = [vendor.SettingPrefix + "_API_KEY", .. vendor.OtherKeySettings];

    public bool IsKeyOptional => vendor.IsKeyOptional;

    public string DefaultBaseUrl => vendor.BaseUrl;

    public bool NeedsBaseUrl => vendor.NeedsBaseUrl;

    public IReadOnlyList<string> ModelPrefixes => vendor.ModelPrefixes;

    public IUpstreamDialect Dialect { get; } = vendor.Quirks is { } quirks ? new OpenAIChatDialect(quirks) : chat;

    public DialectRule? SecondDialect(string model) => responses is null ? null : ChatGap.Find(vendor.ChatGaps, model, responses);

    public UsageRules Usage => vendor.Usage;

    public bool StreamUsageOnRequest => vendor.StreamUsageOnRequest;

    public IReadOnlyList<ProviderSetting> OtherSettings => vendor.NeedsBaseUrl ? [StreamUsageSetting.Of(vendor)] : [];

    public IReadOnlyList<string> ForwardedHeaders => vendor.ForwardedHeaders;

    public Uri BuildUri(string baseUrl, string model, bool stream) => new(baseUrl + "/chat/completions");

    public Uri BuildUri(string baseUrl, string model, bool stream, IUpstreamDialect second) => new(baseUrl + "/responses");

    public Uri? BuildModelsUri(string baseUrl) => vendor.CheckPath is { } path ? new Uri(baseUrl + path) : null;

    public ModelListForm? ModelList => vendor.ModelList;

    public void Sign(HttpRequestHeaders headers, string? key)
    {
        if (key is not null) headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
    }
}
