using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Streams;

/// <summary>
/// The calls of a stream. A call without arguments has no event between its start and its end (<c>cohere-chatv2-sse-toolcall-b436d0</c>),
/// and whole responses contain <c>null</c>. Both become an empty object.
/// </summary>
internal sealed class StreamedCalls
{
    private static readonly JsonText Nothing = JsonText.From("{}");

    // The beginning of the arguments, by index. Calls follow one another, so there are few at a time.
    private readonly Dictionary<long, HeldNull> _open = [];

    public void Start(long index, JsonSlice call, IChatEventSink sink)
    {
        _open[index] = new HeldNull();
        var function = call.Member("function"u8);
        sink.On(new ChatEvent(ChatEventKind.ToolCallStart)
        {
            Part = -1,
            ToolIndex = (int)index,
            Id = call.Member("id"u8).AsText(),
            Name = function.Member("name"u8).AsText(),
        });
        Piece(index, function.Member("arguments"u8).AsText(), sink);
    }

    public void Piece(long index, JsonText arguments, IChatEventSink sink)
    {
        if (!arguments.HasValue) return;
        if (!_open.TryGetValue(index, out var start)) _open.Add(index, start = new HeldNull());
        if (start.TryHold(arguments, out var before)) return;
        if (before.HasValue) Arguments(index, before, sink);
        Arguments(index, arguments, sink);
    }

    public void End(long index, IChatEventSink sink)
    {
        if (!_open.Remove(index, out var start)) return;
        if (!start.HasBegun) Arguments(index, start.Rest is { HasValue: true } rest ? rest : Nothing, sink);
        sink.On(new ChatEvent(ChatEventKind.ToolCallEnd) { Part = -1, ToolIndex = (int)index });
    }

    private static void Arguments(long index, JsonText text, IChatEventSink sink) =>
        sink.On(new ChatEvent(ChatEventKind.ToolCallArguments) { Part = -1, ToolIndex = (int)index, Text = text });
}
