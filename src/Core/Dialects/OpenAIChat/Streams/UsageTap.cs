using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.OpenAIChat.Responses;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>
/// Watches chunks that are relayed as bytes. A chunk of content costs a few searches (<see cref="PlainChunk"/>) and no
/// allocation, any other one walk. It never
/// raises: an event that it cannot read is passed on as it is, a whole body that is not JSON is not complete.
/// </summary>
internal sealed class UsageTap(UsageRules rules) : IUsageTap
{
    private ulong _begun, _finished;
    private bool _done, _isTorn;
    private string? _tier;

    public Usage? Usage { get; private set; }

    public FinishReason Finish { get; private set; }

    public string? Model { get; private set; }

    public ErrorDetails? Error { get; private set; }

    /// <inheritdoc cref="EventReader.IsComplete"/>
    public bool IsComplete => Error is null && !_isTorn && (_done || (_begun != 0 && _begun == _finished));

    public void OnBody(ReadOnlyMemory<byte> body)
    {
        try
        {
            Walk(body, whole: true);
            _done = true;
        }
        catch (JsonException)
        {
            // Every choice may have ended before the body was cut off, in the middle of its usage.
            _isTorn = true;
        }
    }

    public TapVerdict OnEvent(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data)
    {
        var span = data.Span;
        if (span.IsEmpty) return TapVerdict.Relay;
        // The first chunks are walked: they say the model and the tier.
        if (Model is not null && type.IsEmpty && PlainChunk.IsContent(span))
        {
            _begun |= 1;
            return TapVerdict.Content;
        }
        if (span[0] != (byte)'{' && span.Trim(" \t\r\n"u8).SequenceEqual("[DONE]"u8))
        {
            _done = true;
            return TapVerdict.End;
        }
        try
        {
            var verdict = Walk(data, whole: false);
            if (verdict == TapVerdict.Error || !type.Span.SequenceEqual("error"u8)) return verdict;
            return Fail(data);
        }
        catch (JsonException)
        {
            return TapVerdict.Relay;
        }
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
        if (hasError || (whole && !hasChoices)) return Fail(json);
        if (Error is not null) return TapVerdict.Error;
        if (hasContent) return TapVerdict.Content;
        return noChoices && hasUsage ? TapVerdict.UsageOnly : TapVerdict.Relay;
    }

    /// <returns>Whether there is one.</returns>
    private bool Choices(ref JsonCursor cursor, bool whole, ref bool hasContent)
    {
        var any = false;
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            any = true;
            if (cursor.Token != JsonTokenType.StartObject)
            {
                cursor.Skip();
                continue;
            }
            var (index, start) = ((long)i, cursor.Position);
            var finish = FinishReason.None;
            bool finished = false, failed = false;
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                if (cursor.Token == JsonTokenType.StartObject && (cursor.NameIs("delta"u8) || cursor.NameIs("message"u8))) hasContent |= Delta(ref cursor);
                else if (cursor.Token == JsonTokenType.Number && cursor.NameIs("index"u8)) index = cursor.TakeValue().AsInt64() ?? i;
                else if (cursor.Token == JsonTokenType.String && cursor.NameIs("finish_reason"u8))
                {
                    var word = cursor.TakeText();
                    if (word.HasValue) (finish, finished) = (FinishReasons.Read(word), true);
                }
                else
                {
                    failed |= !cursor.IsNull && cursor.NameIs("error"u8);
                    cursor.Skip();
                }
            }
            var bit = 1UL << (int)(Math.Clamp(index, 0, 63));
            _begun |= bit;
            if (finished) (Finish, _finished) = (finish, _finished | bit);
            // In a whole response the choice that broke off carries its own error to the caller.
            if (!failed) continue;
            if (whole) Finish = FinishReason.Error;
            else Fail(cursor.ValueSince(start).Memory);
        }
        return any;
    }

    /// <returns>Whether it says anything.</returns>
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

    private TapVerdict Fail(ReadOnlyMemory<byte> json)
    {
        Error ??= ErrorObjectReader.Read(json.Span);
        return TapVerdict.Error;
    }
}
