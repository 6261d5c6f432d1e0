using Nano.Chat;
using Nano.Dialects.AnthropicMessages.Responses;
using Nano.Dialects.Shared;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.AnthropicMessages.Streams;

/// <summary>
/// Converts another dialect's events into a stream of blocks. Blocks follow one another and are numbered from 0;
/// parts that other dialects interleave (fragments of parallel calls, text between them) wait until the open block ends, so that
/// nothing is split or lost. Usage is estimated at the start and reported in full at the end, since other dialects report it only
/// there (case 4: envoyproxy/ai-gateway#2352).
/// </summary>
internal sealed class BlockStream(in ResponseContext context, JsonOutput output, LossReport losses)
{
    private readonly ResponseContext _context = context;
    private readonly List<WaitingBlock> _waiting = [];
    private BlockKey _open;
    private bool _isOpen;
    private int _index = -1;
    // The last delta up to its text: the next one of its block and type begins in the same way.
    private byte[] _head = [], _headType = [];
    private int _headIndex = -1;

    private bool _started;
    private bool _hasCalls;
    private FinishReason _finish;
    private string? _stopSequence;

    public void On(in ChatEvent item)
    {
        if (item.Choice > 0)
        {
            losses.Drop("choices");
            return;
        }
        switch (item.Kind)
        {
            case ChatEventKind.Start:
                Start(item.Id, item.Model, item.Usage);
                break;
            case ChatEventKind.Text or ChatEventKind.Refusal when item.Text.HasValue:
                Delta(new BlockKey(PartKind.Text, 0), "text_delta"u8, "text"u8, item.Text);
                break;
            case ChatEventKind.Reasoning when item.Text.HasValue:
                Delta(new BlockKey(PartKind.Reasoning, 0), "thinking_delta"u8, "thinking"u8, item.Text);
                break;
            case ChatEventKind.ReasoningSignature when item.Text.HasValue:
                Delta(new BlockKey(PartKind.Reasoning, 0), "signature_delta"u8, "signature"u8, item.Text);
                // A signature covers its whole block: further reasoning goes into another one.
                EndBlock(new BlockKey(PartKind.Reasoning, 0));
                break;
            case ChatEventKind.ReasoningOpaque when item.Text.HasValue:
                Redacted(item.Text);
                break;
            case ChatEventKind.ToolCallStart:
                _hasCalls = true;
                BeginCall(item);
                break;
            case ChatEventKind.ToolCallArguments:
                Arguments(item);
                break;
            case ChatEventKind.ToolCallEnd:
                EndBlock(new BlockKey(PartKind.ToolCall, item.ToolIndex));
                break;
            case ChatEventKind.PartEnd when item.PartKind is PartKind.Text or PartKind.Refusal or PartKind.Reasoning && item.Part >= 0:
                EndBlock(new BlockKey(item.PartKind == PartKind.Reasoning ? PartKind.Reasoning : PartKind.Text, 0));
                break;
            case ChatEventKind.Citation when item.Citation is { } citation:
                Cite(citation);
                break;
            case ChatEventKind.Media when item.Media is { } media:
                losses.Drop(media.Kind == MediaKind.Audio ? "audio" : "images");
                break;
            case ChatEventKind.Logprobs:
                losses.Drop("logprobs");
                break;
            case ChatEventKind.Opaque:
                losses.Drop(item.Type.HasValue ? item.Type.ToString() : "content");
                break;
            case ChatEventKind.Finish:
                if (item.Finish != FinishReason.None) _finish = item.Finish;
                if (item.Text.HasValue) _stopSequence = item.Text.ToString();
                break;
        }
    }

    public void Complete(Usage? usage)
    {
        Start(default, default, usage);
        while (_waiting.Count > 0) Release();
        if (_isOpen) Close();
        SseJson.Begin("message_delta"u8, output);
        output.Name("delta"u8);
        output.BeginObject();
        output.Name("stop_reason"u8);
        output.Literal(FinishReasons.Write(_finish, _hasCalls));
        output.Name("stop_sequence"u8);
        if (_stopSequence is null) output.Null();
        else output.Text(_stopSequence);
        output.EndObject();
        output.Name("usage"u8);
        output.BeginObject();
        // The estimate stays if the provider reports no count.
        usage ??= new Usage();
        UsageWriter.WriteWhole(usage with { InputTokens = usage.InputTokens ?? _context.InputEstimate }, output);
        output.EndObject();
        SseJson.End(output);
        SseJson.Begin("message_stop"u8, output);
        SseJson.End(output);
    }

    private void Start(JsonText id, JsonText model, Usage? usage)
    {
        if (_started) return;
        _started = true;
        MessageStart.Write(id, model, usage, _context, output);
    }

    private void Delta(BlockKey key, ReadOnlySpan<byte> type, ReadOnlySpan<byte> name, JsonText text)
    {
        if (Enter(key) is { } waiting)
        {
            using var piece = new JsonOutput(text.Span.Length + 64);
            WriteFragment(type, name, text, piece);
            waiting.Pieces.Add(piece.WrittenSpan.ToArray());
            return;
        }
        if (_headIndex == _index && type.SequenceEqual(_headType))
        {
            output.Bytes(_head);
            output.Bytes(text.Span);
            output.Bytes("\"}}\n\n"u8);
            return;
        }
        var start = output.Length;
        BeginDelta();
        WriteFragment(type, name, text, output);
        _head = output.WrittenSpan[start..^(text.Span.Length + "\"}"u8.Length)].ToArray();
        (_headIndex, _headType) = (_index, type.ToArray());
        SseJson.End(output);
    }

    private void BeginCall(in ChatEvent item)
    {
        var key = new BlockKey(PartKind.ToolCall, item.ToolIndex);
        using var block = new JsonOutput(256);
        var name = CallerNames.Restore(_context.Memo, item.Name);
        ResponseBlocks.BeginCall(item.Id, name, item.Signature, item.Id.HasValue ? "" : CallIds.Make(_context.FallbackId, 0, item.ToolIndex), block, losses);
        block.Raw("{}"u8);
        block.EndObject();
        Announce(key, block.WrittenSpan);
    }

    private void Redacted(JsonText data)
    {
        var key = new BlockKey(PartKind.Opaque, 0);
        using var block = new JsonOutput(data.Span.Length + 64);
        ResponseBlocks.WriteRedacted(data, block);
        Announce(key, block.WrittenSpan);
        EndBlock(key);
    }

    private void Arguments(in ChatEvent item)
    {
        var key = new BlockKey(PartKind.ToolCall, item.ToolIndex);
        if (item.Json.HasValue)
        {
            using var text = new JsonOutput(item.Json.Span.Length + 64);
            text.BeginText();
            text.AppendUtf8(item.Json.Span);
            text.EndText();
            Delta(key, "input_json_delta"u8, "partial_json"u8, new JsonText(text.Written[1..^1]));
        }
        else if (item.Text.HasValue) Delta(key, "input_json_delta"u8, "partial_json"u8, item.Text);
    }

    private void Cite(Citation citation)
    {
        losses.Emulate("annotations");
        using var piece = new JsonOutput(256);
        piece.BeginObject();
        piece.Name("type"u8);
        piece.Literal("citations_delta"u8);
        piece.Name("citation"u8);
        ResponseBlocks.WriteCitation(citation, piece);
        piece.EndObject();
        if (Enter(new BlockKey(PartKind.Text, 0)) is { } waiting)
        {
            waiting.Pieces.Add(piece.WrittenSpan.ToArray());
            return;
        }
        BeginDelta();
        output.Raw(piece.WrittenSpan);
        SseJson.End(output);
    }

    /// <summary>Opens the block of <paramref name="key"/>, or returns the waiting block if another one is still open.</summary>
    private WaitingBlock? Enter(BlockKey key)
    {
        if (_isOpen && _open == key) return null;
        if (Waiting(key) is { } waiting) return waiting;
        return Announce(key, key.Kind switch
        {
            PartKind.Reasoning => """{"type":"thinking","thinking":"","signature":""}"""u8,
            PartKind.ToolCall => """{"type":"tool_use","id":"call","name":"","input":{}}"""u8,
            _ => """{"type":"text","text":""}"""u8,
        });
    }

    private WaitingBlock? Announce(BlockKey key, ReadOnlySpan<byte> contentBlock)
    {
        Start(default, default, null);
        // Text and reasoning end where another part begins; a call ends only on its end event or with the stream.
        if (_isOpen && _open.Kind != PartKind.ToolCall) Close();
        if (_isOpen)
        {
            var waiting = new WaitingBlock(key);
            waiting.Pieces.Add(contentBlock.ToArray());
            _waiting.Add(waiting);
            return waiting;
        }
        Open(key, contentBlock);
        return null;
    }

    private WaitingBlock? Waiting(BlockKey key)
    {
        foreach (var block in _waiting)
            if (block.Key == key && !block.Ended) return block;
        return null;
    }

    private void EndBlock(BlockKey key)
    {
        if (_isOpen && _open == key)
        {
            Close();
            // Blocks that ended while waiting are written whole; the first unfinished one becomes the open block.
            while (!_isOpen && _waiting.Count > 0) Release();
        }
        else if (Waiting(key) is { } waiting) waiting.Ended = true;
    }

    private void Open(BlockKey key, ReadOnlySpan<byte> contentBlock)
    {
        _index++;
        _open = key;
        _isOpen = true;
        SseJson.Begin("content_block_start"u8, output);
        output.Name("index"u8);
        output.Number(_index);
        output.Name("content_block"u8);
        output.Raw(contentBlock);
        SseJson.End(output);
    }

    private void Close()
    {
        _isOpen = false;
        SseJson.Begin("content_block_stop"u8, output);
        output.Name("index"u8);
        output.Number(_index);
        SseJson.End(output);
    }

    private void Release()
    {
        if (_isOpen) Close();
        var block = _waiting[0];
        _waiting.RemoveAt(0);
        Open(block.Key, block.Pieces[0]);
        foreach (var piece in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(block.Pieces)[1..])
        {
            BeginDelta();
            output.Raw(piece);
            SseJson.End(output);
        }
        if (block.Ended) Close();
    }

    private void BeginDelta()
    {
        SseJson.Begin("content_block_delta"u8, output);
        output.Name("index"u8);
        output.Number(_index);
        output.Name("delta"u8);
    }

    private static void WriteFragment(ReadOnlySpan<byte> type, ReadOnlySpan<byte> name, JsonText text, JsonOutput to)
    {
        to.BeginObject();
        to.Name("type"u8);
        to.Literal(type);
        to.Name(name);
        to.Text(text);
        to.EndObject();
    }
}
