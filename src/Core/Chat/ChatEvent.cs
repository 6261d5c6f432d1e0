using Nano.Errors;
using Nano.Json;

namespace Nano.Chat;

/// <summary>What a <see cref="ChatEvent"/> contains. Each kind lists the members that it uses.</summary>
internal enum ChatEventKind
{
    /// <summary>The response begins. Id, Model, Json (created, Unix seconds), Usage (input so far). May repeat: writers send it once.</summary>
    Start,
    /// <summary>A part begins. Part; Type, its wire name; for <see cref="PartKind"/> Opaque also Json, the whole block as it was announced.</summary>
    PartStart,
    /// <summary>Text. A fragment.</summary>
    Text,
    /// <summary>Text. A fragment of a refusal.</summary>
    Refusal,
    /// <summary>Text. A fragment of the reasoning.</summary>
    Reasoning,
    /// <summary>Text. The signature of the part, or a fragment of it.</summary>
    ReasoningSignature,
    /// <summary>Text. Unreadable reasoning, whole.</summary>
    ReasoningOpaque,
    /// <summary>ToolIndex, Id, Name; Signature if the call has state; IsCustom. Once per call, before its arguments.</summary>
    ToolCallStart,
    /// <summary>ToolIndex; Text, a fragment of the arguments' JSON text (escaped as in a string), or Json, the whole object.</summary>
    ToolCallArguments,
    /// <summary>ToolIndex. The call is complete.</summary>
    ToolCallEnd,
    /// <summary>Citation.</summary>
    Citation,
    /// <summary>Json: log probabilities in Chat's shape.</summary>
    Logprobs,
    /// <summary>Media: an image or a piece of audio.</summary>
    Media,
    /// <summary>The part ends (Part).</summary>
    PartEnd,
    /// <summary>The choice ends: Finish, NativeFinish, Text (the stop sequence).</summary>
    Finish,
    /// <summary>Usage so far; the last event is final.</summary>
    Usage,
    /// <summary>Type, Json: something that only its own dialect understands.</summary>
    Opaque,
    /// <summary>A keep-alive of the provider.</summary>
    Ping,
    /// <summary>Error: the provider reports a failure inside the stream. Nothing follows.</summary>
    Error,
    /// <summary>The provider's end marker. Nothing follows.</summary>
    End,
}

/// <summary>What kind of part a <see cref="ChatEventKind.PartStart"/> opens.</summary>
internal enum PartKind
{
    Text,
    Refusal,
    Reasoning,
    ToolCall,
    Media,
    Opaque,
}

/// <summary>
/// One event of a streamed response. All slices are borrowed from the upstream event being read: a sink uses them
/// before it returns and keeps none.
/// </summary>
internal readonly struct ChatEvent(ChatEventKind kind)
{
    public ChatEventKind Kind { get; } = kind;

    /// <summary>Index of the choice.</summary>
    public int Choice { get; init; }

    /// <summary>Index of the part within the response, as the provider counts; -1 where its dialect has no parts.</summary>
    public int Part { get; init; }

    public PartKind PartKind { get; init; }

    /// <summary>Which call of its choice, from 0, in order of appearance.</summary>
    public int ToolIndex { get; init; }

    /// <inheritdoc cref="ToolCallPart.IsCustom"/>
    public bool IsCustom { get; init; }

    public JsonText Text { get; init; }

    public JsonText Id { get; init; }

    public JsonText Name { get; init; }

    public JsonText Model { get; init; }

    public JsonText Type { get; init; }

    public JsonText Signature { get; init; }

    public JsonSlice Json { get; init; }

    public FinishReason Finish { get; init; }

    public JsonText NativeFinish { get; init; }

    public Usage? Usage { get; init; }

    public Citation? Citation { get; init; }

    public MediaPart? Media { get; init; }

    public GatewayError? Error { get; init; }

    /// <summary>Extras of the object that this event was read from. Valid until the sink returns.</summary>
    public Extras? Extras { get; init; }
}

/// <summary>
/// One upstream event, around the <see cref="ChatEvent"/>s read from it. A writer of the same dialect writes one event for it;
/// a writer of another dialect may use the frame to do the same.
/// </summary>
internal readonly struct ChatFrame(string origin)
{
    public string Origin { get; } = origin;

    /// <summary>The SSE event name, if the dialect uses it.</summary>
    public JsonText Type { get; init; }

    /// <inheritdoc cref="ChatMessage.Form"/>
    public int Form { get; init; }

    /// <summary>Extras of the event's outermost object. Valid until the frame ends.</summary>
    public Extras? Extras { get; init; }

    /// <summary>
    /// The event's outermost object as received, if its reader sets it: the template that a writer of the same dialect fills with
    /// the values of the events. Valid until the frame ends; the slices of the frame's events then are too.
    /// </summary>
    public JsonSlice Json { get; init; }
}

/// <summary>Takes the events of one streamed response, in order: BeginFrame, its events, EndFrame, and so on.</summary>
internal interface IChatEventSink
{
    /// <summary>
    /// Whether the text is all that the sink needs of an event that otherwise repeats the one before; its usage may then come later
    /// (<c>IEventReader.HeldUsage</c>). False for a sink that writes back each event of this dialect.
    /// </summary>
    bool TakesTextAlone(string origin) => false;

    void BeginFrame(in ChatFrame frame);

    void On(in ChatEvent item);

    void EndFrame();
}
