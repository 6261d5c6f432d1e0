using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects;

/// <summary>
/// A wire format of providers: requests are written, responses are read. A dialect is stateless; a stream's state is in its
/// reader. It does not handle HTTP.
/// </summary>
/// <remarks>
/// Expected failures are values. A reader may raise <see cref="System.Text.Json.JsonException"/> (malformed or
/// wrongly shaped JSON) or <see cref="DialectException"/>; <see cref="DialectCalls"/> turns both into a
/// <see cref="GatewayError"/>, and nothing else calls the readers.
/// </remarks>
internal interface IUpstreamDialect
{
    /// <summary>A stable name: <c>openai-chat</c>, <c>openai-responses</c>, <c>anthropic-messages</c>, <c>gemini</c>, <c>bedrock-converse</c>.</summary>
    string Name { get; }

    /// <summary>The tag of its parts and extras: its own name, or another dialect's name if only the framing differs.</summary>
    string Origin => Name;

    /// <summary>How this instance's provider differs from the documented dialect; null if it does not.</summary>
    IWireQuirks? Quirks => null;

    /// <summary>How its API counts the tokens of a request; null if its API has no such request.</summary>
    ITokenCounts? TokenCounts => null;

    /// <summary>How the bytes of a streamed response are split into events.</summary>
    StreamFraming Framing => StreamFraming.ServerSentEvents;

    /// <summary>Whether its providers accept a tool's name: letters, digits, <c>_</c> and <c>-</c>, at most 64, unless a dialect takes more.</summary>
    bool TakesToolName(ReadOnlySpan<byte> name) => ToolIds.IsGood(name, ToolNames.CommonLength);

    /// <summary>
    /// Writes a request body for a provider. Follows the rules of this dialect (turn order, ids, mandatory members), writes back the
    /// extras of a request from this dialect, and adds what it cannot express to <paramref name="losses"/>.
    /// </summary>
    void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses);

    /// <summary>Reads a provider's whole 200 response.</summary>
    ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage);

    /// <summary>Reads one streamed response of a provider.</summary>
    IEventReader CreateEventReader(UsageRules usage);

    /// <summary>
    /// Reads a provider's error body: message, code, type, param. The body may be anything: HTML, empty, a string.
    /// The calling code determines status, kind and provider (see <c>Provider.Classify</c>).
    /// </summary>
    ErrorDetails ReadError(ReadOnlySpan<byte> body);
}

/// <summary>
/// A wire format in both directions, for providers and for callers (an inbound API): four of these give all sixteen pairs.
/// </summary>
internal interface IDialect : IUpstreamDialect
{
    /// <summary>Reads a caller's request body.</summary>
    ChatRequest ReadRequest(ReadOnlyMemory<byte> body);

    /// <summary>
    /// Prepares a caller's request for a target of another dialect: features that only this one has are expressed in common terms and added
    /// to <paramref name="losses"/>. The result is for the writers of the response (<see cref="ResponseContext.Memo"/>); null if they need nothing.
    /// Raises the same exceptions as a reader.
    /// </summary>
    RequestMemo? Adapt(ChatRequest request, IUpstreamDialect target, LossReport losses) => null;

    /// <summary>The name of a lost member in this dialect, for codecs that use another dialect's name.</summary>
    string NameOfLoss(string member) => member;

    /// <summary>A whole response for a caller.</summary>
    void WriteResponse(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses);

    /// <summary>Writes one streamed response for a caller, as SSE bytes, into <paramref name="output"/>.</summary>
    IEventWriter CreateEventWriter(in ResponseContext context, JsonOutput output, LossReport losses);

    /// <summary>
    /// For a passthrough request with state that the gateway sealed for another model: writes the request without that state, with the
    /// providers' own call ids. False if it contains no such state; ignore the output then. Adds lost state to the losses. Raises the same
    /// exceptions as a reader. No default: a dialect without an implementation would leak one model's state to another.
    /// </summary>
    bool TryRemoveSealedState(ReadOnlyMemory<byte> body, JsonOutput output, LossReport losses);

    /// <summary>Whether a request may contain something that <see cref="TryRemoveSealedState"/> removes; a very cheap check.</summary>
    bool MayContainSealedState(ReadOnlySpan<byte> body) => MayContainSeal(body);

    /// <summary>Whether a request contains a seal of the gateway, in the dialect's form; a very cheap check.</summary>
    bool MayContainSeal(ReadOnlySpan<byte> body) => StateSeal.IndexOf(body) >= 0;

    /// <summary>
    /// For a provider's event on the passthrough: writes it in the form that the dialect's clients need. False, and nothing is written,
    /// if the event needs no change.
    /// </summary>
    bool TryRepairEvent(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, JsonOutput output) => false;

    /// <summary>
    /// For a request of this dialect that is converted to another one: replaces features that only this dialect has with common ones where
    /// possible, and reports them. Each writer converts or reports the rest.
    /// </summary>
    /// <param name="traits">The target's, as in <see cref="RequestTarget.Traits"/>.</param>
    void Generalize(ChatRequest request, ModelTraits? traits, LossReport losses) { }

    /// <summary>Reports the features that a caller requests in headers, for a provider that does not receive them.</summary>
    /// <param name="header">The value of a caller's header; null when there is none.</param>
    void DropHeaders(Func<string, string?> header, LossReport losses) { }

    /// <summary>Observes a response that is relayed as bytes.</summary>
    IUsageTap CreateUsageTap(UsageRules usage);

    /// <summary>The error with the status that this dialect's clients handle correctly; clients differ in what they retry, and how often.</summary>
    GatewayError ForCaller(GatewayError error) => error;

    /// <summary>The whole body of an error response.</summary>
    void WriteError(GatewayError error, JsonOutput output);

    /// <summary>An error inside a stream that has begun, as SSE bytes, in the form that this dialect's clients treat as a failure.</summary>
    void WriteStreamError(GatewayError error, JsonOutput output);

    /// <summary>
    /// Every client treats the last event of a failed stream as a failure, so the response may end normally after it. If false, the
    /// connection is aborted, because some clients notice nothing else.
    /// </summary>
    bool EndsFailedStreams => false;

    /// <summary>The same, for a dialect whose last events contain the response and continue its sequence numbers.</summary>
    void WriteStreamError(GatewayError error, in StreamPlace place, JsonOutput output) => WriteStreamError(error, output);
}

/// <summary>How a stream's bytes are split into events.</summary>
internal enum StreamFraming
{
    /// <summary><c>text/event-stream</c>: an event's type is the <c>event:</c> field.</summary>
    ServerSentEvents,

    /// <summary>
    /// <c>application/vnd.amazon.eventstream</c>: binary messages with checksums. An event's type is the header
    /// <c>:event-type</c>; for an exception or error it is <c>exception</c>, a blank, and its name (<c>exception throttlingException</c>).
    /// </summary>
    AmazonEventStream,
}

/// <summary>The members of a provider's error that are kept; absent ones are null.</summary>
internal readonly record struct ErrorDetails(string? Message, string? Type, string? Code, string? Param)
{
    /// <summary>Seconds to wait before another attempt, if the body contains it (Google <c>RetryInfo</c>), in the form of a Retry-After header.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>For an error inside a response with a success status: the status that its code implies; null otherwise.</summary>
    public int? Status { get; init; }

    /// <summary>The provider reports that a retry cannot help (<c>x-should-retry: false</c>).</summary>
    public bool IsFinal { get; init; }

    /// <summary>Azure's <c>innererror</c>, unchanged: which content filter refused the request. Null if there is none.</summary>
    public string? Inner { get; init; }
}

/// <summary>A request or response that is valid JSON but not valid in its dialect, or that the target's dialect cannot express.</summary>
internal sealed class DialectException(GatewayError error) : Exception(error.Message)
{
    public GatewayError Error { get; } = error;
}

/// <summary>What a request writer knows about the target.</summary>
internal readonly record struct RequestTarget
{
    /// <summary>The provider's own model name.</summary>
    public required string Model { get; init; }

    /// <summary>The catalogue's traits of the model; null for an unknown model: then only mandatory members are added.</summary>
    public ModelTraits? Traits { get; init; }
}

/// <summary>
/// The traits that determine how a request for a model is written. From the catalogue; null means "unknown", and a writer then
/// sends the caller's values.
/// </summary>
internal sealed record ModelTraits
{
    /// <summary>The maximum number of output tokens.</summary>
    public long? MaxOutputTokens { get; init; }

    /// <summary>The kinds of input: <c>text</c>, <c>image</c>, <c>pdf</c>, <c>audio</c>, <c>video</c>.</summary>
    public IReadOnlyList<string>? Input { get; init; }

    /// <summary>False: the model refuses temperature, top_p and top_k.</summary>
    public bool? SamplingParameters { get; init; }

    /// <summary>True: sampling parameters are accepted only while reasoning is off.</summary>
    public bool SamplingOnlyWithoutReasoning { get; init; }

    /// <summary>True: the model takes stop sequences although it reasons, unlike the provider's other models that reason.</summary>
    public bool StopSequences { get; init; }

    public bool? Tools { get; init; }

    /// <summary>False: it has no system prompt, so instructions begin the conversation.</summary>
    public bool? SystemPrompt { get; init; }

    /// <summary>Native structured output by schema.</summary>
    public bool? JsonSchema { get; init; }

    /// <summary>False: the model does not reason at all.</summary>
    public bool? Reasons { get; init; }

    /// <summary>False: it reasons only when a request asks for it.</summary>
    public bool ReasonsUnasked { get; init; } = true;

    /// <summary>The effort values that the model accepts, in ascending order; empty if it accepts none or they are unknown.</summary>
    public IReadOnlyList<string> Efforts { get; init; } = [];

    /// <summary>Reasoning is set by a level (Anthropic <c>output_config.effort</c>, Gemini <c>thinkingLevel</c>), not by a token budget.</summary>
    public bool ThinkingByLevel { get; init; }

    /// <summary>Reasoning cannot be switched off.</summary>
    public bool ThinkingAlwaysOn { get; init; }

    /// <summary>Smallest and largest reasoning budget in tokens, for models with a budget.</summary>
    public long? MinThinkingBudget { get; init; }

    /// <inheritdoc cref="MinThinkingBudget"/>
    public long? MaxThinkingBudget { get; init; }

    /// <summary>False: a forced tool choice (any, one tool) is refused.</summary>
    public bool? ForcedToolChoice { get; init; }

    /// <summary>
    /// True: a system turn may be inside the conversation, right after a user turn (Claude Opus 4.8, the 5 generation
    /// and later). Else writers of the Messages dialect move such turns to the top-level <c>system</c>.
    /// </summary>
    public bool? MidConversationSystem { get; init; }

    /// <summary>
    /// False: a conversation that ends with the assistant's turn is refused (Claude from 4.6 on: "This model does not support
    /// assistant message prefill. The conversation must end with a user message.").
    /// </summary>
    public bool? Prefill { get; init; }
}

/// <summary>What a response writer needs besides the response.</summary>
internal readonly record struct ResponseContext
{
    /// <summary>An id for a response without one, without a prefix: 24 lower-case letters and digits.</summary>
    public required string FallbackId { get; init; }

    /// <summary>The model as the caller named it, for a response without a model.</summary>
    public required string Model { get; init; }

    /// <summary>Unix seconds, for a response without a time.</summary>
    public required long Created { get; init; }

    /// <summary>Input tokens estimated from the request's length, for a dialect that reports them before the provider does; null without an estimate.</summary>
    public long? InputEstimate { get; init; }

    /// <summary>The caller asked for usage in the stream.</summary>
    public bool StreamUsage { get; init; }

    /// <summary>What the caller's dialect remembers about the request (<see cref="IDialect.Adapt"/>).</summary>
    public RequestMemo? Memo { get; init; }

    /// <summary>The caller speaks Chat's older <c>functions</c> and reads a call in <c>function_call</c> only.</summary>
    public bool ReadsFunctionCall { get; init; }
}
