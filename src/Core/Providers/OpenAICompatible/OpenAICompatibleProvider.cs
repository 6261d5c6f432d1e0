using Nano.Dialects;
using Nano.Dialects.Embeddings;
using Nano.Dialects.OpenAIChat;

namespace Nano.Providers.OpenAICompatible;

/// <summary>Makes the provider of a provider that serves OpenAI Chat Completions: one entry of data (<see cref="OpenAICompatibleVendors"/>).</summary>
internal static class OpenAICompatibleProvider
{
    /// <param name="chat">The dialect as OpenAI speaks it, which providers without quirks share with the inbound API.</param>
    /// <param name="responses">For providers with <see cref="OpenAICompatibleVendor.ChatGaps"/>; null where none is asked for.</param>
    public static Provider Create(OpenAICompatibleVendor vendor, IDialect chat, IDialect? responses = null) => new()
    {
        Id = vendor.Id,
        DisplayName = vendor.DisplayName,
        TelemetryName = vendor.TelemetryName ?? vendor.Id,
        Aliases = vendor.Aliases,
        SettingPrefix = vendor.SettingPrefix,
        KeySettings = [vendor.SettingPrefix + "_API_KEY", .. vendor.OtherKeySettings],
        IsKeyOptional = vendor.IsKeyOptional,
        DefaultBaseUrl = vendor.BaseUrl,
        NeedsBaseUrl = vendor.NeedsBaseUrl,
        OtherSettings = vendor.NeedsBaseUrl ? [StreamUsageSetting.Of(vendor)] : [],
        Naming = new PrefixNaming(vendor.ModelPrefixes),
        Dialects = Dialects(vendor, chat, responses),
        Credentials = BearerCredential.Instance,
        Lister = vendor.CheckPath is { } path ? new PathLister(path, vendor.ModelList) : null,
        ForwardedHeaders = vendor.ForwardedHeaders,
        ReturnedHeaders = vendor.ReturnedHeaders,
        ModelChoices = vendor.ModelChoices,
    };

    private static ModelDialect[] Dialects(OpenAICompatibleVendor vendor, IDialect chat, IDialect? responses)
    {
        var own = vendor.Quirks is { } quirks ? new OpenAIChatDialect(quirks) : chat;
        var dialects = new List<ModelDialect>(3);
        if (vendor.HasChat)
        {
            dialects.Add(new ModelDialect(own, static (baseUrl, _, _) => new Uri(baseUrl + "/chat/completions"))
            {
                Usage = vendor.Usage,
                StreamUsageOnRequest = vendor.StreamUsageOnRequest,
                Gaps = vendor.ChatGaps,
            });
        }
        if (responses is not null)
        {
            // There output includes reasoning, also at those who count it apart in Chat (xai-responses-one-json-485780).
            if (vendor.SpeaksResponses) dialects.Add(new(responses, static (baseUrl, _, _) => new Uri(baseUrl + "/responses")));
            if (vendor.Compacts) dialects.Add(new(responses, static (baseUrl, _, _) => new Uri(baseUrl + "/responses/compact")) { Operation = Operation.Compaction });
            if (vendor.CountsTokens) dialects.Add(new(responses, static (baseUrl, _, _) => new Uri(baseUrl + "/responses/input_tokens")) { Operation = Operation.TokenCount });
        }
        if (vendor.Embeddings is { } embeddings)
            dialects.Add(ModelDialect.ForEmbeddings(own, new OpenAIEmbeddings(embeddings), static (baseUrl, _, _) => new Uri(baseUrl + "/embeddings")));
        return [.. dialects];
    }
}
