using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.OpenAIChat.Errors;
using Nano.Dialects.OpenAIChat.Responses;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>Reads a streamed response, chunk by chunk.</summary>
internal sealed class EventReader(UsageRules rules) : IEventReader
{
    private readonly List<ChoiceReader> _choices = [];
    private readonly RepeatedEvent _repeated = new();
    private bool _hasId, _hasModel, _failed, _done;

    /// <summary>
    /// <c>[DONE]</c> followed a choice, or every choice has a finish reason: some providers send no <c>[DONE]</c>
    /// (<c>cerebras-chat-sse-trunc-5773ca</c>), some no reason (<c>snowflake-chat-sse-logprobs-102b09</c>). An error is not an end.
    /// </summary>
    public bool IsComplete => !_failed && (_done || (_choices.Count > 0 && _choices.TrueForAll(c => c.IsFinished)));

    public void Read(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        if (type.IsEmpty && _repeated.Shape.Matches(data.Span))
        {
            _repeated.Tell(data, sink);
            return;
        }
        var text = data.Span.Trim(" \t\r\n"u8);
        if (text.IsEmpty) return;
        if (text.SequenceEqual("[DONE]"u8))
        {
            Done(sink);
            return;
        }
        if (!_repeated.Shape.TryBegin(data, out var copy) || !type.IsEmpty)
        {
            Walk(type, data, sink);
            return;
        }
        Walk(type, copy, _repeated.Record(sink));
        // Only a piece of text or of arguments, like nearly all events of a stream.
        var isPiece = _repeated.Events is
            [{ Kind: ChatEventKind.Text or ChatEventKind.Reasoning or ChatEventKind.Refusal or ChatEventKind.ToolCallArguments, Text.HasValue: true }];
        if (!isPiece) return;
        _repeated.Shape.TryAddHole("\"obfuscation\""u8, HoleKind.Padding);
        _repeated.TryLearn(text: 0);
    }

    private void Walk(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        var frame = new JsonSlice(data);
        var chunk = Chunk.Read(data);
        sink.BeginFrame(new ChatFrame(OpenAIChatDialect.DialectName) { Type = new JsonText(type), Json = frame });
        Start(chunk, sink);
        JsonText failed = default;
        if (chunk.Choices.IsPresent) failed = Choices(chunk.Choices, sink);
        if (chunk.Usage.IsObject)
        {
            var usage = UsageReader.Read(chunk.Usage, rules);
            if (usage.ServiceTier is null && chunk.ServiceTier.HasValue) usage = usage with { ServiceTier = chunk.ServiceTier.ToString() };
            sink.On(new ChatEvent(ChatEventKind.Usage) { Part = -1, Usage = usage });
        }
        // vLLM and Groq use the event name, vLLM's older form the object's type; a null is not an error.
        if (chunk.IsError || type.Span.SequenceEqual("error"u8)) Fail(StreamErrors.Read(frame), sink);
        if (failed.HasValue) Fail(StreamErrors.Of(FailedFinish.Details(failed.ToString())), sink);
        sink.EndFrame();
    }

    private void Done(IChatEventSink sink)
    {
        _done = true;
        sink.BeginFrame(new ChatFrame(OpenAIChatDialect.DialectName));
        foreach (var choice in _choices) choice.EndCalls(sink);
        if (_choices.Count == 0) Fail(StreamErrors.Of(StreamErrors.NoChoice), sink);
        else sink.On(new ChatEvent(ChatEventKind.End) { Part = -1 });
        sink.EndFrame();
    }

    private void Start(in Chunk chunk, IChatEventSink sink)
    {
        // Azure's first chunk has neither (azure-chat-sse-basic-412212).
        var news = (!_hasId && chunk.Id.HasValue) || (!_hasModel && chunk.Model.HasValue);
        if (!news) return;
        _hasId |= chunk.Id.HasValue;
        _hasModel |= chunk.Model.HasValue;
        sink.On(new ChatEvent(ChatEventKind.Start) { Part = -1, Id = chunk.Id, Model = chunk.Model, Json = chunk.Created });
    }

    /// <returns>The finish reason of a choice that failed; absent if none did.</returns>
    private JsonText Choices(JsonSlice choices, IChatEventSink sink)
    {
        JsonText failed = default;
        var cursor = new JsonCursor(choices.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var value = cursor.TakeValue();
            if (!value.IsObject) continue;
            var choice = DeltaMembers.Read(value);
            Find(choice.Index ?? i).Read(choice, sink);
            if (choice.Error.HasValue) Fail(StreamErrors.Read(value), sink);
            if (FinishReasons.Read(choice.Finish) == FinishReason.Error) failed = choice.Finish;
        }
        return failed;
    }

    private ChoiceReader Find(int index)
    {
        foreach (var choice in _choices)
            if (choice.Index == index) return choice;
        // More choices than any caller requests: further ones are merged into the last.
        if (_choices.Count >= 128) return _choices[^1];
        _choices.Add(new ChoiceReader(index));
        return _choices[^1];
    }

    private void Fail(GatewayError error, IChatEventSink sink)
    {
        if (_failed) return;
        _failed = true;
        sink.On(new ChatEvent(ChatEventKind.Error) { Part = -1, Error = error });
    }

    /// <summary>The members of a chunk's outermost object. Their order varies, so they are found first.</summary>
    private readonly ref struct Chunk
    {
        public JsonText Id { get; private init; }
        public JsonText Model { get; private init; }
        public JsonText ServiceTier { get; private init; }
        public JsonSlice Created { get; private init; }
        public JsonSlice Choices { get; private init; }
        public JsonSlice Usage { get; private init; }
        public bool IsError { get; private init; }

        public static Chunk Read(ReadOnlyMemory<byte> data)
        {
            JsonText id = default, model = default, tier = default;
            JsonSlice created = default, choices = default, usage = default, groq = default;
            var isError = false;
            var cursor = new JsonCursor(data);
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                var isText = cursor.Token == JsonTokenType.String;
                if (cursor.NameIs("choices"u8) && cursor.Token == JsonTokenType.StartArray) choices = cursor.TakeValue();
                else if (isText && cursor.NameIs("id"u8)) id = cursor.TakeText();
                else if (isText && cursor.NameIs("model"u8)) model = cursor.TakeText();
                else if (isText && cursor.NameIs("service_tier"u8)) tier = cursor.TakeText();
                else if (isText && cursor.NameIs("object"u8)) isError |= cursor.TakeText().Is("error"u8);
                else if (cursor.Token == JsonTokenType.Number && cursor.NameIs("created"u8)) created = cursor.TakeValue();
                else if (cursor.NameIs("usage"u8)) usage = cursor.TakeValue();
                else if (cursor.NameIs("x_groq"u8)) groq = cursor.TakeValue();
                else
                {
                    isError |= !cursor.IsNull && cursor.NameIs("error"u8);
                    cursor.Skip();
                }
            }
            cursor.ExpectEnd();
            return new Chunk
            {
                Id = id,
                Model = model,
                ServiceTier = tier,
                Created = created,
                Choices = choices,
                Usage = usage.IsObject ? usage : groq.Member("usage"u8),
                IsError = isError,
            };
        }
    }
}
