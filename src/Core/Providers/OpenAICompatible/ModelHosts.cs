using Nano.Dialects.Embeddings;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Dialects.Shared;

namespace Nano.Providers.OpenAICompatible;

/// <summary>Providers that serve other developers' models.</summary>
internal static class ModelHosts
{
    public static IReadOnlyList<CompatibleProvider> All =>
    [
        new()
        {
            Id = "groq",
            DisplayName = "Groq",
            BaseUrl = "https://api.groq.com/openai/v1",
            // The models inside of Compound (console.groq.com/docs/compound).
            ModelChoices = new() { Members = ["compound_custom.models"] },
            Quirks = new()
            {
                Request = new()
                {
                    NoDeveloperRole = true,
                    // "Will result in a 400 error if they are supplied" (console.groq.com/docs/openai), and so does any unknown
                    // member: "property 'prompt_cache_key' is unsupported" (eigent-ai/eigent#1827).
                    Taken = ClosedSchemas.Groq,
                    NoMessageNames = true,
                    Exclusive = [("reasoning_format", "include_reasoning")],
                    NoStreamWithFormat = true,
                    EffortsOfModel = true,
                    History = HistoryQuirk.Reasoning,
                },
                Answer = CompatibleProviders.SaysReasoning,
            },
            Notes =
            [
                "if the model wrote something else than a call (`tool_use_failed`), the error's message contains it (`failed_generation`)",
                "values of `reasoning_effort` differ by model; for a model that the catalogue does not know, they pass",
            ],
            Source = "console.groq.com/docs/openai; models.dev groq; vercel/ai packages/groq; mozilla-ai/any-llm groq; recordings",
        },
        new()
        {
            Id = "together",
            DisplayName = "Together AI",
            BaseUrl = "https://api.together.xyz/v1",
            // docs.together.ai/reference/models
            ModelList = ModelListForm.OpenAI with { Chat = ("type", "chat") },
            // The model that moderates input and output (docs.together.ai/reference/chat-completions).
            ModelChoices = new() { Members = ["safety_model"] },
            Quirks = new()
            {
                Request = CompatibleProviders.Older with
                {
                    Refused = ["stream_options"],
                    Format = FormatQuirk.FlatSchema,
                    LogprobsIsNumber = true,
                    History = HistoryQuirk.Reasoning,
                },
                Answer = CompatibleProviders.Loose with { ReasoningMember = true, ThinkTags = true },
            },
            // The last chunk always has usage (together-chat-sse-basic-abd661).
            StreamUsageOnRequest = false,
            Notes = ["`reasoning` and `chat_template_kwargs` pass"],
            Embeddings = new() { TextOnly = true },
            Source = "models.dev togetherai; mozilla-ai/any-llm together; recordings",
        },
        new()
        {
            Id = "fireworks",
            DisplayName = "Fireworks AI",
            BaseUrl = "https://api.fireworks.ai/inference/v1",
            Quirks = new()
            {
                Request = CompatibleProviders.Older with { Exclusive = [("reasoning_effort", "thinking")], LeastThinkingBudget = 1024, History = HistoryQuirk.ReasoningContent },
                Answer = CompatibleProviders.Loose with { ThinkTags = true },
            },
            Notes = ["models are named `accounts/fireworks/models/...`"],
            Embeddings = new(),
            Source = "models.dev fireworks-ai; mozilla-ai/any-llm fireworks",
        },
        new()
        {
            Id = "openrouter",
            DisplayName = "OpenRouter",
            BaseUrl = "https://openrouter.ai/api/v1",
            SpeaksResponses = true,
            // Its list of models needs no key; this path does (openrouter.ai/docs, "Get current API key").
            CheckPath = "/key",
            // They name the application in OpenRouter's rankings.
            ForwardedHeaders = ["HTTP-Referer", "X-Title"],
            TakesModelList = true,
            // Fallbacks, routers, presets and plugins, and the tools that it runs with other models
            // (openrouter.ai/docs, "Model Fallbacks", "Presets", "Plugins", "Server Tools").
            ModelChoices = new()
            {
                Members = ["models", "route", "preset", "plugins", "fallbacks"],
                Tools = ["openrouter:advisor", "openrouter:fusion", "fusion:fusion", "openrouter:image_generation", "openrouter:subagent"],
            },
            Quirks = new()
            {
                // "This feature works on any model on OpenRouter" (openrouter.ai/docs, "PDF Inputs").
                Request = new() { History = HistoryQuirk.ReasoningAndDetails, Documents = DocumentForm.FileForAnyModel },
                Answer = CompatibleProviders.Loose with { ReasoningMember = true },
            },
            Notes =
            [
                "`provider`, `models`, `transforms` and `plugins` pass",
                "`provider` selects the host of a model, not the model: limited session tokens may send it",
                "names of routers, presets and variants (`openrouter/auto`, `@preset/NAME`, `MODEL:online`) are models of their own: a limited session token covers them only where it names them",
            ],
            Embeddings = new(),
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
                    // "property 'body.store' is unsupported" (inference-docs.cerebras.ai/api-reference/chat-completions; Gitlawb/openclaude#740,
                    // zed-industries/zed#36215).
                    Taken = ClosedSchemas.Cerebras,
                    History = HistoryQuirk.LeftOut,
                },
                Answer = CompatibleProviders.Loose with { ReasoningMember = true, EndsWithoutDone = true },
            },
            Notes = ["`json_schema` passes; Cerebras accepts strict schemas"],
            Source = "Portkey-AI/gateway providers/cerebras; models.dev cerebras; recordings (cerebras-chat-sse-trunc-5773ca)",
        },
        new()
        {
            Id = "nvidia",
            DisplayName = "NVIDIA NIM",
            BaseUrl = "https://integrate.api.nvidia.com/v1",
            Quirks = new()
            {
                Request = CompatibleProviders.Older with { History = HistoryQuirk.LeftOut },
                Answer = CompatibleProviders.Loose with { ReasoningMember = true, ThinkTags = true },
            },
            Notes = ["schemas and the switches for reasoning (`chat_template_kwargs`, `reasoning_budget`, `/think`) differ by model, and pass"],
            Embeddings = new()
            {
                TextOnly = true,
                // Its retrieval models refuse a request without this member (docs.nvidia.com/nim).
                TaskMember = "input_type",
                TaskWord = EmbeddingTasks.Nvidia,
                DefaultTask = "passage",
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
                Request = CompatibleProviders.Older with { History = HistoryQuirk.LeftOut },
                // It routes to many hosts, so any of their deviations may appear.
                Answer = CompatibleProviders.Loose with { ReasoningMember = true, ThinkTags = true, EndsWithoutDone = true },
            },
            Notes = ["`MODEL:HOST` selects the host"],
            Source = "models.dev huggingface; mozilla-ai/any-llm huggingface; recordings (huggingface-chat-one-trunc-02ce3d)",
        },
        new()
        {
            Id = "sambanova",
            DisplayName = "SambaNova",
            BaseUrl = "https://api.sambanova.ai/v1",
            Quirks = new()
            {
                Request = CompatibleProviders.Older with
                {
                    Refused = ["presence_penalty", "frequency_penalty", "logit_bias", "n"],
                    History = HistoryQuirk.LeftOut,
                },
                Answer = CompatibleProviders.Loose with { ThinkTags = true },
            },
            Embeddings = new() { TextOnly = true },
            Source = "litellm docs completion/input.md; mozilla-ai/any-llm sambanova",
        },
        new()
        {
            Id = "deepinfra",
            DisplayName = "DeepInfra",
            BaseUrl = "https://api.deepinfra.com/v1/openai",
            Quirks = new()
            {
                Request = CompatibleProviders.Older with
                {
                    Reasoning = [new() { Efforts = ["none", "low", "medium", "high", "xhigh"] }],
                    History = HistoryQuirk.ReasoningContent,
                },
                Answer = CompatibleProviders.Loose with { ThinkTags = true },
            },
            Embeddings = new() { EncodingMember = null, TextOnly = true },
            Source = "models.dev deepinfra; Portkey-AI/gateway providers/deepinfra",
        },
    ];
}
