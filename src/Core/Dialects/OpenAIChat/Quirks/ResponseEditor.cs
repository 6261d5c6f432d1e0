using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.OpenAIChat.Responses;
using Nano.Dialects.OpenAIChat.Streams;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>
/// Converts a provider's responses and chunks to Chat's form, by its quirks. One instance per response or stream, since text
/// between <c>&lt;think&gt;</c> tags and calls without an index continue over chunks. Everything else is copied unchanged.
/// </summary>
/// <param name="isForReader">See <see cref="IWireQuirks.TryEditResponse"/>.</param>
internal sealed class ResponseEditor(ResponseQuirks quirks, bool isStream, bool isForReader) : IEventEdit
{
    private readonly List<EditedChoice> _choices = [];
    private byte[] _head = [];
    private bool _changed;

    public bool AddsEnd => quirks.EndsWithoutDone;

    public bool TryEdit(ReadOnlyMemory<byte> data, JsonOutput output)
    {
        if (data.IsEmpty || data.Span[0] != (byte)'{') return false;
        if (_head.Length == 0 && MayLackReason) _head = MissingFinish.HeadOf(data);
        var saysReasoning = quirks.ReasoningMember && data.Span.IndexOf("\"reasoning\""u8) >= 0;
        if (!NeedsMore(data.Span))
        {
            if (!saysReasoning) return false;
            if (isStream && TryRename(data.Span, output)) return true;
        }
        _changed = false;
        var before = output.Length;
        try
        {
            Answer(data, output);
            if (_changed) return true;
        }
        catch (JsonException)
        {
            // Other code reports invalid JSON.
        }
        output.TruncateTo(before);
        output.NewValue();
        return false;
    }

    private bool MayLackReason => isStream && !isForReader && quirks.OwnFinishReasons;

    /// <summary>
    /// A finish reason for each choice without one (<c>snowflake-chat-sse-logprobs-102b09</c>), as a whole response gets: npm openai's
    /// <c>.stream()</c> throws at a choice that never finishes.
    /// </summary>
    public void WriteMissing(ulong open, JsonOutput output)
    {
        if (!MayLackReason || _head.Length == 0) return;
        for (var index = 0; open != 0; index++, open >>= 1)
            if ((open & 1) != 0) MissingFinish.Write(_head, index, Find(index), output);
    }

    /// <summary>Whether the chunk may need more than renaming the reasoning: a few vectorised searches, which are enough for most chunks.</summary>
    private bool NeedsMore(ReadOnlySpan<byte> data)
    {
        if (quirks.ContentParts && StartsList(data)) return true;
        if (quirks.LooseCalls && data.IndexOf("\"tool_calls\""u8) >= 0) return true;
        if (quirks.OwnFinishReasons && HasOwnReason(data)) return true;
        return quirks.ThinkTags && (_choices.Count == 0 || _choices.Exists(choice => !choice.Thoughts.IsOver));
    }

    /// <summary>
    /// Handles the usual chunk of reasoning: one delta with one <c>reasoning</c> among plain members. A quote within a string is
    /// escaped, so the name with its quotes and colon is a member's name. In case of doubt the chunk is scanned.
    /// </summary>
    private static bool TryRename(ReadOnlySpan<byte> chunk, JsonOutput output)
    {
        var name = "\"reasoning\":"u8;
        var delta = chunk.IndexOf("\"delta\":{"u8);
        var at = chunk.IndexOf(name);
        if (delta < 0 || at < delta) return false;
        var before = chunk[(delta + "\"delta\":{"u8.Length)..at];
        var rest = chunk[(at + name.Length)..];
        if (before.IndexOfAny("{}[]"u8) >= 0 || rest.IndexOf("\"reasoning\""u8) >= 0 || chunk.IndexOf("\"reasoning_content\""u8) >= 0) return false;
        if (rest.IsEmpty || rest[0] is not ((byte)'"' or (byte)'n')) return false;
        output.Bytes(chunk[..at]);
        output.Bytes("\"reasoning_content\":"u8);
        output.Bytes(rest);
        return true;
    }

    /// <summary>Whether <c>"content"</c> is followed by an array anywhere.</summary>
    private static bool StartsList(ReadOnlySpan<byte> data)
    {
        for (int at; (at = data.IndexOf("\"content\""u8)) >= 0;)
        {
            data = data[(at + "\"content\""u8.Length)..].TrimStart(": \t\r\n"u8);
            if (data.StartsWith("["u8)) return true;
        }
        return false;
    }

    /// <summary>Whether there is a reason that OpenAI does not have; in a whole response also one that is <c>null</c> or absent.</summary>
    private bool HasOwnReason(ReadOnlySpan<byte> data)
    {
        var isAbsent = true;
        for (int at; (at = data.IndexOf("\"finish_reason\""u8)) >= 0;)
        {
            isAbsent = false;
            data = data[(at + "\"finish_reason\""u8.Length)..].TrimStart(": \t\r\n"u8);
            if (data.StartsWith("\""u8))
            {
                var end = data[1..].IndexOf((byte)'"');
                if (end >= 0 && !FinishReasons.IsKnown(data.Slice(1, end))) return true;
            }
            else if (!isStream || !data.StartsWith("null"u8)) return true;
        }
        return isAbsent && !isStream && data.IndexOf("\"choices\""u8) >= 0;
    }

    private void Answer(ReadOnlyMemory<byte> data, JsonOutput output)
    {
        output.BeginObject();
        var cursor = new JsonCursor(data);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            output.Name(cursor.Name);
            if (cursor.NameIs("choices"u8) && cursor.Token == JsonTokenType.StartArray) Choices(ref cursor, output);
            else output.Raw(cursor.TakeValue());
        }
        output.EndObject();
    }

    private void Choices(ref JsonCursor cursor, JsonOutput output)
    {
        output.BeginArray();
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var choice = cursor.TakeValue();
            if (choice.IsObject) Choice(choice, i, output);
            else output.Raw(choice);
        }
        output.EndArray();
    }

    private void Choice(JsonSlice choice, int ordinal, JsonOutput output)
    {
        var state = Find(choice.Member("index"u8).AsInt64() ?? ordinal);
        var finish = choice.Member("finish_reason"u8);
        var reason = finish.AsText();
        var isOwn = quirks.OwnFinishReasons && !FinishReasons.IsKnown(reason.Span) && (finish.HasValue || (!isStream && choice.Member("message"u8).IsObject));
        // Perplexity sends both; the message is all the text so far (perplexity-chat-sse-websearch-2e1e1a).
        var said = isStream && choice.Member("delta"u8).IsObject ? "delta"u8 : "message"u8;
        output.BeginObject();
        var cursor = new JsonCursor(choice.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (isOwn && name.Is("finish_reason"u8)) Reason(choice, reason, state, output);
            else if (name.Is(said) && value.IsObject)
            {
                output.Name(name);
                // Nothing follows a whole response or a chunk with a reason.
                _changed |= new MessageEditor(quirks, state, isStream, isLast: !isStream || reason.HasValue).Write(value, output);
            }
            else
            {
                output.Name(name);
                output.Raw(value);
            }
        }
        if (isOwn && !finish.IsPresent) Reason(choice, reason, state, output);
        output.EndObject();
    }

    private void Reason(JsonSlice choice, JsonText reason, EditedChoice state, JsonOutput output)
    {
        _changed = true;
        output.Name("finish_reason"u8);
        var hasCalls = state.Calls.Count > 0 || choice.Member("message"u8).Member("tool_calls"u8) is { IsArray: true, Span.Length: > 2 };
        var hasNative = choice.Member("native_finish_reason"u8).IsPresent;
        if (reason.IsEmpty)
        {
            // Snowflake's reason is empty (snowflake-chat-one-logprobs-69bcb0), others' are null: in a stream it means "not yet", in a whole response the end.
            // The same for a value that is not a string, of which the provider's own value is kept.
            if (isStream) output.Null();
            else output.Literal(FinishReasons.Word(FinishReasons.Read(choice.Member("native_finish_reason"u8).AsText()), hasCalls));
            var own = choice.Member("finish_reason"u8);
            if (hasNative || !own.HasValue || own.AsText().IsPresent) return;
            output.Name("native_finish_reason"u8);
            output.Raw(own);
            return;
        }
        var read = FinishReasons.Read(reason);
        if (isForReader && read == FinishReason.Error)
        {
            output.Text(reason);
            return;
        }
        output.Literal(FinishReasons.Word(read, hasCalls));
        if (hasNative) return;
        output.Name("native_finish_reason"u8);
        output.Text(reason);
    }

    private EditedChoice Find(long index)
    {
        foreach (var choice in _choices)
            if (choice.Index == index) return choice;
        // More choices than any caller requests: further ones are merged into the last.
        if (_choices.Count >= 128) return _choices[^1];
        _choices.Add(new EditedChoice(index, !isStream));
        return _choices[^1];
    }
}

/// <summary>The state of one choice of a stream that edits need.</summary>
internal sealed class EditedChoice(long index, bool isWhole)
{
    public long Index => index;

    public ThinkTags Thoughts { get; } = new(isWhole);

    public StreamedCalls Calls { get; } = new();

    /// <summary>The indexes of calls whose provider sent no id with the name, so the gateway generated one.</summary>
    public HashSet<int> MadeIds { get; } = [];
}
