using Nano.Dialects.Shared;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>
/// How a provider's Chat differs from OpenAI's, one flag per behaviour. The default of every flag is OpenAI's behaviour
/// and costs nothing. The providers (<c>CompatibleProviders</c>) cite the source of their flags.
/// </summary>
internal sealed record ChatQuirks
{
    /// <summary>Differences of requests; null for none.</summary>
    public RequestQuirks? Request { get; init; }

    /// <summary>Differences that matter only in requests of other dialects, whose turns the gateway arranges; requests in Chat stay as the caller wrote them.</summary>
    public ForeignQuirks Foreign { get; init; } = new();

    /// <summary>Differences of responses; null for none.</summary>
    public ResponseQuirks? Answer { get; init; }
}

/// <summary>How the turns of another dialect's conversation are written.</summary>
internal sealed record ForeignQuirks
{
    /// <summary>
    /// A system turn is refused anywhere but first: "Unexpected role 'system' after role 'tool'" (spring-projects/spring-ai#2380), "System message must be at the
    /// beginning." of Qwen's chat templates (ollama/ollama#17774, vllm-project/vllm#41114, ggml-org/llama.cpp#20215). All are joined into one first turn.
    /// </summary>
    public bool SystemFirst { get; init; }

    /// <summary>With <see cref="SystemFirst"/>: only those after a response or the results of tools are refused (mistral-common, <c>_validate_message_order</c>).</summary>
    public bool SystemAfterUser { get; init; }

    /// <inheritdoc cref="RequestQuirks.NoDeveloperRole"/>
    public bool NoDeveloperRole { get; init; }
}

/// <summary>What a provider refuses, renames or needs in another shape. Dropped members are added to the loss report.</summary>
internal sealed record RequestQuirks
{
    /// <summary>Top-level members that the provider refuses with a 400. They are dropped, and reported unless they request the default.</summary>
    public IReadOnlyList<string> Refused { get; init; } = [];

    /// <summary>Like <see cref="Refused"/>, for models that reason according to the catalogue.</summary>
    public IReadOnlyList<string> RefusedByReasoningModels { get; init; } = [];

    /// <summary>
    /// All top-level members that a provider with a closed schema accepts; any other is a 400. The others are dropped, and reported
    /// unless they request nothing (<c>null</c>, <c>false</c>, or the default). Null: unknown members pass.
    /// </summary>
    public IReadOnlySet<string>? Taken { get; init; }

    /// <summary>The same for the members of messages, by role. Null: they pass.</summary>
    public IReadOnlyDictionary<string, IReadOnlySet<string>>? TakenOfMessages { get; init; }

    /// <summary>Like <see cref="Refused"/>, for some models: a pattern of their names (<c>*</c> is any text) and the members.</summary>
    public IReadOnlyList<(string Models, string Members)> RefusedByModels { get; init; } = [];

    /// <summary>
    /// Members that models with fixed sampling refuse (temperature, top_p, ...), always or while they reason, according to the catalogue and
    /// the model families. They are dropped, and reported unless their value is 1.
    /// </summary>
    public IReadOnlyList<string> RefusedByFixedSampling { get; init; } = [];

    /// <summary>Models that reason accept only <c>max_completion_tokens</c>.</summary>
    public bool NewerMaxTokensWhenReasoning { get; init; }

    /// <summary>The reasoning effort is limited by the model's traits in the catalogue or its family: its efforts, or that it always or never reasons.</summary>
    public bool EffortsOfModel { get; init; }

    /// <summary>Pairs of mutually exclusive members: the second one is dropped.</summary>
    public IReadOnlyList<(string Kept, string Refused)> Exclusive { get; init; } = [];

    /// <summary>Members that have another name at the provider.</summary>
    public IReadOnlyList<(string From, string To)> Renamed { get; init; } = [];

    /// <summary>The limit is <c>max_tokens</c>; the provider does not know OpenAI's newer <c>max_completion_tokens</c>.</summary>
    public bool OlderMaxTokens { get; init; }

    /// <summary>A top-level <c>null</c> is refused, although the member is optional.</summary>
    public bool RefusesNulls { get; init; }

    /// <summary>The <c>developer</c> role is unknown: it is sent as <c>system</c>, which it replaced at OpenAI.</summary>
    public bool NoDeveloperRole { get; init; }

    /// <summary><c>messages[].name</c> is refused.</summary>
    public bool NoMessageNames { get; init; }

    /// <summary>Ids of tool calls must be nine letters or digits: other ids are converted, always to the same result.</summary>
    public bool NineCharacterCallIds { get; init; }

    /// <summary>A last assistant turn that the model should continue must have <c>prefix: true</c>.</summary>
    public bool MarksPrefill { get; init; }

    /// <summary>User and assistant turns must alternate: neighbouring turns of one role are joined.</summary>
    public bool AlternatingTurns { get; init; }

    /// <summary>The provider has no tools. Turns with calls or results become text.</summary>
    public bool NoTools { get; init; }

    public ToolChoiceQuirk ToolChoice { get; init; }

    /// <summary>A streamed request with tools must ask for <c>tool_stream</c>, or its calls arrive in one piece at the end.</summary>
    public bool AsksForToolStream { get; init; }

    /// <summary>Tool schemas need the <c>type</c> in the branches of <c>anyOf</c>, and tuples as <c>prefixItems</c> (<see cref="BranchedSchema"/>).</summary>
    public bool BranchedSchemas { get; init; }

    public FormatQuirk Format { get; init; }

    /// <summary>The form of documents in requests of other dialects. Callers of Chat choose their own.</summary>
    public DocumentForm Documents { get; init; }

    /// <summary>A <c>response_format</c> cannot be streamed: the response is fetched whole and sent as a stream.</summary>
    public bool NoStreamWithFormat { get; init; }

    /// <summary>The maximum number of stop sequences; null for OpenAI's own limit.</summary>
    public int? MostStops { get; init; }

    /// <summary>The highest temperature; null for OpenAI's 2.</summary>
    public double? HighestTemperature { get; init; }

    /// <summary>The lowest temperature at which <c>n</c> may be above 1; null for any.</summary>
    public double? LowestTemperatureOfSeveral { get; init; }

    /// <summary><c>logprobs</c> is the number of alternatives, and there is no <c>top_logprobs</c>.</summary>
    public bool LogprobsIsNumber { get; init; }

    /// <summary>How reasoning is requested, by the prefix of the model's name; the first entry that matches applies. Empty: reasoning members are not changed.</summary>
    public IReadOnlyList<ReasoningWords> Reasoning { get; init; } = [];

    /// <summary>The smallest <c>thinking.budget_tokens</c>; null for any.</summary>
    public long? LeastThinkingBudget { get; init; }

    /// <summary>Name prefixes of the models that accept <c>thinking.keep</c>; all others refuse it. Null if the provider has no such member.</summary>
    public IReadOnlyList<string>? ThinkingKeptBy { get; init; }

    public HistoryQuirk History { get; init; }

    public ReasoningQuirk ReasoningHistory { get; init; }

    /// <summary>The <c>reasoning_content</c> that such turns get. If it is not empty, the provider treats an empty one as missing.</summary>
    public string ReasoningFiller { get; init; } = "";
}

/// <summary>How reasoning is requested from a provider's models.</summary>
/// <param name="Models">Name prefixes of these models, with <c>*</c> for any text; empty for all.</param>
internal sealed record ReasoningWords(string Models = "")
{
    public ReasoningSwitch Switch { get; init; }

    /// <summary>The values of <c>reasoning_effort</c>, in ascending order. Others become the next higher one, or the last.</summary>
    public IReadOnlyList<string> Efforts { get; init; } = [];

    /// <summary>Reasoning cannot be switched off.</summary>
    public bool AlwaysOn { get; init; }

    /// <summary>
    /// While the model reasons, which is its default, it refuses a <c>tool_choice</c> that forces a call. If the request does not set
    /// reasoning, reasoning is switched off; else the choice becomes <c>auto</c>.
    /// </summary>
    public bool NoForcedCalls { get; init; }

    public bool Takes(string model) =>
        Models.Contains('*') ? System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(Models + "*", model, ignoreCase: false)
        : model.StartsWith(Models, StringComparison.Ordinal);
}

/// <summary>The member that switches reasoning on and off.</summary>
internal enum ReasoningSwitch
{
    /// <summary>No switch: only <c>reasoning_effort</c>, if the model has efforts.</summary>
    None,
    /// <summary><c>thinking: {"type": "enabled" | "disabled"}</c>.</summary>
    Thinking,
    /// <summary><c>enable_thinking: true | false</c>, with <c>thinking_budget</c> in tokens.</summary>
    EnableThinking,
}

internal enum ToolChoiceQuirk
{
    None,
    /// <summary><c>required</c> is called <c>any</c>; for a choice of named tools, only these tools are sent, with <c>any</c>.</summary>
    SaysAny,
    /// <summary>Only <c>auto</c> is accepted.</summary>
    AutoOnly,
}

internal enum FormatQuirk
{
    None,
    /// <summary>Only <c>json_object</c>: a schema is sent to the model in a system turn.</summary>
    ObjectOnly,
    /// <summary>Only <c>json_schema</c>: any object is requested by a schema for any object.</summary>
    SchemaOnly,
    /// <summary><c>{"type":"json_schema","schema":{...}}</c> without the object around name and schema.</summary>
    FlatSchema,
}

/// <summary>How reasoning in earlier assistant turns is sent (<c>reasoning_content</c>, <c>reasoning</c>, <c>reasoning_details</c>).</summary>
internal enum HistoryQuirk
{
    /// <summary>The members are not changed.</summary>
    None,
    /// <summary>The members are dropped.</summary>
    LeftOut,
    /// <summary>The text is sent as <c>reasoning_content</c>; details, which belong to other providers, are dropped.</summary>
    ReasoningContent,
    /// <summary>The text is sent as <c>reasoning</c>; details are dropped.</summary>
    Reasoning,
    /// <summary>The text is sent as <c>reasoning</c>; details are not changed.</summary>
    ReasoningAndDetails,
    /// <summary>The text is sent as a <c>thinking</c> part of the content.</summary>
    ContentPart,
}

/// <summary>The earlier assistant turns that are refused without <c>reasoning_content</c>; if they have none, they get <see cref="RequestQuirks.ReasoningFiller"/>.</summary>
internal enum ReasoningQuirk
{
    None,
    /// <summary>Turns with tool calls.</summary>
    InToolTurns,
    /// <summary>All of them.</summary>
    InEveryTurn,
}

/// <summary>How a provider's responses differ in shape. Responses without that shape pass unchanged.</summary>
internal sealed record ResponseQuirks
{
    /// <summary>Reasoning is in <c>reasoning</c>: the caller receives <c>reasoning_content</c>.</summary>
    public bool ReasoningMember { get; init; }

    /// <summary>Reasoning is in the text, between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c> at its start.</summary>
    public bool ThinkTags { get; init; }

    /// <summary>Content may be a list of <c>text</c> and <c>thinking</c> parts.</summary>
    public bool ContentParts { get; init; }

    /// <summary>Tool calls may lack an index (or all have the index 0), lack <c>type</c> or <c>id</c>, or have arguments that are not a string.</summary>
    public bool LooseCalls { get; init; }

    /// <summary>
    /// Finish reasons may be values that OpenAI does not have (its SDKs throw on them): they move to <c>native_finish_reason</c>. In a
    /// whole response the reason may also be <c>null</c> or absent, and a stream may end without one.
    /// </summary>
    public bool OwnFinishReasons { get; init; }

    /// <summary>Streams may end without <c>[DONE]</c>.</summary>
    public bool EndsWithoutDone { get; init; }
}
