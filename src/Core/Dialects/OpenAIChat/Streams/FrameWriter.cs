using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>
/// Writes the chunks of a stream that was read from this dialect. The original chunk gives the shape; the events' values
/// (text, arguments, finish) fill it, so that anything a reader missed would be missing here.
/// </summary>
internal sealed class FrameWriter(ResponseContext context, JsonOutput output)
{
    private readonly List<ChatEvent> _events = [];
    private JsonSlice _chunk;
    private JsonText _type;

    public void Begin(in ChatFrame frame)
    {
        (_chunk, _type) = (frame.Json, frame.Type);
        _events.Clear();
    }

    public void On(in ChatEvent item) => _events.Add(item);

    public void End()
    {
        if (!_chunk.IsObject || (!context.StreamUsage && IsUsageOnly())) return;
        if (_type.HasValue)
        {
            output.Bytes("event: "u8);
            output.Bytes(_type.Span);
            output.Bytes("\n"u8);
        }
        output.Bytes("data: "u8);
        output.NewValue();
        output.BeginObject();
        var cursor = new JsonCursor(_chunk.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            output.Name(cursor.Name);
            if (cursor.NameIs("choices"u8) && cursor.Token == JsonTokenType.StartArray) Choices(ref cursor);
            else output.Raw(cursor.TakeValue());
        }
        output.EndObject();
        output.Bytes("\n\n"u8);
        output.NewValue();
        _events.Clear();
    }

    private bool IsUsageOnly()
    {
        var choices = _chunk.Member("choices"u8);
        if (!choices.IsArray || !_chunk.Member("usage"u8).IsObject) return false;
        var cursor = new JsonCursor(choices.Memory);
        return !cursor.NextElement();
    }

    private void Choices(ref JsonCursor cursor)
    {
        output.BeginArray();
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var choice = cursor.TakeValue();
            if (choice.IsObject) Choice(choice, i);
            else output.Raw(choice);
        }
        output.EndArray();
    }

    private void Choice(JsonSlice choice, int ordinal)
    {
        var at = choice.Member("index"u8).AsInt64() is { } index and >= 0 and <= int.MaxValue ? (int)index : ordinal;
        var said = choice.Member("delta"u8).IsObject ? "delta"u8 : "message"u8;
        output.BeginObject();
        var cursor = new JsonCursor(choice.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (cursor.NameIs("finish_reason"u8) && cursor.Token == JsonTokenType.String) Finish(name, cursor.TakeText(), at);
            else
            {
                output.Name(name);
                if (name.Is(said) && cursor.Token == JsonTokenType.StartObject) Delta(ref cursor, at);
                else output.Raw(cursor.TakeValue());
            }
        }
        output.EndObject();
    }

    private void Finish(JsonText name, JsonText word, int choice)
    {
        if (word.HasValue && Next(ChatEventKind.Finish, choice) is not { Finish: not FinishReason.None }) return;
        output.Name(name);
        output.Text(word);
    }

    private void Delta(ref JsonCursor cursor, int choice)
    {
        var reasoned = false;
        output.BeginObject();
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var isText = cursor.Token == JsonTokenType.String && cursor.TakeText().HasValue;
            if (isText && cursor.NameIs("content"u8)) Said(name, ChatEventKind.Text, choice);
            else if (isText && cursor.NameIs("refusal"u8)) Said(name, ChatEventKind.Refusal, choice);
            else if (isText && !reasoned && (cursor.NameIs("reasoning_content"u8) || cursor.NameIs("reasoning"u8)))
            {
                // If both are present, they have the same text, which is written once.
                reasoned = true;
                Said(name, ChatEventKind.Reasoning, choice);
            }
            else
            {
                output.Name(name);
                if (cursor.NameIs("tool_calls"u8) && cursor.Token == JsonTokenType.StartArray) Calls(ref cursor, choice);
                else output.Raw(cursor.TakeValue());
            }
        }
        output.EndObject();
    }

    private void Said(JsonText name, ChatEventKind kind, int choice)
    {
        if (Next(kind, choice) is not { } item) return;
        output.Name(name);
        output.Text(item.Text);
    }

    private void Calls(ref JsonCursor cursor, int choice)
    {
        output.BeginArray();
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var call = cursor.TakeValue();
            if (!call.IsObject)
            {
                output.Raw(call);
                continue;
            }
            output.BeginObject();
            var members = new JsonCursor(call.Memory);
            members.EnterObject();
            while (members.NextMember())
            {
                output.Name(members.Name);
                if (members.NameIs("function"u8) && members.Token == JsonTokenType.StartObject) Function(ref members, choice);
                else output.Raw(members.TakeValue());
            }
            output.EndObject();
        }
        output.EndArray();
    }

    private void Function(ref JsonCursor cursor, int choice)
    {
        output.BeginObject();
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (cursor.NameIs("arguments"u8) && cursor.Token == JsonTokenType.String && cursor.TakeText().HasValue)
                Said(name, ChatEventKind.ToolCallArguments, choice);
            else
            {
                output.Name(name);
                output.Raw(cursor.TakeValue());
            }
        }
        output.EndObject();
    }

    /// <summary>Removes and returns the next event of that kind for that choice.</summary>
    private ChatEvent? Next(ChatEventKind kind, int choice)
    {
        for (var i = 0; i < _events.Count; i++)
        {
            if (_events[i].Kind != kind || _events[i].Choice != choice) continue;
            var item = _events[i];
            _events.RemoveAt(i);
            return item;
        }
        return null;
    }
}
