using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.BedrockConverse.Errors;
using Nano.Dialects.BedrockConverse.Responses;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Streams;

/// <summary>
/// Reads a stream: <c>messageStart</c>, blocks (<c>contentBlockStart</c>, <c>_Delta</c>, <c>_Stop</c>), <c>messageStop</c> and
/// <c>metadata</c>, exceptions anywhere. It is complete when the last two have arrived, in either order
/// (<c>bedrock-converse-evs-partools-88cc47</c>); later events do not belong to the response.
/// </summary>
internal sealed class EventReader(UsageRules rules) : IEventReader
{
    private const string Own = BedrockConverseDialect.DialectName;

    private readonly StreamBlocks _blocks = new();
    private readonly Extras _extras = new(Own);
    private bool _started;
    private bool _stopped;
    private bool _counted;
    private bool _over;
    private GatewayError? _failure;

    public bool IsComplete => _stopped && _counted;

    public void Read(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        if (_over) return;
        var payload = new JsonSlice(data);
        _extras.Clear();
        var name = type.Span;
        if (name.StartsWith("exception "u8))
        {
            sink.BeginFrame(new ChatFrame(Own));
            _over = true;
            sink.On(new ChatEvent(ChatEventKind.Error) { Part = -1, Error = ErrorReader.FromStream(Encoding.UTF8.GetString(name["exception "u8.Length..]), payload) });
            sink.EndFrame();
            return;
        }
        if (!payload.IsObject) throw new JsonException("An event must be an object.");
        sink.BeginFrame(new ChatFrame(Own));
        if (!_started)
        {
            _started = true;
            sink.On(new ChatEvent(ChatEventKind.Start) { Part = -1 });
        }
        if (name.SequenceEqual("contentBlockDelta"u8)) TellDelta(payload, sink);
        else if (name.SequenceEqual("contentBlockStart"u8)) _blocks.Start(IndexOf(payload), payload.Member("start"u8), sink);
        else if (name.SequenceEqual("contentBlockStop"u8)) _blocks.Stop(IndexOf(payload), sink);
        else if (name.SequenceEqual("messageStop"u8)) TellStop(payload, sink);
        else if (name.SequenceEqual("metadata"u8)) TellMetadata(payload, sink);
        else if (!name.SequenceEqual("messageStart"u8)) sink.On(new ChatEvent(ChatEventKind.Opaque) { Part = -1, Type = new JsonText(type), Json = payload });
        if (IsComplete)
        {
            _over = true;
            sink.On(new ChatEvent(ChatEventKind.End) { Part = -1 });
        }
        sink.EndFrame();
    }

    private void TellDelta(JsonSlice payload, IChatEventSink sink)
    {
        // One scan, since there are thousands of these events. The delta may be before or after its index.
        JsonSlice delta = default;
        var index = 0;
        var cursor = new JsonCursor(payload.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("delta"u8)) delta = cursor.TakeValue();
            else if (cursor.NameIs("contentBlockIndex"u8)) index = Index(cursor.TakeValue());
            // "p" pads events so that their lengths reveal nothing.
            else cursor.Skip();
        }
        cursor.ExpectEnd();
        if (!delta.IsObject) throw new JsonException("A delta must be an object.");
        var members = new JsonCursor(delta.Memory);
        members.EnterObject();
        while (members.NextMember())
        {
            var name = members.Name;
            Tell(index, name, members.TakeValue(), sink);
        }
    }

    private void Tell(int index, JsonText name, JsonSlice value, IChatEventSink sink)
    {
        if (name.Is("text"u8) && value.IsText)
        {
            _blocks.Continue(index, PartKind.Text, sink);
            sink.On(new ChatEvent(ChatEventKind.Text) { Part = index, Text = value.AsText() });
        }
        else if (name.Is("toolUse"u8))
        {
            var input = value.Member("input"u8).AsText();
            if (input.HasValue && _blocks.ToolOf(index) is >= 0 and var tool)
                sink.On(new ChatEvent(ChatEventKind.ToolCallArguments) { Part = index, ToolIndex = tool, Text = input });
        }
        else if (name.Is("reasoningContent"u8) && value.IsObject) TellReasoning(index, BlockReader.ReadReasoning(value), sink);
        else if (name.Is("citation"u8) && value.IsObject)
            sink.On(new ChatEvent(ChatEventKind.Citation) { Part = index, Citation = CitationReader.Read(value) });
        else if (name.Is("image"u8) && BlockReader.ReadImage(value) is { } image)
            sink.On(new ChatEvent(ChatEventKind.Media) { Part = index, Media = image });
        else if (!name.Is("type"u8) && !_blocks.IsOpaque(index))
            sink.On(new ChatEvent(ChatEventKind.Opaque) { Part = -1, Type = name, Json = value });
    }

    private void TellReasoning(int index, ReasoningPart reasoning, IChatEventSink sink)
    {
        _blocks.Continue(index, PartKind.Reasoning, sink);
        if (reasoning.Text.HasValue) sink.On(new ChatEvent(ChatEventKind.Reasoning) { Part = index, Text = reasoning.Text });
        if (reasoning.Signature.HasValue) sink.On(new ChatEvent(ChatEventKind.ReasoningSignature) { Part = index, Text = reasoning.Signature });
        if (reasoning.Opaque.HasValue) sink.On(new ChatEvent(ChatEventKind.ReasoningOpaque) { Part = index, Text = reasoning.Opaque });
    }

    private void TellStop(JsonSlice payload, IChatEventSink sink)
    {
        _blocks.StopAll(sink);
        JsonText stop = default;
        var cursor = new JsonCursor(payload.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("stopReason"u8)) stop = cursor.TakeValue().AsText();
            else if (!cursor.NameIs("p"u8)) _extras.Add(cursor.Name, cursor.TakeValue());
            else cursor.Skip();
        }
        // An end needs a reason.
        if (!stop.HasValue) throw new JsonException("The end of a message has no reason.");
        var finish = FinishReasons.Read(stop);
        if (finish == FinishReason.Error)
        {
            // Usually, the usage comes in the next event.
            _failure = FailedFinish.Error(stop.ToString());
            if (_counted) TellFailure(sink);
            return;
        }
        _stopped = true;
        sink.On(new ChatEvent(ChatEventKind.Finish) { Part = -1, Finish = finish, NativeFinish = stop, Extras = _extras });
    }

    private void TellMetadata(JsonSlice payload, IChatEventSink sink)
    {
        JsonSlice usage = default, tier = default;
        var cursor = new JsonCursor(payload.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("usage"u8)) usage = cursor.TakeValue();
            else if (cursor.NameIs("serviceTier"u8)) tier = cursor.TakeValue();
            else if (cursor.NameIs("trace"u8) || cursor.NameIs("performanceConfig"u8))
                sink.On(new ChatEvent(ChatEventKind.Opaque) { Part = -1, Type = cursor.Name, Json = cursor.TakeValue() });
            else cursor.Skip();
        }
        _counted = true;
        if (UsageReader.Read(usage, tier, rules) is { } counts) sink.On(new ChatEvent(ChatEventKind.Usage) { Part = -1, Usage = counts });
        if (_failure is not null) TellFailure(sink);
    }

    private void TellFailure(IChatEventSink sink)
    {
        _over = true;
        sink.On(new ChatEvent(ChatEventKind.Error) { Part = -1, Error = _failure });
    }

    private static int IndexOf(JsonSlice payload) => Index(payload.Member("contentBlockIndex"u8));

    private static int Index(JsonSlice value) =>
        value.AsInt64() is { } index and >= 0 and <= int.MaxValue ? (int)index : throw new JsonException("A block's index must be a whole number.");
}
