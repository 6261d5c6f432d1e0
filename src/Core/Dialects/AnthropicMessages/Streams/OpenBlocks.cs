using Nano.Chat;
using Nano.Dialects.AnthropicMessages.Requests;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Streams;

/// <summary>
/// The blocks of a stream between their start and stop events, by the provider's index, which may skip, repeat and
/// restart. Sends the start and end of blocks to the sink.
/// </summary>
internal sealed class OpenBlocks
{
    private const int MaxOpen = 1024;

    private static readonly JsonSlice NoArguments = JsonSlice.Constant("{}");

    private readonly List<Block> _open = [];
    private int _tools;

    internal readonly record struct Block(int Index, PartKind Kind, int ToolIndex, bool HasArguments, bool HasWholeArguments)
    {
        public bool TakesArguments => Kind == PartKind.ToolCall && !HasWholeArguments;
    }

    /// <summary>A block without a start event is a text block.</summary>
    public Block Find(int index)
    {
        foreach (var block in _open)
            if (block.Index == index) return block;
        return new Block(index, PartKind.Text, -1, false, false);
    }

    public void SawArguments(int index)
    {
        for (var i = 0; i < _open.Count; i++)
            if (_open[i].Index == index) _open[i] = _open[i] with { HasArguments = true };
    }

    public void Start(int index, JsonSlice json, Extras? extras, IChatEventSink sink)
    {
        var part = BlockReader.Read(json, tolerant: true);
        var kind = part switch
        {
            TextPart => PartKind.Text,
            ReasoningPart => PartKind.Reasoning,
            ToolCallPart => PartKind.ToolCall,
            _ => PartKind.Opaque,
        };
        var whole = part is ToolCallPart { Arguments.Json: { IsObject: true } input } && !IsEmptyObject(input);
        Open(new Block(index, kind, kind == PartKind.ToolCall ? _tools++ : -1, whole, whole));
        sink.On(new ChatEvent(ChatEventKind.PartStart)
        {
            Part = index, PartKind = kind, Type = json.Member("type"u8).AsText(), Json = json, Extras = extras,
        });
        switch (part)
        {
            case TextPart text:
                TellText(index, text, sink);
                break;
            case ReasoningPart reasoning:
                TellReasoning(index, reasoning, sink);
                break;
            case ToolCallPart call:
                TellCall(index, call, whole, sink);
                break;
        }
    }

    public void Stop(int index, IChatEventSink sink)
    {
        var block = Find(index);
        _open.Remove(block);
        TellEnd(block, sink);
    }

    /// <summary>At the end of the message: stops all open blocks.</summary>
    public void StopAll(IChatEventSink sink)
    {
        foreach (var block in _open) TellEnd(block, sink);
        _open.Clear();
    }

    private void Open(in Block block)
    {
        if (_open.Count >= MaxOpen)
            throw new DialectException(new GatewayError(GatewayErrorKind.ProviderUnreachable, 502, "The provider's stream opens too many blocks without ending them."));
        _open.Remove(Find(block.Index));
        _open.Add(block);
    }

    private static void TellText(int index, TextPart text, IChatEventSink sink)
    {
        if (text.Text.HasValue) sink.On(new ChatEvent(ChatEventKind.Text) { Part = index, Text = text.Text });
        if (text.Citations is null) return;
        foreach (var citation in text.Citations) sink.On(new ChatEvent(ChatEventKind.Citation) { Part = index, Citation = citation });
    }

    private static void TellReasoning(int index, ReasoningPart reasoning, IChatEventSink sink)
    {
        if (reasoning.Opaque.IsPresent) sink.On(new ChatEvent(ChatEventKind.ReasoningOpaque) { Part = index, Text = reasoning.Opaque });
        if (reasoning.Text.HasValue) sink.On(new ChatEvent(ChatEventKind.Reasoning) { Part = index, Text = reasoning.Text });
        if (reasoning.Signature.HasValue) sink.On(new ChatEvent(ChatEventKind.ReasoningSignature) { Part = index, Text = reasoning.Signature });
    }

    private void TellCall(int index, ToolCallPart call, bool whole, IChatEventSink sink)
    {
        var tool = _tools - 1;
        sink.On(new ChatEvent(ChatEventKind.ToolCallStart) { Part = index, PartKind = PartKind.ToolCall, ToolIndex = tool, Id = call.Id, Name = call.Name });
        // An empty input in the start event announces fragments; a complete one replaces them.
        if (whole) sink.On(new ChatEvent(ChatEventKind.ToolCallArguments) { Part = index, ToolIndex = tool, Json = call.Arguments.Json });
    }

    private static void TellEnd(in Block block, IChatEventSink sink)
    {
        if (block.Kind == PartKind.ToolCall)
        {
            if (!block.HasArguments) sink.On(new ChatEvent(ChatEventKind.ToolCallArguments) { Part = block.Index, ToolIndex = block.ToolIndex, Json = NoArguments });
            sink.On(new ChatEvent(ChatEventKind.ToolCallEnd) { Part = block.Index, PartKind = PartKind.ToolCall, ToolIndex = block.ToolIndex });
        }
        sink.On(new ChatEvent(ChatEventKind.PartEnd) { Part = block.Index, PartKind = block.Kind });
    }

    private static bool IsEmptyObject(JsonSlice value)
    {
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        return !cursor.NextMember();
    }
}
