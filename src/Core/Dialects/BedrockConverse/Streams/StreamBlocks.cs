using Nano.Chat;
using Nano.Dialects.BedrockConverse.Responses;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Streams;

/// <summary>
/// The blocks of a stream, found by their index. Calls are announced; a text or a piece of reasoning begins with its first fragment
/// (<c>bedrock_text_block_without_start</c>). Sends the start and end of blocks to the sink.
/// </summary>
internal sealed class StreamBlocks
{
    private const int MaxOpen = 1024;

    private static readonly JsonSlice NoArguments = JsonSlice.Constant("{}");

    private readonly List<Block> _open = [];
    private int _tools;

    private readonly record struct Block(int Index, PartKind Kind, int ToolIndex, bool HasArguments);

    /// <summary>Announces a block that is not text: <c>{"toolUse": {...}}</c>, or something of Bedrock's own.</summary>
    public void Start(int index, JsonSlice start, IChatEventSink sink)
    {
        var call = start.Member("toolUse"u8);
        if (call.IsObject && !BlockReader.IsOwnCall(call))
        {
            var tool = _tools++;
            Open(index, PartKind.ToolCall, tool, default, default, sink);
            sink.On(new ChatEvent(ChatEventKind.ToolCallStart)
            {
                Part = index, PartKind = PartKind.ToolCall, ToolIndex = tool, Id = call.Member("toolUseId"u8).AsText(), Name = call.Member("name"u8).AsText(),
            });
            return;
        }
        if (call.IsObject) Open(index, PartKind.Opaque, -1, call.Member("type"u8).AsText(), call, sink);
        else if (First(start, out var name, out var value) && !name.Is("image"u8)) Open(index, PartKind.Opaque, -1, name, value, sink);
    }

    /// <summary>A fragment of the block with this index: opens a block of <paramref name="kind"/> if there is none.</summary>
    public void Continue(int index, PartKind kind, IChatEventSink sink)
    {
        var at = Find(index);
        // One index is one block, but a model may send reasoning and then text with the same index.
        if (at >= 0 && _open[at].Kind != kind && _open[at].Kind is PartKind.Text or PartKind.Reasoning) End(at, sink);
        else if (at >= 0) return;
        Open(index, kind, -1, default, default, sink);
    }

    /// <summary>The call whose arguments a fragment belongs to; -1 if the block is not a call for the caller.</summary>
    public int ToolOf(int index)
    {
        var at = Find(index);
        if (at < 0 || _open[at].Kind != PartKind.ToolCall) return -1;
        _open[at] = _open[at] with { HasArguments = true };
        return _open[at].ToolIndex;
    }

    public bool IsOpaque(int index) => Find(index) is >= 0 and var at && _open[at].Kind == PartKind.Opaque;

    public void Stop(int index, IChatEventSink sink)
    {
        if (Find(index) is >= 0 and var at) End(at, sink);
    }

    public void StopAll(IChatEventSink sink)
    {
        while (_open.Count > 0) End(0, sink);
    }

    private void Open(int index, PartKind kind, int tool, JsonText type, JsonSlice json, IChatEventSink sink)
    {
        if (_open.Count >= MaxOpen)
            throw new DialectException(new GatewayError(GatewayErrorKind.ProviderUnreachable, 502, "The provider's stream opens too many blocks without ending them."));
        Stop(index, sink);
        _open.Add(new Block(index, kind, tool, false));
        sink.On(new ChatEvent(ChatEventKind.PartStart) { Part = index, PartKind = kind, Type = type, Json = json });
    }

    private void End(int at, IChatEventSink sink)
    {
        var block = _open[at];
        _open.RemoveAt(at);
        if (block.Kind == PartKind.ToolCall)
        {
            if (!block.HasArguments) sink.On(new ChatEvent(ChatEventKind.ToolCallArguments) { Part = block.Index, ToolIndex = block.ToolIndex, Json = NoArguments });
            sink.On(new ChatEvent(ChatEventKind.ToolCallEnd) { Part = block.Index, PartKind = PartKind.ToolCall, ToolIndex = block.ToolIndex });
        }
        sink.On(new ChatEvent(ChatEventKind.PartEnd) { Part = block.Index, PartKind = block.Kind });
    }

    private int Find(int index)
    {
        for (var i = 0; i < _open.Count; i++)
            if (_open[i].Index == index) return i;
        return -1;
    }

    private static bool First(JsonSlice value, out JsonText name, out JsonSlice inner)
    {
        (name, inner) = (default, default);
        if (!value.IsObject) return false;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        if (!cursor.NextMember()) return false;
        name = cursor.Name;
        inner = cursor.TakeValue();
        return true;
    }
}
