namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>
/// What tells a provider's Chat from OpenAI's, one flag for each behaviour. The default of every flag is OpenAI's own way,
/// and costs nothing. Where a flag comes from is said with the provider that has it (<c>CompatibleProviders</c>).
/// </summary>
internal sealed record ChatQuirks
{
    /// <summary>What is sent differently; null for nothing.</summary>
    public RequestQuirks? Request { get; init; }

    /// <summary>What comes back differently; null for nothing.</summary>
    public ResponseQuirks? Answer { get; init; }
}

/// <summary>What a provider refuses, renames or wants in another shape. What is left out is named in the loss report.</summary>
internal sealed record RequestQuirks
{
    /// <summary>Top-level members that are a 400 there. They are left out, and named unless they ask for what happens anyway.</summary>
    public IReadOnlyList<string> Refused { get; init; } = [];

    /// <summary>As <see cref="Refused"/>, for models that the catalogue knows to reason.</summary>
    public IReadOnlyList<string> RefusedByReasoningModels { get; init; } = [];

    /// <summary>
    /// All top-level members that a provider with a closed schema takes: any other is a 400 there. The others are left out, and named
    /// unless they ask for nothing (<c>null</c>, <c>false</c>, or what happens anyway). Null: unknown members pass.
    /// </summary>
    public IReadOnlySet<string>? Taken { get; init; }

    /// <summary>The same for the members of messages, by role. Null: they pass.</summary>
    public IReadOnlyDictionary<string, IReadOnlySet<string>>? TakenOfMessages { get; init; }

    /// <summary>As <see cref="Refused"/>, for some models: a pattern of their names (<c>*</c> is any text) and the members.</summary>
    public IReadOnlyList<(string Models, string Members)> RefusedByModels { get; init; } = [];

    /// <summary>
    /// Members that a model which draws by itself refuses (temperature, top_p, ...), by what the catalogue and the families know: always, or
    /// while it reasons. They are left out, and named unless they say 1.
    /// </summary>
    public IReadOnlyList<string> RefusedByFixedSampling { get; init; } = [];

    /// <summary>Models that reason take <c>max_completion_tokens</c> only.</summary>
    public bool NewerMaxTokensWhenReasoning { get; init; }

    /// <summary>How much to think is bounded by what the catalogue and the families know of the model: its words, that it always thinks, or never.</summary>
    public bool EffortsOfModel { get; init; }

    /// <summary>Pairs of which only one may be given: the second one is left out.</summary>
    public IReadOnlyList<(string Kept, string Refused)> Exclusive { get; init; } = [];

    /// <summary>Members that mean the same under another name.</summary>
    public IReadOnlyList<(string From, string To)> Renamed { get; init; } = [];

    /// <summary>The limit is <c>max_tokens</c>; OpenAI's newer <c>max_completion_tokens</c> is not known.</summary>
    public bool OlderMaxTokens { get; init; }

    /// <summary>A top-level <c>null</c> is refused where an absent member is not.</summary>
    public bool RefusesNulls { get; init; }

    /// <summary>The <c>developer</c> role is not known: it is sent as <c>system</c>, which it replaced at OpenAI with the same meaning.</summary>
    public bool NoDeveloperRole { get; init; }

    /// <summary><c>messages[].name</c> is refused.</summary>
    public bool NoMessageNames { get; init; }

    /// <summary>Ids of tool calls must be nine letters or digits: others are made into such, the same ones always into the same.</summary>
    public bool NineCharacterCallIds { get; init; }

    /// <summary>A last turn of the assistant, which the model is to go on with, must say <c>prefix: true</c>.</summary>
    public bool MarksPrefill { get; init; }

    /// <summary>User and assistant turns must alternate: neighbours of one role are joined.</summary>
    public bool AlternatingTurns { get; init; }

    /// <summary>There are no tools. Turns that called them or tell their results become text.</summary>
    public bool NoTools { get; init; }

    public ToolChoiceQuirk ToolChoice { get; init; }

    /// <summary>A streamed request with tools must ask for <c>tool_stream</c>, or its calls come in one piece at the end.</summary>
    public bool AsksForToolStream { get; init; }

    /// <summary>Schemas of tools say their <c>type</c> in the branches of <c>anyOf</c> and tuples as <c>prefixItems</c> (<see cref="BranchedSchema"/>).</summary>
    public bool BranchedSchemas { get; init; }

    public FormatQuirk Format { get; init; }

    /// <summary>A <c>response_format</c> cannot be streamed: the response is fetched whole and told as a stream.</summary>
    public bool NoStreamWithFormat { get; init; }

    /// <summary>The most stop sequences; null for OpenAI's own limit.</summary>
    public int? MostStops { get; init; }

    /// <summary>The highest temperature; null for OpenAI's 2.</summary>
    public double? HighestTemperature { get; init; }

    /// <summary>The lowest temperature at which <c>n</c> may be above 1; null for any.</summary>
    public double? LowestTemperatureOfSeveral { get; init; }

    /// <summary><c>logprobs</c> is the number of alternatives, and there is no <c>top_logprobs</c>.</summary>
    public bool LogprobsIsNumber { get; init; }

    /// <summary>How much to think is said in other words, by the beginning of the model's name (the first that fits). Empty: as it was said.</summary>
    public IReadOnlyList<ReasoningWords> Reasoning { get; init; } = [];

    /// <summary>The smallest <c>thinking.budget_tokens</c>; null for any.</summary>
    public long? LeastThinkingBudget { get; init; }

    /// <summary>How the names of the models begin that take <c>thinking.keep</c>; all others refuse it. Null where it is not a member.</summary>
    public IReadOnlyList<string>? ThinkingKeptBy { get; init; }

    public HistoryQuirk History { get; init; }

    public ReasoningQuirk ReasoningHistory { get; init; }
}

/// <summary>How a provider takes how much to think.</summary>
/// <param name="Models">How the names of the models begin that take it so, with <c>*</c> for any text; empty for all.</param>
internal sealed record ReasoningWords(string Models = "")
{
    public ReasoningSwitch Switch { get; init; }

    /// <summary>The words of <c>reasoning_effort</c>, in rising order. Others become the next one above, or the last.</summary>
    public IReadOnlyList<string> Efforts { get; init; } = [];

    /// <summary>Thinking cannot be switched off.</summary>
    public bool AlwaysOn { get; init; }

    /// <summary>
    /// While it thinks, which it does unless it is told not to, it refuses a <c>tool_choice</c> that forces a call. Where the request says
    /// nothing of thinking, thinking is switched off; else the choice becomes <c>auto</c>.
    /// </summary>
    public bool NoForcedCalls { get; init; }

    public bool Takes(string model) =>
        Models.Contains('*') ? System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(Models + "*", model, ignoreCase: false)
        : model.StartsWith(Models, StringComparison.Ordinal);
}

/// <summary>Which member switches thinking on and off.</summary>
internal enum ReasoningSwitch
{
    /// <summary>None: only <c>reasoning_effort</c>, if that.</summary>
    None,
    /// <summary><c>thinking: {"type": "enabled" | "disabled"}</c>.</summary>
    Thinking,
    /// <summary><c>enable_thinking: true | false</c>, with <c>thinking_budget</c> in tokens.</summary>
    EnableThinking,
}

internal enum ToolChoiceQuirk
{
    None,
    /// <summary><c>required</c> is called <c>any</c>; of a choice of named tools only these are sent, with <c>any</c>.</summary>
    SaysAny,
    /// <summary>Only <c>auto</c> is taken.</summary>
    AutoOnly,
}

internal enum FormatQuirk
{
    None,
    /// <summary>Only <c>json_object</c>: a schema is told to the model in a system turn.</summary>
    ObjectOnly,
    /// <summary>Only <c>json_schema</c>: any object is asked for by a schema that says no more.</summary>
    SchemaOnly,
    /// <summary><c>{"type":"json_schema","schema":{...}}</c> without the object around name and schema.</summary>
    FlatSchema,
}

/// <summary>What becomes of the reasoning in earlier turns of the assistant (<c>reasoning_content</c>, <c>reasoning</c>, <c>reasoning_details</c>).</summary>
internal enum HistoryQuirk
{
    /// <summary>They go as they came.</summary>
    None,
    /// <summary>They are left out.</summary>
    LeftOut,
    /// <summary>Their text goes as <c>reasoning_content</c>; details, which are other providers', are left out.</summary>
    ReasoningContent,
    /// <summary>Their text goes as <c>reasoning</c>; details are left out.</summary>
    Reasoning,
    /// <summary>Their text goes as <c>reasoning</c>, and details as they came.</summary>
    ReasoningAndDetails,
    /// <summary>Their text goes as a <c>thinking</c> part of the content.</summary>
    ContentPart,
}

/// <summary>Which earlier turns of the assistant are refused without <c>reasoning_content</c>; those that have none get an empty one.</summary>
internal enum ReasoningQuirk
{
    None,
    /// <summary>Turns with tool calls.</summary>
    InToolTurns,
    /// <summary>All of them.</summary>
    InEveryTurn,
}

/// <summary>What a provider's responses say in another shape. Answers without that shape pass as they are.</summary>
internal sealed record ResponseQuirks
{
    /// <summary>Reasoning comes as <c>reasoning</c>: the caller gets <c>reasoning_content</c>.</summary>
    public bool ReasoningMember { get; init; }

    /// <summary>Reasoning is in the text, between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c> at its beginning.</summary>
    public bool ThinkTags { get; init; }

    /// <summary>Content may be a list of <c>text</c> and <c>thinking</c> parts.</summary>
    public bool ContentParts { get; init; }

    /// <summary>Tool calls may come without an index (or all with the index 0), without <c>type</c> or <c>id</c>, or with arguments that are no text.</summary>
    public bool LooseCalls { get; init; }

    /// <summary>
    /// Finish reasons may be words that OpenAI does not have (its SDKs raise at them): they go to <c>native_finish_reason</c>. In a whole
    /// response the reason may also be <c>null</c> or absent.
    /// </summary>
    public bool OwnFinishReasons { get; init; }

    /// <summary>Streams may end without <c>[DONE]</c>.</summary>
    public bool EndsWithoutDone { get; init; }
}
