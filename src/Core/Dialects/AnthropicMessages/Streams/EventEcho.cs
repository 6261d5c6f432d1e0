using Nano.Chat;
using Nano.Dialects.AnthropicMessages.Errors;
using Nano.Dialects.AnthropicMessages.Responses;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Streams;

/// <summary>Writes the frame that <see cref="EventReader"/> read from one event as one event again.</summary>
internal sealed class EventEcho(JsonOutput output)
{
    private const string Own = AnthropicMessagesDialect.DialectName;

    private enum State
    {
        /// <summary>Nothing is written yet, or the event is complete.</summary>
        Outside,
        /// <summary>Inside of the event's object.</summary>
        Event,
        /// <summary>Inside of <c>message</c>, in <c>content</c>.</summary>
        Content,
        /// <summary>Inside of <c>message</c>, after <c>content</c>.</summary>
        Message,
    }

    private State _state;
    private JsonText _type;
    private Extras? _extras;

    public void Begin(in ChatFrame frame)
    {
        _type = frame.Type;
        _extras = frame.Extras;
        _state = State.Outside;
    }

    public void On(in ChatEvent item)
    {
        switch (item.Kind)
        {
            case ChatEventKind.Start:
                Open();
                BeginMessage(item);
                break;
            case ChatEventKind.PartStart when item.Type.Is("redacted_thinking"u8) && _state == State.Outside:
                // Its data follows, sealed if it is for a caller.
                break;
            case ChatEventKind.ReasoningOpaque when _state == State.Outside:
                Open();
                Index(item.Part);
                output.Name("content_block"u8);
                ResponseBlocks.WriteRedacted(item.Text, output);
                break;
            case ChatEventKind.ReasoningSignature when !_type.Is("content_block_delta"u8):
                WriteSealed(item);
                break;
            case ChatEventKind.PartStart when _state == State.Content:
                SseJson.Raw(item.Json, output);
                break;
            case ChatEventKind.PartStart:
                Open();
                Index(item.Part);
                output.Name("content_block"u8);
                SseJson.Raw(item.Json, output);
                break;
            case ChatEventKind.PartEnd when _state == State.Outside && _type.Is("content_block_stop"u8):
                Open();
                Index(item.Part);
                break;
            case ChatEventKind.Finish:
                WriteFinish(item);
                break;
            case ChatEventKind.Usage:
                CloseContent();
                output.Name("usage"u8);
                SseJson.Raw(item.Json, output);
                break;
            case ChatEventKind.Ping or ChatEventKind.End:
                Open();
                break;
            case ChatEventKind.Error:
                ErrorCodec.WriteEvent(item.Error!, output);
                break;
            case ChatEventKind.Opaque when item.PartKind != PartKind.Opaque:
                output.Bytes("event: "u8);
                output.Bytes(_type.Span);
                output.Bytes("\ndata: "u8);
                output.NewValue();
                SseJson.Raw(item.Json, output);
                output.Bytes("\n\n"u8);
                break;
            default:
                if (_type.Is("content_block_delta"u8)) WriteDelta(item);
                break;
        }
    }

    public void End()
    {
        if (_state == State.Outside) return;
        if (_state is State.Content or State.Message)
        {
            CloseContent();
            output.EndObject();
        }
        WriteExtras(_extras);
        SseJson.End(output);
        _state = State.Outside;
    }

    private void Open()
    {
        SseJson.Begin(_type.Span, output);
        _state = State.Event;
    }

    private void BeginMessage(in ChatEvent item)
    {
        output.Name("message"u8);
        output.BeginObject();
        if (item.Id.IsPresent)
        {
            output.Name("id"u8);
            output.Text(item.Id);
        }
        if (item.Model.IsPresent)
        {
            output.Name("model"u8);
            output.Text(item.Model);
        }
        WriteExtras(item.Extras);
        output.Name("content"u8);
        output.BeginArray();
        _state = State.Content;
    }

    private void CloseContent()
    {
        if (_state != State.Content) return;
        output.EndArray();
        _state = State.Message;
    }

    private void WriteFinish(in ChatEvent item)
    {
        var inMessage = _state == State.Content;
        CloseContent();
        if (!inMessage)
        {
            Open();
            output.Name("delta"u8);
            output.BeginObject();
        }
        if (item.NativeFinish.IsPresent)
        {
            output.Name("stop_reason"u8);
            output.Text(item.NativeFinish);
        }
        if (item.Text.IsPresent)
        {
            output.Name("stop_sequence"u8);
            output.Text(item.Text);
        }
        if (inMessage) return;
        WriteExtras(item.Extras);
        output.EndObject();
    }

    /// <summary>Writes a gathered and sealed signature, which arrives after its own events, as a separate event.</summary>
    private void WriteSealed(in ChatEvent item)
    {
        SseJson.Begin("content_block_delta"u8, output);
        Index(item.Part);
        output.Name("delta"u8);
        output.BeginObject();
        Fragment("signature_delta"u8, "signature"u8, item.Text);
        output.EndObject();
        SseJson.End(output);
    }

    private void WriteDelta(in ChatEvent item)
    {
        Open();
        Index(item.Part);
        output.Name("delta"u8);
        if (item.Kind == ChatEventKind.Opaque)
        {
            SseJson.Raw(item.Json, output);
            return;
        }
        output.BeginObject();
        switch (item.Kind)
        {
            case ChatEventKind.Text:
                Fragment("text_delta"u8, "text"u8, item.Text);
                break;
            case ChatEventKind.Reasoning:
                Fragment("thinking_delta"u8, "thinking"u8, item.Text);
                break;
            case ChatEventKind.ReasoningSignature:
                Fragment("signature_delta"u8, "signature"u8, item.Text);
                break;
            case ChatEventKind.ToolCallArguments:
                Fragment("input_json_delta"u8, "partial_json"u8, item.Text);
                break;
            case ChatEventKind.Citation:
                output.Name("type"u8);
                output.Literal("citations_delta"u8);
                output.Name("citation"u8);
                SseJson.Raw(item.Citation!.Native, output);
                break;
        }
        WriteExtras(item.Extras);
        output.EndObject();
    }

    private void Fragment(ReadOnlySpan<byte> type, ReadOnlySpan<byte> name, JsonText text)
    {
        output.Name("type"u8);
        output.Literal(type);
        output.Name(name);
        output.Text(text);
    }

    private void Index(int index)
    {
        if (index < 0) return;
        output.Name("index"u8);
        output.Number(index);
    }

    private void WriteExtras(Extras? extras)
    {
        if (extras is null || extras.Origin != Own) return;
        foreach (var member in extras.Members)
        {
            output.Name(member.Name);
            SseJson.Raw(member.Value, output);
        }
    }
}
