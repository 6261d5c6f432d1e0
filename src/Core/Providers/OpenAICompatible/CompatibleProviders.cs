using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Dialects.OpenAIResponses.Quirks;

namespace Nano.Providers.OpenAICompatible;

/// <summary>
/// The providers that are data: a new provider is a new entry. The tests then report what else to add: its rules
/// (<c>ProviderRequestRules</c>), its settings in .env.example, local.settings.example.json and infra/main.parameters.json, its row in
/// README.md and its section in docs/providers.md, which a test writes. Flags describe documented or recorded behaviour
/// (<see cref="CompatibleProvider.Source"/>); everything else has no flag and passes as the caller wrote it.
/// </summary>
internal static class CompatibleProviders
{
    public static IReadOnlyList<CompatibleProvider> All { get; } = [.. ModelMakers.All, .. EmbeddingMakers.All, .. ModelHosts.All, .. LocalServers.All];

    /// <summary>Cohere, if the base URL is its compatibility API's.</summary>
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
    /// Deviations that any compatible provider may have and that break OpenAI's typed SDKs: other or missing finish reasons, and tool
    /// calls without an index, type or id. Responses without such deviations pass unchanged.
    /// </summary>
    public static ResponseQuirks Loose => new() { LooseCalls = true, OwnFinishReasons = true };

    /// <summary>The same, with reasoning in the member <c>reasoning</c> of requests and responses.</summary>
    public static ResponseQuirks SaysReasoning => Loose with { ReasoningMember = true };

    /// <summary>OpenAI returns 400 for unknown members of messages, so the reasoning of other providers' turns is omitted.</summary>
    /// <remarks>
    /// The members that reasoning models refuse are also omitted in requests for Responses: "Unsupported parameter" or "Unsupported value"
    /// (vercel/ai packages/openai, openai-language-model-capabilities; <c>stop</c>: huggingface/smolagents#1671 and #1893, OpenHands/software-agent-sdk#1062).
    /// More stop sequences are "array too long. Expected an array with maximum length 4" (continuedev/continue#1572).
    /// </remarks>
    public static ChatQuirks OfOpenAI => new()
    {
        Request = new()
        {
            RefusedByReasoningModels = ["frequency_penalty", "presence_penalty", "logit_bias", "stop"],
            RefusedByFixedSampling = ["temperature", "top_p", "logprobs", "top_logprobs"],
            NewerMaxTokensWhenReasoning = true,
            EffortsOfModel = true,
            MostStops = 4,
            History = HistoryQuirk.LeftOut,
        },
    };

    /// <summary>
    /// The same limits in Responses: "Unsupported parameter: 'temperature' is not supported with this model", "Unsupported value: 'minimal' is not
    /// supported with the ... model" for <c>reasoning.effort</c> (vercel/ai packages/openai, responses/openai-responses-language-model).
    /// </summary>
    public static ResponsesQuirks ResponsesOfOpenAI => new() { LimitsEffort = true, RefusedByFixedSampling = ["temperature", "top_p", "top_logprobs"] };

    /// <summary>Azure also runs other developers' models, under names that customers choose.</summary>
    public static ChatQuirks OfAzure => OfOpenAI with { Answer = Loose };

    /// <summary>Common to most providers: <c>max_tokens</c> as the limit, and no <c>developer</c> role (DeepSeek, DashScope and Mistral refuse it).</summary>
    public static RequestQuirks Older => new() { OlderMaxTokens = true, NoDeveloperRole = true };
}
