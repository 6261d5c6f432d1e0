using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Errors;
using Nano.Dialects.OpenAIResponses.Responses;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>
/// Observes a response on the passthrough. Only the events that begin and end it are read; a delta costs a comparison.
/// It never throws: unreadable data is relayed unchanged.
/// </summary>
internal sealed class UsageTap(UsageRules rules) : IUsageTap
{
    private bool _hasCalls;
    private int _events;
    private string? _id;

    public Usage? Usage { get; private set; }

    public FinishReason Finish { get; private set; }

    public string? Model { get; private set; }

    public bool IsComplete { get; private set; }

    public ErrorDetails? Error { get; private set; }

    public StreamPlace Place => new() { Events = _events, Id = _id, Model = Model };

    public void OnBody(ReadOnlyMemory<byte> body)
    {
        try
        {
            var response = ResponseObject.Read(body);
            Take(response, response.IsIncomplete, HasCalls(response.Output));
            if (response.Error.HasValue || response.Status.Is("failed"u8) || !response.IsResponse)
                Error = Failures.Details(response.Error.HasValue ? response.Error : new JsonSlice(body), new JsonSlice(body));
            IsComplete = Error is null;
        }
        catch (JsonException)
        {
            // A body that is not JSON is ignored.
        }
    }

    public TapVerdict OnEvent(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data)
    {
        if (data.Length == 0 || data.Span[0] != (byte)'{' || IsComplete) return TapVerdict.Relay;
        _events++;
        try
        {
            var name = type.Span.StartsWith("response."u8) ? type.Span : new JsonSlice(data).Member("type"u8).AsText().Span;
            return name.EndsWith(".delta"u8) ? TapVerdict.Content : Read(name, data);
        }
        catch (JsonException)
        {
            return TapVerdict.Relay;
        }
    }

    private TapVerdict Read(ReadOnlySpan<byte> name, ReadOnlyMemory<byte> data)
    {
        if (name.SequenceEqual("error"u8) || (!name.StartsWith("response."u8) && new JsonSlice(data).Member("error"u8).HasValue)) return Fail(new JsonSlice(data));
        if (name.SequenceEqual("response.output_item.added"u8))
        {
            var type = new JsonSlice(data).Member("item"u8).Member("type"u8).AsText();
            _hasCalls |= type.Is("function_call"u8) || type.Is("custom_tool_call"u8);
            return TapVerdict.Relay;
        }
        var isIncomplete = name.SequenceEqual("response.incomplete"u8);
        var isEnd = isIncomplete || name.SequenceEqual("response.completed"u8);
        var isFailure = name.SequenceEqual("response.failed"u8) || name.SequenceEqual("response.cancelled"u8);
        if (!isEnd && !isFailure && !name.SequenceEqual("response.created"u8)) return TapVerdict.Relay;
        var json = new JsonSlice(data).Member("response"u8);
        if (!json.IsObject) return TapVerdict.Relay;
        var response = ResponseObject.Read(json.Memory);
        if (isFailure || response.Error.HasValue)
        {
            TakeUsage(response);
            return Fail(response.Error.HasValue ? response.Error : json);
        }
        if (!isEnd)
        {
            Model ??= response.Model.HasValue ? response.Model.ToString() : null;
            _id ??= response.Id.HasValue ? response.Id.ToString() : null;
            return TapVerdict.Relay;
        }
        Take(response, isIncomplete, _hasCalls || HasCalls(response.Output));
        IsComplete = true;
        return TapVerdict.End;
    }

    private void Take(in ResponseObject response, bool isIncomplete, bool hasCalls)
    {
        TakeUsage(response);
        _id ??= response.Id.HasValue ? response.Id.ToString() : null;
        Finish = FinishReasons.Read(isIncomplete, response.IncompleteReason, hasCalls);
    }

    private void TakeUsage(in ResponseObject response)
    {
        if (response.Model.HasValue) Model = response.Model.ToString();
        // What it has used so far is not its usage.
        if (!response.IsPending) Usage = response.ReadUsage(rules, keepMembers: false) ?? Usage;
    }

    private static bool HasCalls(JsonSlice output)
    {
        if (!output.IsArray) return false;
        var cursor = new JsonCursor(output.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var type = cursor.TakeValue().Member("type"u8).AsText();
            if (type.Is("function_call"u8) || type.Is("custom_tool_call"u8)) return true;
        }
        return false;
    }

    private TapVerdict Fail(JsonSlice error)
    {
        Error ??= Failures.Details(error);
        // The event is not relayed: the gateway writes its own.
        _events--;
        return TapVerdict.Error;
    }
}
