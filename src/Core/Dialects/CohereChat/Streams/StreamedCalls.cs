using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Streams;

/// <summary>
/// The calls of a stream. A call without arguments has no event between its start and its end (<c>cohere-chatv2-sse-toolcall-b436d0</c>),
/// and whole responses contain <c>null</c>. Both become an empty object, so a fragment that may begin <c>null</c> is held back.
/// </summary>
internal sealed class StreamedCalls
{
    private static readonly JsonText Nothing = JsonText.From("{}");

    // The state of the arguments, by index. Calls follow one another, so there are few at a time.
    private readonly Dictionary<long, State> _open = [];

    private sealed class State
    {
        /// <summary>How many bytes of <c>null</c> are held back.</summary>
        public int Held { get; set; }

        public bool HasArguments { get; set; }
    }

    public void Start(long index, JsonSlice call, IChatEventSink sink)
    {
        _open[index] = new State();
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
        if (!_open.TryGetValue(index, out var state)) _open.Add(index, state = new State());
        if (!state.HasArguments)
        {
            var rest = "null"u8[state.Held..];
            if (rest.StartsWith(arguments.Span))
            {
                state.Held += arguments.Span.Length;
                return;
            }
            if (state.Held > 0) Arguments(index, new JsonText("null"u8[..state.Held].ToArray()), sink);
            state.HasArguments = true;
        }
        Arguments(index, arguments, sink);
    }

    public void End(long index, IChatEventSink sink)
    {
        if (!_open.Remove(index, out var state)) return;
        if (!state.HasArguments) Arguments(index, state.Held is 0 or 4 ? Nothing : new JsonText("null"u8[..state.Held].ToArray()), sink);
        sink.On(new ChatEvent(ChatEventKind.ToolCallEnd) { Part = -1, ToolIndex = (int)index });
    }

    private static void Arguments(long index, JsonText text, IChatEventSink sink) =>
        sink.On(new ChatEvent(ChatEventKind.ToolCallArguments) { Part = -1, ToolIndex = (int)index, Text = text });
}
