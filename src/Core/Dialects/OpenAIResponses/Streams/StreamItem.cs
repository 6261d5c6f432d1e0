using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Responses;
using Nano.Dialects.OpenAIResponses.Tools;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

internal enum StreamItemKind
{
    Text,
    Refusal,
    Reasoning,
    /// <summary>A call of a function.</summary>
    Call,
    /// <summary>A call of a free-form tool.</summary>
    CustomCall,
    /// <summary>A call of one of OpenAI's tools that the caller runs.</summary>
    BuiltInCall,
    Image,
}

/// <summary>An item of a stream that is being written, with its content so far.</summary>
/// <param name="text">Its text or arguments so far, escaped.</param>
internal sealed class StreamItem(StreamItemKind kind, int index, JsonOutput text) : IDisposable
{
    private JsonOutput? _annotations, _logprobs;

    public StreamItemKind Kind { get; } = kind;

    public int Index { get; } = index;

    /// <summary>For a call: the events' tool index; else -1.</summary>
    public int ToolIndex { get; init; } = -1;

    /// <summary>For a call: the caller's tool for its name; null if the name needs no translation.</summary>
    public CallerTool? Tool { get; init; }

    public byte[] CallId { get; init; } = [];

    public byte[] Name { get; init; } = [];

    public JsonOutput Text { get; } = text;

    /// <summary>For reasoning: its sealed state.</summary>
    public byte[] State { get; set; } = [];

    /// <summary>The bytes before the piece in the events of its pieces; empty before the first.</summary>
    public byte[] DeltaPlace { get; set; } = [];

    /// <summary>For reasoning: its text has begun.</summary>
    public bool HasPart { get; set; }

    public MediaPart? Image { get; init; }

    /// <summary>For a text: the number of UTF-16 units of the texts before it.</summary>
    public long Before { get; init; }

    public int Annotations { get; set; }

    /// <summary>The inside of its list of annotations.</summary>
    public JsonOutput AnnotationList => _annotations ??= Text.CreateScratch(256);

    /// <summary>The inside of its list of log probabilities.</summary>
    public JsonOutput LogprobList => _logprobs ??= Text.CreateScratch(512);

    public ReadOnlySpan<byte> Logprobs => _logprobs is null ? default : _logprobs.WrittenSpan;

    public bool IsEnded { get; set; }

    public bool IsCall => Kind is StreamItemKind.Call or StreamItemKind.CustomCall or StreamItemKind.BuiltInCall;

    /// <summary>The caller's form of the arguments differs from the model's, so they are sent when they are complete.</summary>
    public bool IsGathered => Tool is { Kind: not CallerToolKind.Function };

    public string Prefix => Kind switch
    {
        StreamItemKind.Reasoning => ItemWriter.Reasoned,
        StreamItemKind.Image => "ig",
        StreamItemKind.Call or StreamItemKind.CustomCall or StreamItemKind.BuiltInCall => CallWriter.PrefixOf(Tool, Kind == StreamItemKind.CustomCall),
        _ => "msg",
    };

    public ReadOnlySpan<byte> DeltaEvent => Kind switch
    {
        StreamItemKind.Refusal => "response.refusal.delta"u8,
        StreamItemKind.Reasoning => "response.reasoning_summary_text.delta"u8,
        StreamItemKind.Call => "response.function_call_arguments.delta"u8,
        StreamItemKind.CustomCall => "response.custom_tool_call_input.delta"u8,
        _ => "response.output_text.delta"u8,
    };

    public ReadOnlySpan<byte> DoneEvent => Kind switch
    {
        StreamItemKind.Refusal => "response.refusal.done"u8,
        StreamItemKind.Reasoning => "response.reasoning_summary_text.done"u8,
        StreamItemKind.Call => "response.function_call_arguments.done"u8,
        StreamItemKind.CustomCall => "response.custom_tool_call_input.done"u8,
        _ => "response.output_text.done"u8,
    };

    public ReadOnlySpan<byte> DoneMember => Kind switch
    {
        StreamItemKind.Refusal => "refusal"u8,
        StreamItemKind.Call => "arguments"u8,
        StreamItemKind.CustomCall => "input"u8,
        _ => "text"u8,
    };

    public void Dispose()
    {
        Text.Dispose();
        _annotations?.Dispose();
        _logprobs?.Dispose();
    }
}
