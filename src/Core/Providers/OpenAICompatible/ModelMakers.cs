using Nano.Chat;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Dialects.Shared;

namespace Nano.Providers.OpenAICompatible;

/// <summary>Providers that serve their own models.</summary>
internal static class ModelMakers
{
    public static IReadOnlyList<CompatibleProvider> All =>
    [
        new()
        {
            Id = "openai",
            DisplayName = "OpenAI",
            Aliases = ["chatgpt"],
            BaseUrl = "https://api.openai.com/v1",
            ModelPrefixes = ["gpt-", "chatgpt-", "o1", "o3", "o4", "text-embedding-3-", "text-embedding-ada-"],
            // The last three are Codex's: they keep a conversation on the server that has its cache.
            ForwardedHeaders = ["OpenAI-Beta", "Idempotency-Key", "session-id", "x-codex-turn-state", "x-codex-beta-features"],
            ReturnedHeaders = ["x-codex-turn-state"],
            ModelChoices = OpenAIModels.ModelChoices,
            // Its list does not contain the purpose of models; these families do not chat (platform.openai.com/docs/models).
            ModelList = ModelListForm.OpenAI with
            {
                Others =
                [
                    .. ModelListForm.OpenAI.Others, "dall-e-*", "gpt-image-*", "chatgpt-image-*", "sora-*", "*-realtime*", "*-transcribe*",
                    "babbage-*", "davinci-*", "gpt-3.5-turbo-instruct*",
                ],
            },
            ChatGaps = OpenAIModels.ChatGaps,
            SpeaksResponses = true,
            SearchesWeb = true,
            Compacts = true,
            CountsTokens = true,
            Quirks = CompatibleProviders.OfOpenAI,
            ResponsesQuirks = CompatibleProviders.ResponsesOfOpenAI,
            Embeddings = new(),
            Source = "platform.openai.com/docs/api-reference/chat; recordings",
        },
        new()
        {
            Id = "xai",
            DisplayName = "xAI",
            TelemetryName = "x_ai",
            Aliases = ["grok"],
            BaseUrl = "https://api.x.ai/v1",
            SpeaksResponses = true,
            // xai-responses-sse-websearch-f75a6c.
            SearchesWeb = true,
            ModelPrefixes = ["grok-"],
            // Its completion_tokens exclude reasoning tokens (vercel/ai, convert-xai-chat-usage.ts).
            Usage = UsageRules.ReasoningApart,
            // Routes a conversation to the server that has its cache (docs.x.ai).
            ForwardedHeaders = ["x-grok-conv-id"],
            Quirks = new()
            {
                Request = new()
                {
                    RefusedByReasoningModels = ["stop", "frequency_penalty", "presence_penalty"],
                    // Also when it does not reason.
                    RefusedByModels = [("grok-4.20*", "frequency_penalty"), ("grok-4.20*", "presence_penalty")],
                    EffortsOfModel = true,
                    History = HistoryQuirk.ReasoningContent,
                },
                Answer = CompatibleProviders.Loose,
            },
            // "Model grok-build does not support parameter reasoningEffort." (router-for-me/CLIProxyAPI#3968, NousResearch/hermes-agent#23435).
            ResponsesQuirks = new() { LimitsEffort = true },
            Source = "vercel/ai packages/xai (supports-reasoning-effort, xai-chat-language-model); docs.x.ai; recordings",
        },
        new()
        {
            Id = "mistral",
            DisplayName = "Mistral",
            TelemetryName = "mistral_ai",
            BaseUrl = "https://api.mistral.ai/v1",
            // docs.mistral.ai/api, "List Models"; aliases are separate elements.
            ModelList = ModelListForm.OpenAI with { Chat = ("capabilities.completion_chat", "true") },
            ModelPrefixes = ["mistral-", "ministral-", "magistral-", "codestral-", "devstral-", "pixtral-", "voxtral-", "open-mistral-", "open-mixtral-"],
            // The model that moderates (docs.mistral.ai, guardrails).
            ModelChoices = new() { Members = ["guardrails.moderation_llm_v1.model_name", "guardrails.moderation_llm_v2.model_name"] },
            // Mistral refuses the member; the last chunk always has usage (mistral-chat-sse-basic-8586e7).
            StreamUsageOnRequest = false,
            Quirks = new()
            {
                Foreign = new() { SystemFirst = true, SystemAfterUser = true },
                Request = CompatibleProviders.Older with
                {
                    // "Extra inputs are not permitted" (ChatCompletionRequest of mistralai/client-python; Gitlawb/openclaude#739).
                    Taken = ClosedSchemas.Mistral,
                    TakenOfMessages = ClosedSchemas.MistralMessages,
                    Renamed = [("seed", "random_seed")],
                    NineCharacterCallIds = true,
                    MarksPrefill = true,
                    ToolChoice = ToolChoiceQuirk.SaysAny,
                    Reasoning = [new() { Efforts = ["none", "high"] }],
                    EffortsOfModel = true,
                    // mistral-chat-one-pdf-0de35b: its models without files in the catalogue read them, too.
                    Documents = DocumentForm.DocumentUrl,
                    History = HistoryQuirk.ContentPart,
                },
                Answer = CompatibleProviders.Loose with { ContentParts = true },
            },
            Notes = ["a user turn directly after a tool result passes, since Mistral accepts it (mistral-chat-one-schema-ceb67a)"],
            Embeddings = new()
            {
                // "Too many inputs in request" for 257 (mistral-embeddings-one-error-c6d9d0); docs.mistral.ai/api/endpoint/embeddings.
                MaxInputs = 256,
                DimensionsMember = "output_dimension",
                TextOnly = true,
                RefusesUser = true,
            },
            Source = "vercel/ai packages/mistral; mozilla-ai/any-llm mistral; recordings (mistral-chat-sse-think-026859, mistral-chat-sse-toolcall-2ae793)",
        },
        new()
        {
            Id = "deepseek",
            DisplayName = "DeepSeek",
            BaseUrl = "https://api.deepseek.com",
            SpeaksResponses = true,
            ModelPrefixes = ["deepseek-"],
            Quirks = new()
            {
                Request = CompatibleProviders.Older with
                {
                    Refused = ["seed", "top_k"],
                    Format = FormatQuirk.ObjectOnly,
                    // "unknown variant `file`, expected `text`" (deepseek-chat-one-error-f543ae).
                    Documents = DocumentForm.None,
                    Reasoning =
                    [
                        // It reasons only on request.
                        new("deepseek-chat") { Switch = ReasoningSwitch.Thinking, Efforts = ["high", "max"] },
                        new("deepseek-v4-flash") { Switch = ReasoningSwitch.Thinking, Efforts = ["low", "high", "max"], NoForcedCalls = true },
                        new("deepseek-flash") { Switch = ReasoningSwitch.Thinking, Efforts = ["low", "high", "max"], NoForcedCalls = true },
                        new() { Switch = ReasoningSwitch.Thinking, Efforts = ["high", "max"], NoForcedCalls = true },
                    ],
                    // V4 requires them in turns with tools and, while it reasons, in others too ("must be passed back to the API");
                    // an empty one is accepted for a turn of another model (anomalyco/opencode#24146, openclaw/openclaw#73417).
                    History = HistoryQuirk.ReasoningContent,
                    ReasoningHistory = ReasoningQuirk.InEveryTurn,
                },
                // insufficient_system_resource (api-docs.deepseek.com).
                Answer = CompatibleProviders.Loose,
            },
            Notes =
            [
                "`json_object` passes; the provider requires the word JSON in the conversation, and the gateway does not add it",
                "sampling members pass; during reasoning they have no effect",
            ],
            Source = "models.dev deepseek; vercel/ai packages/deepseek; api-docs.deepseek.com; recordings",
        },
        new()
        {
            Id = "perplexity",
            DisplayName = "Perplexity",
            BaseUrl = "https://api.perplexity.ai",
            // It has no list of models (librechat.ai, AI endpoints, Perplexity).
            CheckPath = null,
            // Members of its Agent API (docs.perplexity.ai, "Presets", "Models").
            ModelChoices = new() { Members = ["models", "preset"] },
            // The models listed at /v1/models are for its Agent API, not for Chat (perplexity-models-one-basic-5b99ca).
            ModelList = null,
            ModelPrefixes = ["sonar"],
            StreamUsageOnRequest = false,
            Quirks = new()
            {
                Request = CompatibleProviders.Older with
                {
                    Refused = ["stop", "seed", "top_k", "stream_options"],
                    NoTools = true,
                    AlternatingTurns = true,
                    // perplexity-chat-one-websearch-2a1f97.
                    Documents = DocumentForm.FileUrl,
                    Reasoning = [new() { Efforts = ["minimal", "low", "medium", "high"] }],
                    History = HistoryQuirk.LeftOut,
                },
                Answer = CompatibleProviders.Loose with { ThinkTags = true, EndsWithoutDone = true },
            },
            Notes = ["`citations`, `search_results` and the `cost` in `usage` pass untouched"],
            Source = "models.dev perplexity; vercel/ai packages/perplexity; recordings (perplexity-chat-sse-websearch-2e1e1a)",
        },
        new()
        {
            Id = "moonshot",
            DisplayName = "Moonshot AI",
            TelemetryName = "moonshot_ai",
            Aliases = ["kimi"],
            BaseUrl = "https://api.moonshot.ai/v1",
            ModelPrefixes = ["kimi-", "moonshot-"],
            Quirks = new()
            {
                Request = new()
                {
                    NoDeveloperRole = true,
                    HighestTemperature = 1,
                    LowestTemperatureOfSeveral = 0.3,
                    BranchedSchemas = true,
                    ThinkingKeptBy = ["kimi-k2.6", "kimi-k2.7-code"],
                    Reasoning =
                    [
                        new("kimi-k3") { Efforts = ["low", "high", "max"], AlwaysOn = true },
                        new("kimi-k2.7-code") { Switch = ReasoningSwitch.Thinking, AlwaysOn = true, NoForcedCalls = true },
                        new("kimi-k2.5") { Switch = ReasoningSwitch.Thinking, NoForcedCalls = true },
                        new("kimi-k2.6") { Switch = ReasoningSwitch.Thinking, NoForcedCalls = true },
                        new() { Switch = ReasoningSwitch.Thinking },
                    ],
                    // "invalid temperature: only 1 is allowed for this model", 0.6 without reasoning; the platform's documentation says to omit them.
                    RefusedByFixedSampling = ["temperature", "top_p", "n", "presence_penalty", "frequency_penalty"],
                    // "thinking is enabled but reasoning_content is missing in assistant tool call message", also for an empty one, from kimi-k2.5 on
                    // (theopenco/llmgateway#2093, earendil-works/pi#4178).
                    History = HistoryQuirk.ReasoningContent,
                    ReasoningHistory = ReasoningQuirk.InToolTurns,
                    ReasoningFiller = " ",
                },
                // Tool calls without an index were recorded by the authors of its SDK (vercel/ai, indexless-tool-calls).
                Answer = CompatibleProviders.Loose,
            },
            Source = "models.dev moonshotai; vercel/ai packages/moonshotai; litellm docs moonshot.md; platform.kimi.ai (migrating from OpenAI); QuantumNous/new-api#5372; can1357/oh-my-pi#1077; recordings",
        },
        new()
        {
            Id = "zai",
            DisplayName = "Z.ai",
            Aliases = ["zhipu"],
            BaseUrl = "https://api.z.ai/api/paas/v4",
            ModelPrefixes = ["glm-"],
            Quirks = new()
            {
                Request = CompatibleProviders.Older with
                {
                    ToolChoice = ToolChoiceQuirk.AutoOnly,
                    AsksForToolStream = true,
                    MostStops = 1,
                    Reasoning = [new() { Switch = ReasoningSwitch.Thinking }],
                    History = HistoryQuirk.ReasoningContent,
                },
                // sensitive, network_error (docs.z.ai).
                Answer = CompatibleProviders.Loose,
            },
            Source = "models.dev zai; docs.z.ai/guides/capabilities/thinking-mode; recordings",
        },
        new()
        {
            Id = "dashscope",
            DisplayName = "Alibaba Cloud Model Studio (DashScope)",
            Aliases = ["qwen", "alibaba"],
            BaseUrl = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            ModelPrefixes = ["qwen", "qwq-", "qvq-"],
            Quirks = new()
            {
                Request = CompatibleProviders.Older with
                {
                    Reasoning = [new() { Switch = ReasoningSwitch.EnableThinking }],
                    History = HistoryQuirk.ReasoningContent,
                },
                Answer = CompatibleProviders.Loose,
            },
            Notes =
            [
                "unknown members pass, since some are the provider's own switches",
                "models that can only stream refuse other requests with the provider's error: use `stream: true`",
            ],
            Embeddings = new()
            {
                // "Max rows 10", "encoding_format: currently only float" (alibabacloud.com/help/en/model-studio/text-embedding-synchronous-api).
                MaxInputs = 10,
                EncodingMember = null,
                TextOnly = true,
            },
            Source = "models.dev alibaba; vercel/ai packages/alibaba; maximhq/bifrost#5764; recordings",
        },
        new()
        {
            Id = "ai21",
            DisplayName = "AI21",
            BaseUrl = "https://api.ai21.com/studio/v1",
            ModelPrefixes = ["jamba-"],
            Quirks = new()
            {
                Request = CompatibleProviders.Older with
                {
                    // Several choices need a temperature above 0.
                    LowestTemperatureOfSeveral = 0.01,
                    Reasoning = [new()],
                    History = HistoryQuirk.LeftOut,
                },
                Answer = CompatibleProviders.Loose,
            },
            Notes = ["`documents` passes"],
            Source = "Portkey-AI/gateway providers/ai21; litellm docs ai21.md",
        },
    ];
}
