using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>Writes an event that was read from this dialect: unchanged, except that its text is the one that was read.</summary>
internal sealed class FrameEcho(JsonOutput output)
{
    private readonly List<JsonText> _said = [];
    private JsonSlice _event;
    private JsonText _type;

    public void Begin(in ChatFrame frame)
    {
        (_event, _type) = (frame.Json, frame.Type);
        _said.Clear();
    }

    public void On(in ChatEvent item)
    {
        if (item.Text.HasValue) _said.Add(item.Text);
    }

    public void End()
    {
        if (!_event.IsObject) return;
        output.Bytes("event: "u8);
        output.Bytes(_type.Span);
        output.Bytes("\ndata: "u8);
        output.NewValue();
        var start = output.Length;
        if (IsKnownDelta()) Delta();
        else output.Raw(_event);
        output.PutOnOneLine(start);
        output.Bytes("\n\n"u8);
        output.NewValue();
    }

    private bool IsKnownDelta() =>
        _type.Is("response.output_text.delta"u8) || _type.Is("response.refusal.delta"u8) || _type.Is("response.function_call_arguments.delta"u8)
        || _type.Is("response.reasoning_summary_text.delta"u8) || _type.Is("response.reasoning_text.delta"u8) || _type.Is("response.custom_tool_call_input.delta"u8);

    private void Delta()
    {
        output.BeginObject();
        var cursor = new JsonCursor(_event.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            // The reader adds a gap before a new paragraph of reasoning, which is not on the wire.
            if (name.Is("delta"u8) && value.AsText().HasValue && _said.Count == 0) continue;
            output.Name(name);
            if (name.Is("delta"u8) && value.AsText().HasValue) output.Text(_said[^1]);
            else output.Raw(value);
        }
        output.EndObject();
    }
}
