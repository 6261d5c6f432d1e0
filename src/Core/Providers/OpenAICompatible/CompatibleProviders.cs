using Nano.Dialects.OpenAIChat.Quirks;

namespace Nano.Providers.OpenAICompatible;

/// <summary>
/// The providers that are data: a new one is one more entry. The tests then say what else to add: its rules
/// (<c>ProviderRequestRules</c>), its settings in .env.example, local.settings.example.json and infra/main.parameters.json, its row in
/// README.md and its section in docs/providers.md, which a test writes. Flags say what a provider was read or recorded to do
/// (<see cref="CompatibleProvider.Source"/>); what no one has seen is not flagged, and passes as the caller wrote it.
/// </summary>
internal static class CompatibleProviders
{
    public static IReadOnlyList<CompatibleProvider> All { get; } = [.. ModelMakers.All, .. ModelHosts.All, .. LocalServers.All];

    /// <summary>Cohere, where its base URL is that of its compatibility API.</summary>
    public static CompatibleProvider CohereCompatibility { get; } = new()
    {
        Id = "cohere",
        DisplayName = "Cohere",
        BaseUrl = "https://api.cohere.ai/compatibility/v1",
        ModelPrefixes = ["command-", "c4ai-", "embed-"],
        Quirks = new()
        {
            Request = Older with
            {
                // "Unsupported parameters" (docs.cohere.com/docs/compatibility-api).
                Refused = ["store", "metadata", "logit_bias", "top_logprobs", "n", "modalities", "prediction", "audio", "service_tier", "parallel_tool_calls"],
                Reasoning = [new() { Efforts = ["none", "high"] }],
                History = HistoryQuirk.LeftOut,
            },
            Answer = Loose,
        },
        Embeddings = new() { MaxInputs = 96, TextOnly = true },
        Source = "models.dev cohere; docs.cohere.com/docs/compatibility-api",
    };

    /// <summary>
    /// What every compatible provider may do, since OpenAI's typed SDKs fail at it: finish reasons of its own (or none), and tool calls
    /// without an index, type or id. Responses that have none of it pass as they came.
    /// </summary>
    public static ResponseQuirks Loose => new() { LooseCalls = true, OwnFinishReasons = true };

    /// <summary>The same, and reasoning comes and goes as <c>reasoning</c>.</summary>
    public static ResponseQuirks SaysReasoning => Loose with { ReasoningMember = true };

    /// <summary>Members of messages that it does not know are a 400 there: reasoning of other providers' turns is left out.</summary>
    /// <remarks>
    /// What models that reason refuse is what is left out on their way to Responses, too: "Unsupported parameter" or "Unsupported value"
    /// (vercel/ai packages/openai, openai-language-model-capabilities).
    /// </remarks>
    public static ChatQuirks OfOpenAI => new()
    {
        Request = new()
        {
            RefusedByReasoningModels = ["frequency_penalty", "presence_penalty", "logit_bias"],
            RefusedByFixedSampling = ["temperature", "top_p", "logprobs", "top_logprobs"],
            NewerMaxTokensWhenReasoning = true,
            EffortsOfModel = true,
            History = HistoryQuirk.LeftOut,
        },
    };

    /// <summary>Azure runs other makers' models too, under names of one's own.</summary>
    public static ChatQuirks OfAzure => OfOpenAI with { Answer = Loose };

    /// <summary>What most providers share: the older limit, and no <c>developer</c> role (DeepSeek, DashScope and Mistral refuse it by a closed list).</summary>
    public static RequestQuirks Older => new() { OlderMaxTokens = true, NoDeveloperRole = true };
}
