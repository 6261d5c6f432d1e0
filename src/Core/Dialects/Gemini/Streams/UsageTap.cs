using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.Gemini.Errors;
using Nano.Dialects.Gemini.Responses;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>Observes a Gemini response on the passthrough. An unreadable event is still relayed; a whole body that is not JSON is not complete.</summary>
internal sealed class UsageTap(UsageRules rules) : IUsageTap
{
    private byte[] _model = [];
    private string? _modelText;
    private bool _calledTools;
    private ulong _begun, _finished; // candidates, by index
    private ChoiceFinishes _finishes;
    private bool _isOver;            // by an error, a blocked prompt, or the end of a whole response with a finish reason
    private bool _isTorn;
    private readonly EventShape _shape = new();
    private UsageCounts _counts;  // of the last event that repeats another one
    private bool _repeatsUsage;   // such events have counts
    private bool _hasCounts;      // the usage is not made of them yet
    private JsonSlice _metadata;  // of the event that is read
    private Usage? _usage;

    public Usage? Usage
    {
        get
        {
            if (_hasCounts) _usage = _counts.ToUsage(rules) ?? _usage;
            _hasCounts = false;
            return _usage;
        }
    }

    public FinishReason Finish => _finishes.First;

    public IReadOnlyList<FinishReason>? Finishes => _finishes.All;

    public string? Model => _modelText ??= _model.Length > 0 ? new JsonText(_model).ToString() : null;

    /// <inheritdoc cref="EventReader.IsComplete"/>
    public bool IsComplete => !_isTorn && (_isOver || (_begun != 0 && _begun == _finished));

    public ErrorDetails? Error { get; private set; }

    public void OnBody(ReadOnlyMemory<byte> body)
    {
        try
        {
            var cursor = new JsonCursor(body);
            if (cursor.Token != JsonTokenType.StartArray)
            {
                See(new JsonSlice(body), whole: true);
            }
            else
            {
                while (cursor.NextElement()) See(cursor.TakeValue());
                cursor.ExpectEnd();
            }
            _isOver |= _finished != 0;
        }
        catch (JsonException)
        {
            // The candidates may be complete although the body was truncated after them.
            _isTorn = true;
        }
    }

    public TapVerdict OnEvent(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data)
    {
        if (_shape.Matches(data.Span))
        {
            // All other values equal those of the repeated event.
            if (_repeatsUsage) TakeCounts(data.Span);
            return TapVerdict.Content;
        }
        var isLearning = _shape.TryBegin(data, out var copy);
        try
        {
            if (!See(new JsonSlice(isLearning ? copy : data))) return Error is null ? TapVerdict.Relay : TapVerdict.Error;
            if (isLearning) Learn();
            return TapVerdict.Content;
        }
        catch (JsonException)
        {
            return TapVerdict.Relay;
        }
        finally
        {
            _metadata = default;
        }
    }

    private void Learn()
    {
        _repeatsUsage = _metadata.IsObject;
        if (_repeatsUsage)
        {
            _counts = UsageCounts.Read(_metadata);
            UsageCounts.AddHoles(_metadata, _shape);
        }
        _shape.TryAddHole("\"text\""u8, HoleKind.Padding);
        _shape.Learn();
    }

    private void TakeCounts(ReadOnlySpan<byte> data)
    {
        _counts.Take(data, _shape);
        _hasCounts = true;
    }

    /// <returns>Whether it has content.</returns>
    private bool See(JsonSlice item, bool whole = false)
    {
        var cursor = new JsonCursor(item.Memory);
        cursor.EnterObject();
        var content = false;
        while (cursor.NextMember())
        {
            if (cursor.NameIs("candidates"u8) && cursor.Token == JsonTokenType.StartArray) content |= SeeCandidates(ref cursor);
            else if (cursor.NameIs("usageMetadata"u8))
            {
                _metadata = cursor.TakeValue();
                _usage = UsageCodec.Read(_metadata, rules) ?? Usage;
                _hasCounts = false;
            }
            else if (cursor.NameIs("modelVersion"u8) && cursor.Token == JsonTokenType.String)
            {
                var model = cursor.TakeText();
                if (_model.Length == 0) _model = model.Span.ToArray();
            }
            else if (cursor.NameIs("promptFeedback"u8))
            {
                var feedback = cursor.TakeValue();
                if (!feedback.Member("blockReason"u8).HasValue && !feedback.Member("blockReasonMessage"u8).HasValue) continue;
                _isOver = true;
                if (Finish == FinishReason.None) _finishes.Set(0, FinishReason.ContentFilter);
            }
            else if (cursor.NameIs("error"u8) && !cursor.IsNull)
            {
                cursor.Skip();
                Error = ErrorCodec.Read(item.Span);
                _isOver = true;
            }
            else cursor.Skip();
        }
        if (whole) cursor.ExpectEnd();
        return content && Error is null;
    }

    private bool SeeCandidates(ref JsonCursor cursor)
    {
        var content = false;
        while (cursor.NextElement())
        {
            if (cursor.Token != JsonTokenType.StartObject)
            {
                cursor.Skip();
                continue;
            }
            JsonSlice finish = default;
            var index = 0L;
            while (cursor.NextMember())
            {
                if (cursor.NameIs("finishReason"u8)) finish = cursor.TakeValue();
                else if (cursor.NameIs("index"u8)) index = cursor.TakeValue().AsInt64() ?? 0;
                else if (cursor.NameIs("content"u8))
                {
                    var value = cursor.TakeValue();
                    content |= value.Member("parts"u8).IsArray;
                    if (!_calledTools) _calledTools = value.Span.IndexOf("\"functionCall\""u8) >= 0;
                }
                else cursor.Skip();
            }
            var bit = 1UL << (int)Math.Clamp(index, 0, 63);
            _begun |= bit;
            if (!finish.HasValue) continue;
            _finishes.Set(index, FinishReasons.Read(finish, _calledTools));
            _finished |= bit;
        }
        return content;
    }
}
