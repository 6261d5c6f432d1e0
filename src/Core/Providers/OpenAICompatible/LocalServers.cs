using Nano.Dialects.OpenAIChat.Quirks;

namespace Nano.Providers.OpenAICompatible;

/// <summary>Servers on this machine. Each is off until its base URL is set, since it may not be running.</summary>
internal static class LocalServers
{
    public static IReadOnlyList<CompatibleProvider> All =>
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
                Foreign = new() { SystemFirst = true },
                Request = CompatibleProviders.Older with { History = HistoryQuirk.Reasoning },
                Answer = CompatibleProviders.Loose with { ReasoningMember = true, ThinkTags = true },
            },
            Notes =
            [
                "the server cuts a conversation that is longer than its `num_ctx`, without an error: set `num_ctx` there",
                "members that are `null` pass",
            ],
            Embeddings = new() { TextOnly = true },
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
                Foreign = new() { SystemFirst = true },
                Request = new() { NoDeveloperRole = true, RefusesNulls = true, History = HistoryQuirk.Reasoning },
                Answer = CompatibleProviders.SaysReasoning,
            },
            Notes = ["tool calls need the server's tool parser (`--enable-auto-tool-choice`)"],
            Embeddings = new() { RefusesNulls = true },
            Source = "litellm blog vllm_embeddings_incident; BerriAI/litellm#32237; recordings of local servers",
        },
        new()
        {
            Id = "lmstudio",
            DisplayName = "LM Studio",
            BaseUrl = "http://localhost:1234/v1",
            SpeaksResponses = true,
            // The draft model of speculative decoding (lmstudio.ai/docs).
            ModelChoices = new() { Members = ["draft_model"] },
            NeedsBaseUrl = true,
            IsKeyOptional = true,
            Quirks = new()
            {
                Foreign = new() { SystemFirst = true },
                Request = CompatibleProviders.Older with { Format = FormatQuirk.SchemaOnly, Reasoning = [new()], History = HistoryQuirk.LeftOut },
                Answer = CompatibleProviders.Loose with { ReasoningMember = true, ThinkTags = true },
            },
            Notes =
            [
                "the first token may wait until a model is loaded: `FIRST_TOKEN_TIMEOUT_SECONDS`",
                "members that are `null` pass",
            ],
            Embeddings = new() { TextOnly = true },
            Source = "models.dev lmstudio",
        },
    ];
}
