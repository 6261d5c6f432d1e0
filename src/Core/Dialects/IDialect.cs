using Nano.Chat;
using Nano.Errors;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects;

/// <summary>
/// A wire format as providers speak it: requests are written, answers read. A dialect is stateless; what one stream
/// remembers lives in its reader. It never sees HTTP.
/// </summary>
/// <remarks>
/// Expected failures are values. A reader's inside may raise <see cref="System.Text.Json.JsonException"/> (malformed or
/// wrongly shaped JSON) or <see cref="DialectException"/>; <see cref="DialectCalls"/> turns both into a
/// <see cref="GatewayError"/>, and nothing else calls the readers.
/// </remarks>
internal interface IUpstreamDialect
{
    /// <summary>A stable word: <c>openai-chat</c>, <c>openai-responses</c>, <c>anthropic-messages</c>, <c>gemini</c>, <c>bedrock-converse</c>.</summary>
    string Name { get; }

    /// <summary>The dialect whose words it speaks: what its parts and extras are tagged with. Another one's where only the frame differs.</summary>
    string Origin => Name;

    /// <summary>How the wire of the provider that this instance is for differs; null for the dialect as it is documented.</summary>
    IWireQuirks? Quirks => null;

    /// <summary>How its API counts the tokens of a request; null for a dialect whose API does not.</summary>
    ITokenCounts? TokenCounts => null;

    /// <summary>How the events of a streamed response are cut out of its bytes.</summary>
    StreamFraming Framing => StreamFraming.ServerSentEvents;

    /// <summary>
    /// A request body for a provider. Keeps the rules of this dialect (turn order, ids, mandatory members), writes back the
    /// extras of a request that came from this dialect, and names in <paramref name="losses"/> what cannot be said.
    /// </summary>
    void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses);

    /// <summary>A provider's whole 200 answer.</summary>
    ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage);

    /// <summary>Reads one streamed response of a provider.</summary>
    IEventReader CreateEventReader(UsageRules usage);

    /// <summary>
    /// What a provider's error body says: message, code, type, param. The body may be anything: HTML, empty, a string.
    /// Status, kind and provider are decided by the caller (see <c>Provider.Classify</c>).
    /// </summary>
    ErrorDetails ReadError(ReadOnlySpan<byte> body);
}

/// <summary>
/// A wire format in both directions, for providers and for callers (an inbound API): four of these give all sixteen pairs.
/// </summary>
internal interface IDialect : IUpstreamDialect
{
    /// <summary>A caller's request body.</summary>
    ChatRequest ReadRequest(ReadOnlyMemory<byte> body);

    /// <summary>
    /// Prepares a caller's request for a target of another dialect: what only this one has is expressed in common terms, and named in
    /// <paramref name="losses"/>. The result is for the writers of the response (<see cref="ResponseContext.Memo"/>); null where they need nothing.
    /// Raises as a reader does.
    /// </summary>
    RequestMemo? Adapt(ChatRequest request, LossReport losses) => null;

    /// <summary>A lost member in this dialect's own terms, where the codecs call it by another one's.</summary>
    string NameOfLoss(string member) => member;

    /// <summary>A whole response for a caller.</summary>
    void WriteResponse(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses);

    /// <summary>Writes one streamed response for a caller, as SSE bytes, into <paramref name="output"/>.</summary>
    IEventWriter CreateEventWriter(in ResponseContext context, JsonOutput output, LossReport losses);

    /// <summary>
    /// For a request that is passed through and contains state that the gateway has sealed for another model: the request without
    /// it, with the providers' own ids of calls. False when it contains no such state, whatever was written. What is lost is named.
    /// Raises as a reader does. No default: a dialect without an implementation would leak one model's state to another.
    /// </summary>
    bool TryRemoveSealedState(ReadOnlyMemory<byte> body, JsonOutput output, LossReport losses);

    /// <summary>Whether a request may contain something that <see cref="TryRemoveSealedState"/> removes; a look that costs next to nothing.</summary>
    bool MayContainSealedState(ReadOnlySpan<byte> body) => StateSeal.IndexOf(body) >= 0;

    /// <summary>
    /// For an event of a provider that is passed through: writes it as the dialect's clients need it. False, and nothing is written,
    /// when it is right as it came.
    /// </summary>
    bool TryRepairEvent(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, JsonOutput output) => false;

    /// <summary>
    /// For a request of this dialect on its way to another one: replaces what this dialect alone has by what every dialect has, as far as
    /// that can be, and names it. What is left then is each writer's to carry or to name.
    /// </summary>
    void Generalize(ChatRequest request, LossReport losses) { }

    /// <summary>Names the features that a caller asks for in headers, for a provider that does not get them.</summary>
    /// <param name="header">The value of a caller's header; null when there is none.</param>
    void DropHeaders(Func<string, string?> header, LossReport losses) { }

    /// <summary>Watches a response that is relayed as bytes.</summary>
    IUsageTap CreateUsageTap(UsageRules usage);

    /// <summary>The error with the status that this dialect's clients handle as it is meant; they differ in what they retry, and how often.</summary>
    GatewayError ForCaller(GatewayError error) => error;

    /// <summary>The whole body of an error response.</summary>
    void WriteError(GatewayError error, JsonOutput output);

    /// <summary>An error inside a stream that has begun, as SSE bytes, in this dialect's way of never ending cleanly.</summary>
    void WriteStreamError(GatewayError error, JsonOutput output);

    /// <summary>
    /// The last event of a failed stream is one that every client takes for a failure: the response may end properly behind it. Else the
    /// connection is broken, which is all that some clients notice.
    /// </summary>
    bool EndsFailedStreams => false;

    /// <summary>The same, for a dialect whose last events name the response and count on.</summary>
    void WriteStreamError(GatewayError error, in StreamPlace place, JsonOutput output) => WriteStreamError(error, output);
}

/// <summary>How a stream's bytes are cut into events.</summary>
internal enum StreamFraming
{
    /// <summary><c>text/event-stream</c>: an event has the <c>event:</c> field for its type.</summary>
    ServerSentEvents,

    /// <summary>
    /// <c>application/vnd.amazon.eventstream</c>: binary messages with checksums. An event has the header <c>:event-type</c> for its
    /// type; that of an exception or error is <c>exception</c>, a blank, and its name (<c>exception throttlingException</c>).
    /// </summary>
    AmazonEventStream,
}

/// <summary>The members of a provider's error that are worth keeping; absent ones are null.</summary>
internal readonly record struct ErrorDetails(string? Message, string? Type, string? Code, string? Param)
{
    /// <summary>Seconds to wait before another attempt, where the body says so (Google <c>RetryInfo</c>), in the form of a Retry-After header.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>Of an error inside a response with a success status: the status that it stands for, where its code tells; null elsewhere.</summary>
    public int? Status { get; init; }

    /// <summary>Azure's <c>innererror</c> as it stands: which content filter refused the request. Null for none.</summary>
    public string? Inner { get; init; }
}

/// <summary>A request or answer that is valid JSON but not valid in its dialect, or cannot be said in the target's.</summary>
internal sealed class DialectException(GatewayError error) : Exception(error.Message)
{
    public GatewayError Error { get; } = error;
}

/// <summary>What a request writer knows of where the request goes.</summary>
internal readonly record struct RequestTarget
{
    /// <summary>The model in the provider's own values.</summary>
    public required string Model { get; init; }

    /// <summary>What the catalogue knows of it; null for an unknown model: then only mandatory members are invented.</summary>
    public ModelTraits? Traits { get; init; }
}

/// <summary>
/// What decides how a request for a model is written. From the catalogue; every null is "not known", and a writer then
/// sends what it was asked to send.
/// </summary>
internal sealed record ModelTraits
{
    /// <summary>The most tokens the model can make.</summary>
    public long? MaxOutputTokens { get; init; }

    /// <summary>False: the model refuses temperature, top_p and top_k.</summary>
    public bool? SamplingParameters { get; init; }

    /// <summary>True: sampling parameters are taken only while reasoning is off.</summary>
    public bool SamplingOnlyWithoutReasoning { get; init; }

    public bool? Tools { get; init; }

    /// <summary>Native structured output by schema.</summary>
    public bool? JsonSchema { get; init; }

    /// <summary>False: the model does not reason at all.</summary>
    public bool? Reasons { get; init; }

    /// <summary>False: it reasons only when a request asks for it.</summary>
    public bool ReasonsUnasked { get; init; } = true;

    /// <summary>The effort words that the model takes, in rising order; empty when it takes none or they are not known.</summary>
    public IReadOnlyList<string> Efforts { get; init; } = [];

    /// <summary>Thinking is set by level words (Anthropic <c>output_config.effort</c>, Gemini <c>thinkingLevel</c>) and not by a budget of tokens.</summary>
    public bool ThinkingByLevel { get; init; }

    /// <summary>Thinking cannot be switched off.</summary>
    public bool ThinkingAlwaysOn { get; init; }

    /// <summary>Smallest and largest thinking budget in tokens, where it is set by budget.</summary>
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

/// <summary>What a response writer knows besides the response.</summary>
internal readonly record struct ResponseContext
{
    /// <summary>An id for a response that brings none, without a prefix: 24 lower-case letters and digits.</summary>
    public required string FallbackId { get; init; }

    /// <summary>The model as the caller named it, for a response that names none.</summary>
    public required string Model { get; init; }

    /// <summary>Unix seconds, for a response that brings no time.</summary>
    public required long Created { get; init; }

    /// <summary>The input tokens by the length of the request, for a dialect that reports them before the provider does; null where nothing was estimated.</summary>
    public long? InputEstimate { get; init; }

    /// <summary>The caller asked for usage in the stream.</summary>
    public bool StreamUsage { get; init; }

    /// <summary>What the caller's dialect keeps of the request (<see cref="IDialect.Adapt"/>).</summary>
    public RequestMemo? Memo { get; init; }

    /// <summary>The caller speaks Chat's older <c>functions</c> and reads a call in <c>function_call</c> only.</summary>
    public bool ReadsFunctionCall { get; init; }
}

/// <summary>Reads one streamed response. Not thread safe.</summary>
internal interface IEventReader
{
    /// <summary>
    /// Reads one event and tells <paramref name="sink"/> what it says, between BeginFrame and EndFrame.
    /// </summary>
    /// <param name="type">The SSE <c>event:</c> field, or what stands for it (<see cref="StreamFraming"/>); empty when there was none.</param>
    /// <param name="data">The SSE <c>data:</c> field, or a binary message's payload.</param>
    void Read(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, IChatEventSink sink);

    /// <summary>The stream may end here: its end marker came, or all that this dialect's end consists of.</summary>
    bool IsComplete { get; }
}

/// <summary>Writes one streamed response as SSE. Not thread safe.</summary>
internal interface IEventWriter : IChatEventSink
{
    /// <summary>Writes what ends a good stream in this dialect. Once, after the reader was complete.</summary>
    void Complete();

    /// <summary>Writes what the writer still holds back; an error follows in place of <see cref="Complete"/>.</summary>
    void Interrupt() { }

    /// <summary>What was said so far of usage, in the normal form; null when nothing was.</summary>
    Usage? Usage { get; }

    /// <summary>The last finish reason that was said.</summary>
    FinishReason Finish { get; }

    /// <summary>How far the stream is.</summary>
    StreamPlace Place => default;
}
