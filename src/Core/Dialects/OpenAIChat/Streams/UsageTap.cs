using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.OpenAIChat.Errors;
using Nano.Dialects.OpenAIChat.Responses;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>
/// Observes chunks on the passthrough. A chunk of content costs a few searches (<see cref="PlainChunk"/>) and no
/// allocation, any other chunk one scan. It never throws: an unreadable event is relayed unchanged; a whole body that is
/// not JSON is not complete.
/// </summary>
internal sealed class UsageTap(UsageRules rules) : IUsageTap
{
    private ulong _begun, _finished;
    private ChoiceFinishes _finishes;
    private bool _done, _isTorn;
    private string? _tier, _failure;
    private readonly EventShape _shape = new();

    public Usage? Usage { get; private set; }

    public FinishReason Finish => _finishes.First;

    public IReadOnlyList<FinishReason>? Finishes => _finishes.All;

    public string? Model { get; private set; }

    public ErrorDetails? Error { get; private set; }

    /// <inheritdoc cref="EventReader.IsComplete"/>
    public bool IsComplete => Error is null && !_isTorn && (_done || (_begun != 0 && _begun == _finished));

    public ulong OpenChoices => _begun & ~_finished;

    public void OnBody(ReadOnlyMemory<byte> body)
    {
        try
        {
            Walk(body, whole: true);
            _done = true;
        }
        catch (JsonException)
        {
            // All choices may be complete although the body was truncated, for example in its usage.
            _isTorn = true;
        }
    }

    public TapVerdict OnEvent(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data)
    {
        var span = data.Span;
        if (span.IsEmpty) return TapVerdict.Relay;
        // The first chunks are scanned for the model and the tier.
        if (Model is not null && type.IsEmpty)
        {
            if (_shape.Matches(span)) return TapVerdict.Content;
            if (PlainChunk.IsContent(span, out var member))
            {
                _begun |= 1;
                if (_shape.TryBegin(data, out _)) Learn(member);
                return TapVerdict.Content;
            }
        }
        if (span[0] != (byte)'{' && span.Trim(" \t\r\n"u8).SequenceEqual("[DONE]"u8))
        {
            _done = true;
            return _begun == 0 ? Fail(StreamErrors.NoChoice) : TapVerdict.End;
        }
        try
        {
            var verdict = Walk(data, whole: false);
            if (verdict == TapVerdict.Error || !type.Span.SequenceEqual("error"u8)) return verdict;
            return Fail(ErrorObjectReader.Read(data.Span));
        }
        catch (JsonException)
        {
            return TapVerdict.Relay;
        }
    }

    private void Learn(ReadOnlySpan<byte> member)
    {
        if (!_shape.TryAddHole(member, HoleKind.Text)) return;
        _shape.TryAddHole("\"obfuscation\""u8, HoleKind.Padding);
        _shape.Learn();
    }

    private TapVerdict Walk(ReadOnlyMemory<byte> json, bool whole)
    {
        bool hasContent = false, hasError = false, noChoices = false, hasChoices = false, hasUsage = false;
        var cursor = new JsonCursor(json);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            switch (cursor.Token)
            {
                case JsonTokenType.StartArray when cursor.NameIs("choices"u8):
                    hasChoices = true;
                    noChoices = !Choices(ref cursor, whole, ref hasContent);
                    break;
                case JsonTokenType.StartObject when cursor.NameIs("usage"u8):
                    hasUsage = true;
                    Usage = UsageReader.Read(cursor.TakeValue(), rules);
                    break;
                case JsonTokenType.StartObject when cursor.NameIs("x_groq"u8):
                    if (cursor.TakeValue().Member("usage"u8) is { IsObject: true } usage && !hasUsage) Usage = UsageReader.Read(usage, rules);
                    break;
                case JsonTokenType.String when Model is null && cursor.NameIs("model"u8):
                    if (cursor.TakeText() is { HasValue: true } model) Model = model.ToString();
                    break;
                case JsonTokenType.String when _tier is null && cursor.NameIs("service_tier"u8):
                    if (cursor.TakeText() is { HasValue: true } tier) _tier = tier.ToString();
                    break;
                case JsonTokenType.String when cursor.NameIs("object"u8):
                    hasError |= cursor.TakeText().Span.SequenceEqual("error"u8);
                    break;
                default:
                    hasError |= !cursor.IsNull && cursor.NameIs("error"u8);
                    cursor.Skip();
                    break;
            }
        }
        if (whole) cursor.ExpectEnd();
        if (hasUsage && _tier is not null && Usage is { ServiceTier: null }) Usage = Usage with { ServiceTier = _tier };
        if (hasError) return Fail(ErrorObjectReader.Read(json.Span));
        if (Error is null && _failure is not null) Fail(FailedFinish.Details(_failure));
        if (whole && !hasChoices) return Fail(ErrorObjectReader.Read(json.Span));
        if (whole && noChoices) return Fail(StreamErrors.NoChoice);
        if (Error is not null) return TapVerdict.Error;
        if (hasContent) return TapVerdict.Content;
        return noChoices && hasUsage ? TapVerdict.UsageOnly : TapVerdict.Relay;
    }

    /// <returns>Whether there is one.</returns>
    private bool Choices(ref JsonCursor cursor, bool whole, ref bool hasContent)
    {
        int count = 0, failures = 0, empty = 0;
        ErrorDetails? error = null;
        cursor.EnterArray();
        for (; cursor.NextElement(); count++)
        {
            if (cursor.Token != JsonTokenType.StartObject)
            {
                cursor.Skip();
                empty++;
                continue;
            }
            var (index, start) = ((long)count, cursor.Position);
            var finish = FinishReason.None;
            bool finished = false, failed = false, hasMessage = false;
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                if (cursor.Token == JsonTokenType.StartObject && (cursor.NameIs("delta"u8) || cursor.NameIs("message"u8)))
                {
                    hasMessage = true;
                    hasContent |= Delta(ref cursor);
                }
                else if (cursor.Token == JsonTokenType.Number && cursor.NameIs("index"u8)) index = cursor.TakeValue().AsInt64() ?? index;
                else if (cursor.Token == JsonTokenType.String && cursor.NameIs("finish_reason"u8))
                {
                    var word = cursor.TakeText();
                    if (!word.HasValue) continue;
                    (finish, finished) = (FinishReasons.Read(word), true);
                    if (finish == FinishReason.Error) _failure ??= word.ToString();
                }
                else
                {
                    failed |= !cursor.IsNull && cursor.NameIs("error"u8);
                    cursor.Skip();
                }
            }
            var bit = 1UL << (int)(Math.Clamp(index, 0, 63));
            _begun |= bit;
            if (finished) _finished |= bit;
            // The other choices are usable; the failed one contains its own error for the caller.
            _finishes.Set(index, whole && failed ? FinishReason.Error : finish);
            if (failed || finish == FinishReason.Error) failures++;
            // Azure omits the message of a choice that its filter withheld.
            else if (!hasMessage && finish is not (FinishReason.ContentFilter or FinishReason.Refusal)) empty++;
            if (failed) error ??= ErrorObjectReader.Read(cursor.ValueSince(start).Span);
        }
        if (!whole) Error ??= error;
        else if (count > 0 && failures == count) Error ??= error;
        else
        {
            _failure = null;
            if (count > 0 && failures + empty == count) Error ??= error ?? StreamErrors.NoMessage;
        }
        return count > 0;
    }

    /// <returns>Whether it has content.</returns>
    private static bool Delta(ref JsonCursor cursor)
    {
        var says = false;
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (says || cursor.Token is JsonTokenType.Null || cursor.NameIs("role"u8))
            {
                cursor.Skip();
                continue;
            }
            var known = cursor.NameIs("content"u8) || cursor.NameIs("reasoning_content"u8) || cursor.NameIs("reasoning"u8)
                || cursor.NameIs("tool_calls"u8) || cursor.NameIs("refusal"u8) || cursor.NameIs("reasoning_details"u8)
                || cursor.NameIs("function_call"u8) || cursor.NameIs("audio"u8) || cursor.NameIs("images"u8);
            if (!known) cursor.Skip();
            else if (cursor.Token == JsonTokenType.String) says = cursor.TakeText().HasValue;
            else says = cursor.TakeValue().Span.Length > 2;
        }
        return says;
    }

    private TapVerdict Fail(ErrorDetails error)
    {
        Error ??= error;
        return TapVerdict.Error;
    }
}
