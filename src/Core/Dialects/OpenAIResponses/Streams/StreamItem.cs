using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

internal enum StreamItemKind
{
    Text,
    Refusal,
    Reasoning,
    Call,
    CustomCall,
}

/// <summary>An item of a stream that is being written, and what was said of it.</summary>
internal sealed class StreamItem(StreamItemKind kind, int index) : IDisposable
{
    public StreamItemKind Kind { get; } = kind;

    public int Index { get; } = index;

    /// <summary>Of a call: the events' tool index; else -1.</summary>
    public int Tool { get; init; } = -1;

    public byte[] CallId { get; init; } = [];

    public byte[] Name { get; init; } = [];

    /// <summary>Its text or arguments so far, escaped.</summary>
    public JsonOutput Text { get; } = new();

    public int Annotations { get; set; }

    /// <summary>The inside of its list of annotations.</summary>
    public JsonOutput AnnotationList => field ??= new JsonOutput();

    public bool IsEnded { get; set; }

    public string Prefix => Kind switch
    {
        StreamItemKind.Reasoning => "rs",
        StreamItemKind.Call => "fc",
        StreamItemKind.CustomCall => "ctc",
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
        if (Annotations > 0) AnnotationList.Dispose();
    }
}
