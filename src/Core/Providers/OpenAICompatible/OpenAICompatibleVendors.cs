using Nano.Chat;
using Nano.Dialects.OpenAIChat.Quirks;

namespace Nano.Providers.OpenAICompatible;

/// <summary>
/// The vendors that are data: a new one is one more entry and one case. Flags say what a vendor was read or recorded to do
/// (<see cref="OpenAICompatibleVendor.Source"/>); what nobody has seen is not flagged, and passes as the caller wrote it.
/// </summary>
internal static class OpenAICompatibleVendors
{
    public static IReadOnlyList<OpenAICompatibleVendor> All { get; } = [.. OfModelMakers, .. OfHosts, .. OnThisMachine];

    /// <summary>Cohere, where its base URL is that of its compatibility API.</summary>
    public static OpenAICompatibleVendor CohereCompatibility { get; } = new()
    {
        Id = "cohere",
        DisplayName = "Cohere",
        BaseUrl = "https://api.cohere.ai/compatibility/v1",
        ModelPrefixes = ["command-", "c4ai-"],
        Quirks = new()
        {
            Request = Older with
            {
                // "Unsupported parameters" (docs.cohere.com/docs/compatibility-api).
                Refused = ["store", "metadata", "logit_bias", "top_logprobs", "n", "modalities", "prediction", "audio", "service_tier", "parallel_tool_calls"],
                Reasoning = [new() { Efforts = ["none", "high"] }],
                History = HistoryQuirk.LeftOut,
            },
        },
        Source = "models.dev cohere; docs.cohere.com/docs/compatibility-api",
    };

    /// <summary>Thoughts come and go as <c>reasoning</c>.</summary>
    private static AnswerQuirks SaysReasoning => new() { ReasoningMember = true };

    /// <summary>Members of messages that it does not know are a 400 there: thoughts of other vendors' turns are left out.</summary>
    public static ChatQuirks OfOpenAI => new() { Request = new() { History = HistoryQuirk.LeftOut } };

    /// <summary>What most vendors share: the older limit, and no <c>developer</c> role (DeepSeek, DashScope and Mistral refuse it by a closed list).</summary>
    private static RequestQuirks Older => new() { OlderMaxTokens = true, NoDeveloperRole = true };

    private static IReadOnlyList<OpenAICompatibleVendor> OfModelMakers =>
    [
        new()
        {
            Id = "openai",
            DisplayName = "OpenAI",
            Aliases = ["chatgpt"],
            BaseUrl = "https://api.openai.com/v1",
            ModelPrefixes = ["gpt-", "chatgpt-", "o1", "o3", "o4"],
            ForwardedHeaders = ["OpenAI-Beta", "Idempotency-Key"],
            // Its list says of no model what it is for; these are its families that do not chat (platform.openai.com/docs/models).
            ModelList = ModelListForm.OpenAI with
            {
                Others =
                [
                    .. ModelListForm.OpenAI.Others, "dall-e-*", "gpt-image-*", "chatgpt-image-*", "sora-*", "*-realtime*", "*-transcribe*",
                    "babbage-*", "davinci-*", "gpt-3.5-turbo-instruct*",
                ],
            },
            ChatGaps = OpenAIModels.ChatGaps,
            Quirks = OfOpenAI,
            Source = "platform.openai.com/docs/api-reference/chat; recordings",
        },
        new()
        {
            Id = "xai",
            DisplayName = "xAI",
            Aliases = ["grok"],
            BaseUrl = "https://api.x.ai/v1",
            ModelPrefixes = ["grok-"],
            // Its completion_tokens leave out reasoning tokens (vercel/ai, convert-xai-chat-usage.ts).
            Usage = UsageRules.ReasoningApart,
            // Routes a conversation to the server that holds its cache (docs.x.ai).
            ForwardedHeaders = ["x-grok-conv-id"],
            Quirks = new()
            {
                Request = new()
                {
                    RefusedByReasoningModels = ["stop", "frequency_penalty", "presence_penalty"],
                    // Both refuse reasoning_effort in any value.
                    Reasoning = [new("grok-4.20-reasoning"), new("grok-4.20-non-reasoning")],
                    History = HistoryQuirk.ReasoningContent,
                },
            },
            Source = "vercel/ai packages/xai (supports-reasoning-effort, xai-chat-language-model); docs.x.ai; recordings",
        },
        new()
        {
            Id = "mistral",
            DisplayName = "Mistral",
            BaseUrl = "https://api.mistral.ai/v1",
            // docs.mistral.ai/api, "List Models"; aliases are elements of their own.
            ModelList = ModelListForm.OpenAI with { Chat = ("capabilities.completion_chat", "true") },
            ModelPrefixes = ["mistral-", "ministral-", "magistral-", "codestral-", "devstral-", "pixtral-", "voxtral-", "open-mistral-", "open-mixtral-"],
            // Refused; usage comes with the last chunk in any case (mistral-chat-sse-basic-8586e7).
            StreamUsageOnRequest = false,
            Quirks = new()
            {
                Request = Older with
                {
                    Refused = ["user", "stream_options"],
                    Renamed = [("seed", "random_seed")],
                    NineCharacterCallIds = true,
                    MarksPrefill = true,
                    ToolChoice = ToolChoiceQuirk.SaysAny,
                    Reasoning = [new() { Efforts = ["none", "high"] }],
                    History = HistoryQuirk.ContentPart,
                },
                Answer = new() { ContentParts = true, CallsWithoutIndex = true, OwnFinishReasons = true },
            },
            Source = "vercel/ai packages/mistral; mozilla-ai/any-llm mistral; recordings (mistral-chat-sse-think-026859, mistral-chat-sse-toolcall-2ae793)",
        },
        new()
        {
            Id = "deepseek",
            DisplayName = "DeepSeek",
            BaseUrl = "https://api.deepseek.com",
            ModelPrefixes = ["deepseek-"],
            Quirks = new()
            {
                Request = Older with
                {
                    Refused = ["seed", "top_k"],
                    Format = FormatQuirk.ObjectOnly,
                    Reasoning =
                    [
                        new("deepseek-v4-flash") { Switch = ReasoningSwitch.Thinking, Efforts = ["low", "high", "max"] },
                        new() { Switch = ReasoningSwitch.Thinking, Efforts = ["high", "max"] },
                    ],
                    // V4 insists on them in turns with tools and, once it thinks, in others too ("must be passed back to the API");
                    // an empty one will do for a turn of another model (anomalyco/opencode#24146, openclaw/openclaw#73417).
                    History = HistoryQuirk.ReasoningContent,
                    Thoughts = ThoughtsQuirk.InEveryTurn,
                },
                // insufficient_system_resource (api-docs.deepseek.com).
                Answer = new() { OwnFinishReasons = true },
            },
            Source = "models.dev deepseek; vercel/ai packages/deepseek; api-docs.deepseek.com; recordings",
        },
        new()
        {
            Id = "perplexity",
            DisplayName = "Perplexity",
            BaseUrl = "https://api.perplexity.ai",
            // It lists no models (librechat.ai, AI endpoints, Perplexity).
            CheckPath = null,
            // What it lists at /v1/models is for its Agent API, not for Chat (perplexity-models-one-basic-5b99ca).
            ModelList = null,
            ModelPrefixes = ["sonar"],
            StreamUsageOnRequest = false,
            Quirks = new()
            {
                Request = Older with
                {
                    Refused = ["stop", "seed", "top_k", "stream_options"],
                    NoTools = true,
                    AlternatingTurns = true,
                    Reasoning = [new() { Efforts = ["minimal", "low", "medium", "high"] }],
                    History = HistoryQuirk.LeftOut,
                },
                Answer = new() { ThinkTags = true, EndsWithoutDone = true },
            },
            Source = "models.dev perplexity; vercel/ai packages/perplexity; recordings (perplexity-chat-sse-websearch-2e1e1a)",
        },
        new()
        {
            Id = "moonshot",
            DisplayName = "Moonshot AI",
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
                    Reasoning =
                    [
                        new("kimi-k3") { Efforts = ["low", "high", "max"], AlwaysOn = true },
                        new("kimi-k2.7-code") { Switch = ReasoningSwitch.Thinking, AlwaysOn = true },
                        new() { Switch = ReasoningSwitch.Thinking },
                    ],
                    // "thinking is enabled but reasoning_content is missing in assistant tool call message"; an empty one will do
                    // (Lapis0x0/obsidian-yolo#243).
                    History = HistoryQuirk.ReasoningContent,
                    Thoughts = ThoughtsQuirk.InToolTurns,
                },
                // Recorded without one by its SDK's authors (vercel/ai, indexless-tool-calls).
                Answer = new() { CallsWithoutIndex = true },
            },
            Source = "models.dev moonshotai; vercel/ai packages/moonshotai; litellm docs moonshot.md; recordings",
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
                Request = Older with
                {
                    ToolChoice = ToolChoiceQuirk.AutoOnly,
                    AsksForToolStream = true,
                    MostStops = 1,
                    Reasoning = [new() { Switch = ReasoningSwitch.Thinking }],
                    History = HistoryQuirk.ReasoningContent,
                },
                // sensitive, network_error (docs.z.ai).
                Answer = new() { OwnFinishReasons = true },
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
                Request = Older with
                {
                    Reasoning = [new() { Switch = ReasoningSwitch.EnableThinking }],
                    History = HistoryQuirk.ReasoningContent,
                },
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
                Request = Older with
                {
                    // Several answers need a temperature above 0.
                    LowestTemperatureOfSeveral = 0.01,
                    Reasoning = [new()],
                    History = HistoryQuirk.LeftOut,
                },
            },
            Source = "Portkey-AI/gateway providers/ai21; litellm docs ai21.md",
        },
    ];

    private static IReadOnlyList<OpenAICompatibleVendor> OfHosts =>
    [
        new()
        {
            Id = "groq",
            DisplayName = "Groq",
            BaseUrl = "https://api.groq.com/openai/v1",
            Quirks = new()
            {
                Request = new()
                {
                    NoDeveloperRole = true,
                    // "Will result in a 400 error if they are supplied" (console.groq.com/docs/openai).
                    Refused = ["logprobs", "top_logprobs", "logit_bias", "n"],
                    NoMessageNames = true,
                    Exclusive = [("reasoning_format", "include_reasoning")],
                    NoStreamWithFormat = true,
                    History = HistoryQuirk.Reasoning,
                },
                Answer = SaysReasoning,
            },
            Source = "console.groq.com/docs/openai; models.dev groq; vercel/ai packages/groq; mozilla-ai/any-llm groq; recordings",
        },
        new()
        {
            Id = "together",
            DisplayName = "Together AI",
            BaseUrl = "https://api.together.xyz/v1",
            // docs.together.ai/reference/models
            ModelList = ModelListForm.OpenAI with { Chat = ("type", "chat") },
            Quirks = new()
            {
                Request = Older with
                {
                    Refused = ["stream_options"],
                    Format = FormatQuirk.FlatSchema,
                    LogprobsIsNumber = true,
                    History = HistoryQuirk.Reasoning,
                },
                Answer = new() { ReasoningMember = true, ThinkTags = true, OwnFinishReasons = true },
            },
            // Usage comes with the last chunk in any case (together-chat-sse-basic-abd661).
            StreamUsageOnRequest = false,
            Source = "models.dev togetherai; mozilla-ai/any-llm together; recordings",
        },
        new()
        {
            Id = "fireworks",
            DisplayName = "Fireworks AI",
            BaseUrl = "https://api.fireworks.ai/inference/v1",
            Quirks = new()
            {
                Request = Older with { Exclusive = [("reasoning_effort", "thinking")], History = HistoryQuirk.ReasoningContent },
                Answer = new() { ThinkTags = true },
            },
            Source = "models.dev fireworks-ai; mozilla-ai/any-llm fireworks",
        },
        new()
        {
            Id = "openrouter",
            DisplayName = "OpenRouter",
            BaseUrl = "https://openrouter.ai/api/v1",
            // Its list of models needs no key; this does (openrouter.ai/docs, "Get current API key").
            CheckPath = "/key",
            // They name the application in OpenRouter's rankings.
            ForwardedHeaders = ["HTTP-Referer", "X-Title"],
            Quirks = new()
            {
                Request = new() { History = HistoryQuirk.ReasoningAndDetails },
                Answer = new() { ReasoningMember = true, OwnFinishReasons = true },
            },
            Source = "openrouter.ai/docs (streaming, reasoning tokens); models.dev openrouter; recordings",
        },
        new()
        {
            Id = "cerebras",
            DisplayName = "Cerebras",
            BaseUrl = "https://api.cerebras.ai/v1",
            Quirks = new()
            {
                Request = new()
                {
                    NoDeveloperRole = true,
                    Refused = ["frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs"],
                    History = HistoryQuirk.LeftOut,
                },
                Answer = new() { ReasoningMember = true, EndsWithoutDone = true },
            },
            Source = "Portkey-AI/gateway providers/cerebras; models.dev cerebras; recordings (cerebras-chat-sse-trunc-5773ca)",
        },
        new()
        {
            Id = "nvidia",
            DisplayName = "NVIDIA NIM",
            BaseUrl = "https://integrate.api.nvidia.com/v1",
            Quirks = new()
            {
                Request = Older with { History = HistoryQuirk.LeftOut },
                Answer = new() { ReasoningMember = true, ThinkTags = true },
            },
            Source = "models.dev nvidia; litellm docs nvidia_nim.md",
        },
        new()
        {
            Id = "huggingface",
            DisplayName = "Hugging Face",
            BaseUrl = "https://router.huggingface.co/v1",
            OtherKeySettings = ["HF_TOKEN"],
            Quirks = new()
            {
                Request = Older with { History = HistoryQuirk.LeftOut },
                // It routes to many hosts, so all of what they do may come.
                Answer = new() { ReasoningMember = true, ThinkTags = true, CallsWithoutIndex = true, OwnFinishReasons = true, EndsWithoutDone = true },
            },
            Source = "models.dev huggingface; mozilla-ai/any-llm huggingface; recordings (huggingface-chat-one-trunc-02ce3d)",
        },
        new()
        {
            Id = "sambanova",
            DisplayName = "SambaNova",
            BaseUrl = "https://api.sambanova.ai/v1",
            Quirks = new()
            {
                Request = Older with
                {
                    Refused = ["presence_penalty", "frequency_penalty", "logit_bias", "n"],
                    History = HistoryQuirk.LeftOut,
                },
                Answer = new() { ThinkTags = true },
            },
            Source = "litellm docs completion/input.md; mozilla-ai/any-llm sambanova",
        },
        new()
        {
            Id = "deepinfra",
            DisplayName = "DeepInfra",
            BaseUrl = "https://api.deepinfra.com/v1/openai",
            Quirks = new()
            {
                Request = Older with
                {
                    Reasoning = [new() { Efforts = ["none", "low", "medium", "high", "xhigh"] }],
                    History = HistoryQuirk.ReasoningContent,
                },
                Answer = new() { ThinkTags = true },
            },
            Source = "models.dev deepinfra; Portkey-AI/gateway providers/deepinfra",
        },
    ];

    /// <summary>Nothing is known to run there, so each is off until its base URL says where.</summary>
    private static IReadOnlyList<OpenAICompatibleVendor> OnThisMachine =>
    [
        new()
        {
            Id = "ollama",
            DisplayName = "Ollama",
            BaseUrl = "http://localhost:11434/v1",
            NeedsBaseUrl = true,
            IsKeyOptional = true,
            Quirks = new()
            {
                Request = Older with { History = HistoryQuirk.Reasoning },
                Answer = new() { ReasoningMember = true, ThinkTags = true, CallsWithoutIndex = true },
            },
            Source = "models.dev ollama-cloud; mozilla-ai/any-llm ollama; recordings",
        },
        new()
        {
            Id = "vllm",
            DisplayName = "vLLM",
            BaseUrl = "http://localhost:8000/v1",
            NeedsBaseUrl = true,
            IsKeyOptional = true,
            Quirks = new()
            {
                Request = new() { NoDeveloperRole = true, RefusesNulls = true, History = HistoryQuirk.Reasoning },
                Answer = SaysReasoning,
            },
            Source = "litellm blog vllm_embeddings_incident; BerriAI/litellm#32237; recordings of local servers",
        },
        new()
        {
            Id = "lmstudio",
            DisplayName = "LM Studio",
            BaseUrl = "http://localhost:1234/v1",
            NeedsBaseUrl = true,
            IsKeyOptional = true,
            Quirks = new()
            {
                Request = Older with { Format = FormatQuirk.SchemaOnly, Reasoning = [new()], History = HistoryQuirk.LeftOut },
                Answer = new() { ReasoningMember = true, ThinkTags = true },
            },
            Source = "models.dev lmstudio",
        },
    ];
}
