using Nano.Chat;
using Nano.Dialects.OpenAIChat.Streams;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>One choice of a streamed response: its state, and the events for its next piece.</summary>
internal sealed class ChoiceReader(int index)
{
    private readonly StreamedCalls _calls = new();

    public int Index => index;

    public bool IsFinished { get; private set; }

    public void Read(in DeltaMembers delta, IChatEventSink sink)
    {
        Reasoning(delta, sink);
        if (delta.Content.IsText) Say(ChatEventKind.Text, delta.Content.AsText(), sink);
        else if (delta.Content.IsArray) ContentList(delta.Content, sink);
        Say(ChatEventKind.Refusal, delta.Refusal, sink);
        if (delta.ToolCalls.IsArray) ToolCalls(delta.ToolCalls, sink);
        if (delta.FunctionCall.IsObject) Fragment(null, default, delta.FunctionCall, default, sink);
        if (delta.Annotations.IsArray) Annotations(delta.Annotations, sink);
        if (delta.Images.IsArray || delta.Audio.IsObject) Media(delta, sink);
        if (delta.Logprobs.IsObject) sink.On(new ChatEvent(ChatEventKind.Logprobs) { Choice = index, Part = -1, Json = delta.Logprobs });
        if (delta.Finish.HasValue) Finish(delta, sink);
    }

    /// <summary>Reports that the calls are complete.</summary>
    public void EndCalls(IChatEventSink sink)
    {
        for (var i = 0; i < _calls.Count; i++)
        {
            if (!_calls.End(i)) continue;
            Arguments(i, _calls.ArgumentsOf(i).Rest, sink);
            sink.On(new ChatEvent(ChatEventKind.ToolCallEnd) { Choice = index, Part = -1, ToolIndex = i });
        }
    }

    private void Finish(in DeltaMembers delta, IChatEventSink sink)
    {
        IsFinished = true;
        EndCalls(sink);
        var reason = FinishReasons.Read(delta.Finish);
        // A failure is an error, not an end, as in streams (EventReader).
        if (reason == FinishReason.Error) return;
        sink.On(new ChatEvent(ChatEventKind.Finish)
        {
            Choice = index,
            Part = -1,
            Finish = reason,
            NativeFinish = delta.NativeFinish.HasValue ? delta.NativeFinish : delta.Finish,
        });
    }

    /// <summary>Reads the text of details only if no plain member has it: OpenRouter sends both.</summary>
    private void Reasoning(in DeltaMembers delta, IChatEventSink sink)
    {
        Say(ChatEventKind.Reasoning, delta.Reasoning, sink);
        if (!delta.Details.IsArray) return;
        var cursor = new JsonCursor(delta.Details.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var detail = cursor.TakeValue();
            if (!delta.Reasoning.HasValue)
            {
                Say(ChatEventKind.Reasoning, detail.Member("text"u8).AsText(), sink);
                Say(ChatEventKind.Reasoning, detail.Member("summary"u8).AsText(), sink);
            }
            Say(ChatEventKind.ReasoningSignature, detail.Member("signature"u8).AsText(), sink);
            Say(ChatEventKind.ReasoningOpaque, detail.Member("data"u8).AsText(), sink);
        }
    }

    /// <summary>Mistral's content as a list (<c>mistral-chat-sse-think-026859</c>).</summary>
    private void ContentList(JsonSlice content, IChatEventSink sink)
    {
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var part = cursor.TakeValue();
            var type = part.Member("type"u8).AsText();
            if (part.IsText) Say(ChatEventKind.Text, part.AsText(), sink);
            else if (type.Is("text"u8)) Say(ChatEventKind.Text, part.Member("text"u8).AsText(), sink);
            else if (type.Is("thinking"u8)) Thinking(part.Member("thinking"u8), sink);
            else sink.On(new ChatEvent(ChatEventKind.Opaque) { Choice = index, Part = -1, Type = type, Json = part });
        }
    }

    private void Thinking(JsonSlice thinking, IChatEventSink sink)
    {
        if (!thinking.IsArray) return;
        var cursor = new JsonCursor(thinking.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) Say(ChatEventKind.Reasoning, cursor.TakeValue().Member("text"u8).AsText(), sink);
    }

    private void ToolCalls(JsonSlice calls, IChatEventSink sink)
    {
        var cursor = new JsonCursor(calls.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var call = cursor.TakeValue();
            var function = call.Member("function"u8);
            if (!function.IsObject && call.Member("custom"u8).IsObject)
                sink.On(new ChatEvent(ChatEventKind.Opaque) { Choice = index, Part = -1, Type = call.Member("type"u8).AsText(), Json = call });
            else
                Fragment(call.Member("index"u8).AsInt64(), call.Member("id"u8).AsText(), function,
                    call.Member("extra_content"u8).Member("google"u8).Member("thought_signature"u8).AsText(), sink);
        }
    }

    /// <summary>A call starts when its name is known, or when its arguments arrive before a name.</summary>
    private void Fragment(long? at, JsonText id, JsonSlice function, JsonText signature, IChatEventSink sink)
    {
        var name = function.Member("name"u8).AsText();
        var arguments = function.Member("arguments"u8);
        var says = arguments.IsObject || arguments.AsText().HasValue;
        if (!at.HasValue && !id.HasValue && !name.HasValue && !says) return;
        var call = _calls.Find(at, id, name, out _);
        if (call < 0) return;
        if (!_calls.IsStarted(call) && (name.HasValue || says))
            sink.On(new ChatEvent(ChatEventKind.ToolCallStart)
            {
                Choice = index,
                Part = -1,
                ToolIndex = call,
                Id = _calls.Start(call),
                Name = name.IsPresent ? name : new JsonText(default),
                Signature = signature,
            });
        if (arguments.IsObject) sink.On(new ChatEvent(ChatEventKind.ToolCallArguments) { Choice = index, Part = -1, ToolIndex = call, Json = arguments });
        else if (says && !_calls.ArgumentsOf(call).TryHold(arguments.AsText(), out var before))
        {
            Arguments(call, before, sink);
            Arguments(call, arguments.AsText(), sink);
        }
    }

    private void Arguments(int call, JsonText text, IChatEventSink sink)
    {
        if (text.HasValue) sink.On(new ChatEvent(ChatEventKind.ToolCallArguments) { Choice = index, Part = -1, ToolIndex = call, Text = text });
    }

    private void Annotations(JsonSlice annotations, IChatEventSink sink)
    {
        var cursor = new JsonCursor(annotations.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            sink.On(new ChatEvent(ChatEventKind.Citation) { Choice = index, Part = -1, Citation = CitationReader.ReadOne(cursor.TakeValue()) });
    }

    private void Media(in DeltaMembers delta, IChatEventSink sink)
    {
        var parts = new List<ContentPart>();
        var form = default(MessageForm);
        ResponseMediaReader.Read(delta.Audio.IsObject ? delta.Audio : default, delta.Images.IsArray ? delta.Images : default, parts, ref form);
        foreach (var part in parts)
            if (part is MediaPart media) sink.On(new ChatEvent(ChatEventKind.Media) { Choice = index, Part = -1, Media = media });
    }

    private void Say(ChatEventKind kind, JsonText text, IChatEventSink sink)
    {
        if (text.HasValue) sink.On(new ChatEvent(kind) { Choice = index, Part = -1, Text = text });
    }
}
