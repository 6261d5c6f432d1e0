using Nano.Dialects;
using Nano.Dialects.Embeddings;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIResponses;

namespace Nano.Providers.OpenAICompatible;

/// <summary>Creates the provider for one entry of <see cref="CompatibleProviders"/>: a server of OpenAI Chat Completions.</summary>
internal static class OpenAICompatibleProvider
{
    /// <param name="chat">OpenAI's own dialect, which providers without quirks share with the inbound API.</param>
    /// <param name="responses">For providers with <see cref="CompatibleProvider.ChatGaps"/>; null if no provider needs it.</param>
    public static Provider Create(CompatibleProvider provider, IDialect chat, IDialect? responses = null) => new()
    {
        Id = provider.Id,
        DisplayName = provider.DisplayName,
        TelemetryName = provider.TelemetryName ?? provider.Id,
        Aliases = provider.Aliases,
        SettingPrefix = provider.SettingPrefix,
        KeySettings = [provider.SettingPrefix + "_API_KEY", .. provider.OtherKeySettings],
        IsKeyOptional = provider.IsKeyOptional,
        DefaultBaseUrl = provider.BaseUrl,
        NeedsBaseUrl = provider.NeedsBaseUrl,
        OtherSettings = provider.NeedsBaseUrl ? [StreamUsageSetting.Of(provider)] : [],
        Naming = new PrefixNaming(provider.ModelPrefixes),
        Dialects = Dialects(provider, chat, responses),
        Credentials = BearerCredential.Instance,
        Lister = provider.CheckPath is { } path ? new PathLister(path, provider.ModelList) : null,
        ForwardedHeaders = provider.ForwardedHeaders,
        TakesModelList = provider.TakesModelList,
        ReturnedHeaders = provider.ReturnedHeaders,
        ModelChoices = provider.ModelChoices,
    };

    private static ModelDialect[] Dialects(CompatibleProvider provider, IDialect chat, IDialect? responses)
    {
        var own = provider.Quirks is { } quirks ? new OpenAIChatDialect(quirks) : chat;
        var dialects = new List<ModelDialect>(3);
        if (provider.HasChat)
        {
            dialects.Add(new ModelDialect(own, static (baseUrl, _, _) => new Uri(baseUrl + "/chat/completions"))
            {
                Usage = provider.Usage,
                StreamUsageOnRequest = provider.StreamUsageOnRequest,
                Gaps = provider.ChatGaps,
            });
        }
        if (responses is not null)
        {
            // In Responses, output includes reasoning, also for providers that exclude it in Chat (xai-responses-one-json-485780).
            var limited = provider.ResponsesQuirks is { } limits ? new OpenAIResponsesDialect(limits) : responses;
            if (provider.SpeaksResponses) dialects.Add(new(limited, static (baseUrl, _, _) => new Uri(baseUrl + "/responses")) { SearchesWeb = provider.SearchesWeb });
            if (provider.Compacts) dialects.Add(new(responses, static (baseUrl, _, _) => new Uri(baseUrl + "/responses/compact")) { Operation = Operation.Compaction });
            if (provider.CountsTokens) dialects.Add(new(responses, static (baseUrl, _, _) => new Uri(baseUrl + "/responses/input_tokens")) { Operation = Operation.TokenCount });
        }
        if (provider.Embeddings is { } embeddings)
            dialects.Add(ModelDialect.ForEmbeddings(own, new OpenAIEmbeddings(embeddings), static (baseUrl, _, _) => new Uri(baseUrl + "/embeddings")));
        return [.. dialects];
    }
}
