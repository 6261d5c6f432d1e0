using Nano.Json;

namespace Nano.Chat;

/// <summary>
/// A chat request in the neutral model. Every leaf is a slice of the caller's body. Numbers are kept as written.
/// Members that only one dialect has are in <see cref="Extras"/>.
/// </summary>
internal sealed class ChatRequest(string origin)
{
    /// <summary>The dialect it was read from (<c>IDialect.Name</c>).</summary>
    public string Origin { get; } = origin;

    /// <summary>The model as the caller named it; writers use <c>RequestTarget.Model</c> instead.</summary>
    public JsonText Model { get; set; }

    public bool Stream { get; set; }

    /// <summary>The caller wants usage in the stream. True for dialects that always send it.</summary>
    public bool StreamUsage { get; set; }

    public List<ChatMessage> Messages { get; } = [];

    public List<ToolDefinition> Tools { get; } = [];

    public ToolChoice? ToolChoice { get; set; }

    public bool? ParallelToolCalls { get; set; }

    /// <summary>The caller's form allows one call only (Chat's <c>functions</c>).</summary>
    public bool TakesOneCall { get; set; }

    /// <summary>
    /// <see cref="ParallelToolCalls"/>, or the value that <see cref="TakesOneCall"/> implies. For targets that have such a member;
    /// for other targets, only a value that the caller set is a loss.
    /// </summary>
    public bool? ParallelToolCallsOrOne => ParallelToolCalls ?? (TakesOneCall ? false : null);

    public ResponseFormat? ResponseFormat { get; set; }

    public ReasoningOptions? Reasoning { get; set; }

    public SamplingOptions Sampling { get; } = new();

    /// <summary>The end user's id (Chat <c>user</c>, Anthropic <c>metadata.user_id</c>).</summary>
    public JsonText User { get; set; }

    /// <inheritdoc cref="ChatMessage.Form"/>
    public int Form { get; set; }

    public Extras? Extras { get; set; }
}

/// <summary>How tokens are sampled and when to stop. Absent members were not set.</summary>
internal sealed class SamplingOptions
{
    /// <summary>The maximum number of tokens, including reasoning.</summary>
    public JsonSlice MaxTokens { get; set; }

    public JsonSlice Temperature { get; set; }

    public JsonSlice TopP { get; set; }

    public JsonSlice TopK { get; set; }

    public JsonSlice FrequencyPenalty { get; set; }

    public JsonSlice PresencePenalty { get; set; }

    public JsonSlice Seed { get; set; }

    /// <summary>The number of choices.</summary>
    public JsonSlice Count { get; set; }

    public List<JsonText> Stop { get; } = [];

    public bool? Logprobs { get; set; }

    public JsonSlice TopLogprobs { get; set; }
}

internal enum ResponseFormatKind
{
    Text,
    /// <summary>Any JSON object.</summary>
    JsonObject,
    /// <summary>JSON that follows <see cref="ResponseFormat.Schema"/>.</summary>
    JsonSchema,
}

internal sealed class ResponseFormat(ResponseFormatKind kind)
{
    public ResponseFormatKind Kind { get; } = kind;

    public JsonText Name { get; init; }

    public JsonText Description { get; init; }

    public JsonSlice Schema { get; set; }

    public bool? Strict { get; init; }

    /// <inheritdoc cref="ChatMessage.Form"/>
    public int Form { get; set; }

    public Extras? Extras { get; set; }
}

/// <summary>How much to reason. A writer uses what its target understands: a level, a budget, or on and off.</summary>
internal sealed class ReasoningOptions
{
    /// <summary>none, minimal, low, medium, high, xhigh, max; or a future value.</summary>
    public JsonText Effort { get; init; }

    /// <summary>The maximum number of reasoning tokens.</summary>
    public long? BudgetTokens { get; init; }

    /// <summary>True: the model decides how much (Anthropic <c>adaptive</c>, Gemini budget -1).</summary>
    public bool Adaptive { get; init; }

    /// <summary>False: no reasoning (Anthropic <c>disabled</c>, budget 0).</summary>
    public bool? Enabled { get; init; }

    /// <summary>Reasoning is switched on; if it has neither an effort nor a budget, the request does not say how much.</summary>
    public bool IsOn => Enabled == true || Adaptive;

    /// <summary>Whether the response should include the reasoning's text.</summary>
    public bool? IncludeReasoning { get; init; }

    /// <inheritdoc cref="ChatMessage.Form"/>
    public int Form { get; set; }

    public Extras? Extras { get; set; }

    /// <summary>The same with another budget.</summary>
    public ReasoningOptions WithBudget(long tokens) => new()
    {
        Effort = Effort, BudgetTokens = tokens, Adaptive = Adaptive, Enabled = Enabled, IncludeReasoning = IncludeReasoning, Form = Form, Extras = Extras,
    };
}
