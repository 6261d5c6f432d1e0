namespace Nano.Dialects.BedrockConverse;

/// <summary>The member of <c>additionalModelRequestFields</c> that controls a model's reasoning.</summary>
internal enum ReasoningSwitch
{
    /// <summary>The model has no such member.</summary>
    None,
    /// <summary><c>thinking</c> and <c>output_config.effort</c>, as at Anthropic.</summary>
    Claude,
    /// <summary><c>reasoning_effort</c>: low, medium or high, never off.</summary>
    ReasoningEffort,
    /// <summary><c>reasoning_config</c>: low or high, never off.</summary>
    ReasoningConfig,
    /// <summary><c>reasoningConfig</c>: {type, maxReasoningEffort}.</summary>
    Nova,
}

/// <summary>The form of <c>top_k</c>, for which Converse has no member.</summary>
internal enum TopKForm
{
    None,
    /// <summary><c>{"top_k":5}</c>.</summary>
    Flat,
    /// <summary><c>{"inferenceConfig":{"topK":5}}</c>.</summary>
    Nested,
}

internal enum CachePoints
{
    None,
    /// <summary>Cache points only in system and messages.</summary>
    NotInTools,
    Everywhere,
}

[Flags]
internal enum ResultMedia
{
    None = 0,
    Image = 1,
    Document = 2,
}

/// <summary>
/// What one developer's models accept on Converse. All share the API, but models refuse some of its members with a 400 that names
/// the member. Unknown members are treated as allowed; the provider refuses them if they are not.
/// </summary>
/// <remarks>
/// From the table of supported models and features (docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html),
/// the lists under structured output and prompt caching there, and what other projects found by testing
/// (pydantic/pydantic-ai providers/bedrock.py, vercel/ai amazon-bedrock/src).
/// </remarks>
internal sealed record ModelFamily(string Prefix)
{
    /// <summary>False: a system prompt is refused, and becomes the start of the first user turn.</summary>
    public bool SystemPrompt { get; init; } = true;

    /// <summary>
    /// False: "This model doesn't support the stopSequences field" (crewAIInc/crewAI#3317, langchain4j/langchain4j#3650, langgenius/dify-official-plugins#1767).
    /// </summary>
    public bool StopSequences { get; init; } = true;

    /// <summary>False: any tool choice except auto is refused.</summary>
    public bool ForcedToolChoice { get; init; } = true;

    /// <summary>Output by a JSON schema (<c>outputConfig</c>), and strict tools; null if unknown.</summary>
    public bool? JsonSchema { get; init; }

    public TopKForm TopK { get; init; }

    public ReasoningSwitch Thinking { get; init; }

    /// <summary>Claude before 4.6: reasoning has a token budget and no levels. For models that are not in the catalogue.</summary>
    public bool ReasonsByBudget { get; init; }

    /// <summary>False: it does not reason.</summary>
    public bool? Reasons { get; init; }

    public CachePoints Cache { get; init; } = CachePoints.Everywhere;

    /// <summary>The <c>status</c> of a tool result.</summary>
    public bool ResultStatus { get; init; } = true;

    /// <summary>Tool results must be in a separate turn.</summary>
    public bool LoneResults { get; init; }

    /// <summary>Media that may be inside a tool result; other media follow it.</summary>
    public ResultMedia ResultMedia { get; init; } = ResultMedia.Image | ResultMedia.Document;

    /// <summary>Documents and videos may not be in a message with results.</summary>
    public bool NoDocumentsBesideResults { get; init; }

    /// <summary>Ids of calls are nine letters or digits.</summary>
    public bool NineCharacterIds { get; init; }

    /// <summary>The model refuses temperature and top_p together, like Claude since Opus 4.1.</summary>
    public bool OneOfTemperatureAndTopP { get; init; }

    private static readonly ModelFamily Unknown = new("");

    private static readonly ModelFamily Claude = new("anthropic.")
    {
        Thinking = ReasoningSwitch.Claude, TopK = TopKForm.Flat, NoDocumentsBesideResults = true, OneOfTemperatureAndTopP = true,
    };

    private static readonly ModelFamily Nova = new("amazon.nova")
    {
        JsonSchema = false, TopK = TopKForm.Nested, Cache = CachePoints.NotInTools, ResultMedia = ResultMedia.Image, Reasons = false,
    };

    private static readonly ModelFamily OldText = new("")
    {
        SystemPrompt = false, ForcedToolChoice = false, JsonSchema = false, Cache = CachePoints.None, Reasons = false,
    };

    private static readonly ModelFamily Llama = new("meta.")
    {
        ForcedToolChoice = false, JsonSchema = false, Cache = CachePoints.None, LoneResults = true, Reasons = false,
    };

    private static readonly ModelFamily Mistral = new("mistral.")
    {
        ForcedToolChoice = false, JsonSchema = false, Cache = CachePoints.None, LoneResults = true, NineCharacterIds = true, ResultMedia = ResultMedia.Document,
    };

    private static readonly ModelFamily Plain = new("") { ForcedToolChoice = false, JsonSchema = false, Cache = CachePoints.None };

    private static readonly ModelFamily Open = new("") { JsonSchema = true, Cache = CachePoints.None, ResultMedia = ResultMedia.None };

    /// <summary>The longest matching prefix applies.</summary>
    private static readonly ModelFamily[] All =
    [
        Claude,
        .. Like(Claude with { JsonSchema = false, Cache = CachePoints.None, Reasons = false },
            "anthropic.claude-v2", "anthropic.claude-instant", "anthropic.claude-3-haiku", "anthropic.claude-3-opus", "anthropic.claude-3-sonnet",
            "anthropic.claude-3-5-sonnet-20240620"),
        Claude with { Prefix = "anthropic.claude-3-5", JsonSchema = false, Reasons = false },
        .. Like(Claude with { JsonSchema = false, ReasonsByBudget = true },
            "anthropic.claude-3-7", "anthropic.claude-sonnet-4-2025", "anthropic.claude-opus-4-2025", "anthropic.claude-opus-4-1"),
        .. Like(Claude with { ReasonsByBudget = true }, "anthropic.claude-sonnet-4-5", "anthropic.claude-opus-4-5", "anthropic.claude-haiku-4-5"),
        .. Like(Claude with { JsonSchema = false },
            "anthropic.claude-opus-4-7", "anthropic.claude-opus-4-8", "anthropic.claude-opus-5", "anthropic.claude-sonnet-5", "anthropic.claude-fable-5"),
        Nova,
        Nova with { Prefix = "amazon.nova-2", Reasons = null, Thinking = ReasoningSwitch.Nova },
        .. Like(OldText, "amazon.titan", "ai21.j2", "cohere.command-text", "cohere.command-light", "mistral.mistral-7b", "mistral.mixtral-8x7b"),
        Llama,
        Mistral,
        .. Like(Mistral with { JsonSchema = true }, "mistral.magistral-small", "mistral.ministral-3", "mistral.mistral-large-3", "mistral.voxtral"),
        .. Like(Plain, "deepseek.", "cohere.", "ai21."),
        Plain with { Prefix = "openai.", StopSequences = false, Thinking = ReasoningSwitch.ReasoningEffort },
        Open with { Prefix = "qwen.", StopSequences = false, ForcedToolChoice = false, Thinking = ReasoningSwitch.ReasoningConfig },
        .. Like(Open, "moonshot.", "moonshotai.", "zai.", "minimax."),
        .. Like(Plain with { JsonSchema = true }, "google.gemma-3-12b", "google.gemma-3-27b", "nvidia.nemotron-nano"),
        .. Like(Plain, "google.", "nvidia."),
        Plain with { Prefix = "writer.", LoneResults = true, ResultStatus = false },
    ];

    /// <summary>All known families, for the documentation.</summary>
    public static IReadOnlyList<ModelFamily> Known => All;

    /// <summary>The prefixes of bare model names: developers' ids with their dot.</summary>
    public static IReadOnlyList<string> Makers { get; } = [.. All.Select(f => f.Prefix[..(f.Prefix.IndexOf('.') + 1)]).Distinct()];

    /// <summary>The family of a model's id, inference profile or ARN. A customer's own ARN does not show its model.</summary>
    public static ModelFamily Of(string model)
    {
        var name = WithoutPlace(model);
        var best = Unknown;
        foreach (var family in All)
            if (family.Prefix.Length > best.Prefix.Length && name.StartsWith(family.Prefix, StringComparison.Ordinal)) best = family;
        return best;
    }

    /// <summary>
    /// The id (<c>anthropic.claude-haiku-4-5-20251001-v1:0</c>) in an id, in an inference profile (<c>us.anthropic...</c>) or in an
    /// ARN that ends with either.
    /// </summary>
    public static ReadOnlySpan<char> WithoutPlace(string model)
    {
        var name = model.AsSpan(model.LastIndexOf('/') + 1);
        var dot = name.IndexOf('.');
        if (dot < 0) return name;
        var rest = name[(dot + 1)..];
        foreach (var maker in Makers)
            if (rest.StartsWith(maker, StringComparison.Ordinal)) return rest;
        return name;
    }

    private static IEnumerable<ModelFamily> Like(ModelFamily family, params string[] prefixes) => prefixes.Select(prefix => family with { Prefix = prefix });
}
