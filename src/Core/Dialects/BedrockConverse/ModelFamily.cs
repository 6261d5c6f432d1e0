namespace Nano.Dialects.BedrockConverse;

/// <summary>How a model is told to think, inside <c>additionalModelRequestFields</c>.</summary>
internal enum ReasoningSwitch
{
    /// <summary>It has no switch here.</summary>
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

/// <summary>Where a model takes <c>top_k</c>, which Converse has no member for.</summary>
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
    /// <summary>In system and messages.</summary>
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
/// What the models of one developer take on Converse. The API is one, but models refuse members of it with a 400 that names the
/// member; what is not known is taken to be allowed, and the provider says if it is not.
/// </summary>
/// <remarks>
/// From the table of supported models and features (docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html),
/// the lists under structured output and prompt caching there, and what others found by asking
/// (pydantic/pydantic-ai providers/bedrock.py, vercel/ai amazon-bedrock/src).
/// </remarks>
internal sealed record ModelFamily(string Prefix)
{
    /// <summary>False: a system prompt is refused and becomes the user's first words.</summary>
    public bool SystemPrompt { get; init; } = true;

    /// <summary>False: a tool choice besides auto is refused.</summary>
    public bool ForcedToolChoice { get; init; } = true;

    /// <summary>Output by a JSON schema (<c>outputConfig</c>), and strict tools; null: not known.</summary>
    public bool? JsonSchema { get; init; }

    public TopKForm TopK { get; init; }

    public ReasoningSwitch Thinking { get; init; }

    /// <summary>Claude before 4.6: thinking has a budget of tokens and no levels. For models that the catalogue does not know.</summary>
    public bool ReasonsByBudget { get; init; }

    /// <summary>False: it does not think at all.</summary>
    public bool? Reasons { get; init; }

    public CachePoints Cache { get; init; } = CachePoints.Everywhere;

    /// <summary>The <c>status</c> of a tool result.</summary>
    public bool ResultStatus { get; init; } = true;

    /// <summary>Results of tools must be in a turn of their own.</summary>
    public bool LoneResults { get; init; }

    /// <summary>Media inside of a tool result; others are behind it.</summary>
    public ResultMedia ResultMedia { get; init; } = ResultMedia.Image | ResultMedia.Document;

    /// <summary>Documents and films may not be beside results.</summary>
    public bool NoDocumentsBesideResults { get; init; }

    /// <summary>Ids of calls are nine letters or digits.</summary>
    public bool NineCharacterIds { get; init; }

    /// <summary>The model refuses temperature and top_p together, as Claude since Opus 4.1.</summary>
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

    /// <summary>The longest beginning holds.</summary>
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
        Plain with { Prefix = "openai.", Thinking = ReasoningSwitch.ReasoningEffort },
        Open with { Prefix = "qwen.", ForcedToolChoice = false, Thinking = ReasoningSwitch.ReasoningConfig },
        .. Like(Open, "moonshot.", "moonshotai.", "zai.", "minimax."),
        .. Like(Plain with { JsonSchema = true }, "google.gemma-3-12b", "google.gemma-3-27b", "nvidia.nemotron-nano"),
        .. Like(Plain, "google.", "nvidia."),
        Plain with { Prefix = "writer.", LoneResults = true, ResultStatus = false },
    ];

    /// <summary>What is known, as the documentation tells it.</summary>
    public static IReadOnlyList<ModelFamily> Known => All;

    /// <summary>The developers whose ids are before a dot, as bare model names begin.</summary>
    public static IReadOnlyList<string> Makers { get; } = [.. All.Select(f => f.Prefix[..(f.Prefix.IndexOf('.') + 1)]).Distinct()];

    /// <summary>The family of a model's id, inference profile or ARN. The id of an ARN of one's own says nothing of its model.</summary>
    public static ModelFamily Of(string model)
    {
        var name = WithoutPlace(model);
        var best = Unknown;
        foreach (var family in All)
            if (family.Prefix.Length > best.Prefix.Length && name.StartsWith(family.Prefix, StringComparison.Ordinal)) best = family;
        return best;
    }

    /// <summary>
    /// <c>anthropic.claude-haiku-4-5-20251001-v1:0</c> of that id, of an inference profile (<c>us.anthropic...</c>) and of an ARN
    /// that ends with either.
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
