using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>
/// Splits the text of one choice into reasoning and response text at <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c>. The opening tag
/// counts only at the start of the text; line ends around the tags belong to them. Chunks of a stream may split a tag, so text that
/// may still become one is held back. Works on escaped text, where a server may have written <c>\u003c</c>.
/// Templates that open the reasoning themselves (DeepSeek R1's, Qwen3 Thinking's) leave only the closing tag in the text, on a
/// separate line. That is recognised in a whole response, but not in a stream, whose text is already sent by then.
/// </summary>
/// <param name="isWhole">The first text is complete: the response is not streamed.</param>
internal sealed class ThinkTags(bool isWhole = false)
{
    private enum State
    {
        /// <summary>Only white space so far.</summary>
        Before,
        Inside,
        /// <summary>After the closing tag, at line ends that belong to it.</summary>
        Closing,
        Over,
    }

    private State _state;
    private bool _opening;        // behind the opening tag, at line ends that belong to it
    private byte[] _held = [];    // what may become a tag

    /// <summary>The rest of the text passes unchanged.</summary>
    public bool IsOver => _state == State.Over;

    public bool HasRest => _held.Length > 0;

    /// <param name="isLast">No more text follows, so nothing is held back.</param>
    /// <returns>The parts, and whether they differ from the text.</returns>
    public (JsonText Thought, JsonText Answer, bool Changed) Split(JsonText text, bool isLast)
    {
        var hadRest = HasRest;
        var all = hadRest ? (ReadOnlyMemory<byte>)(byte[])[.. _held, .. text.Span] : text.Escaped;
        _held = [];
        ReadOnlyMemory<byte> thought = default;
        var changed = hadRest;
        if (_state == State.Before) Before(ref all, isLast, ref changed);
        if (_state == State.Inside) thought = Inside(ref all, isLast, ref changed);
        if (_state == State.Closing) SkipLineEnds(ref all, ref changed);
        var answer = HasRest ? default : all;
        if (isLast && _state != State.Inside) _state = State.Over;
        return (new JsonText(thought), new JsonText(answer), changed);
    }

    private void Before(ref ReadOnlyMemory<byte> text, bool isLast, ref bool changed)
    {
        var start = LineEnds(text.Span, blanks: true);
        var tag = Match(text.Span[start..], "<think>"u8);
        if (tag > 0)
        {
            (_state, _opening, changed) = (State.Inside, true, true);
            text = text[(start + tag)..];
        }
        else if (tag < 0 && !isLast)
        {
            // Only blanks, or the start of the tag.
            if (text.Length == 0) return;
            changed = true;
            Hold(ref text, 0);
        }
        else if (isWhole && ClosesAlone(text.Span)) (_state, changed) = (State.Inside, true);
        else _state = State.Over;
    }

    /// <summary>Whether a closing tag is on a separate line, without an opening one before it.</summary>
    private static bool ClosesAlone(ReadOnlySpan<byte> text)
    {
        for (var at = 0; at < text.Length; at += Step(text[at..]))
        {
            if (Match(text[at..], "<think>"u8) > 0) return false;
            var ends = LineEnds(text[at..], blanks: false);
            if (ends == 0) continue;
            var tag = Match(text[(at + ends)..], "</think>"u8);
            if (tag <= 0) continue;
            var rest = text[(at + ends + tag)..];
            return rest.IsEmpty || LineEnds(rest, blanks: false) > 0;
        }
        return false;
    }

    private ReadOnlyMemory<byte> Inside(ref ReadOnlyMemory<byte> text, bool isLast, ref bool changed)
    {
        changed = true;
        if (_opening)
        {
            SkipLineEnds(ref text);
            if (text.Length > 0) _opening = false;
        }
        var span = text.Span;
        for (var at = 0; at < span.Length; at += Step(span[at..]))
        {
            // Line ends before a tag belong to it, so they wait for the next text.
            var ends = LineEnds(span[at..], blanks: false);
            var tag = Match(span[(at + ends)..], "</think>"u8);
            if (tag > 0)
            {
                var thought = text[..at];
                text = text[(at + ends + tag)..];
                _state = State.Closing;
                return thought;
            }
            if (tag >= 0 || isLast) continue;
            var before = text[..at];
            Hold(ref text, at);
            return before;
        }
        var rest = text;
        text = default;
        return rest;
    }

    private void SkipLineEnds(ref ReadOnlyMemory<byte> text, ref bool changed)
    {
        var length = text.Length;
        SkipLineEnds(ref text);
        changed |= text.Length != length;
        if (text.Length > 0) _state = State.Over;
    }

    private static void SkipLineEnds(ref ReadOnlyMemory<byte> text) => text = text[LineEnds(text.Span, blanks: false)..];

    private void Hold(ref ReadOnlyMemory<byte> text, int from)
    {
        _held = text.Span[from..].ToArray();
        text = default;
    }

    /// <summary>Length in bytes of the escaped line ends at the start; with <paramref name="blanks"/> also other white space.</summary>
    private static int LineEnds(ReadOnlySpan<byte> text, bool blanks)
    {
        var at = 0;
        while (at < text.Length)
        {
            var rest = text[at..];
            if (rest.StartsWith("\\n"u8) || rest.StartsWith("\\r"u8) || (blanks && rest.StartsWith("\\t"u8))) at += 2;
            else if (blanks && rest[0] == (byte)' ') at++;
            else break;
        }
        return at;
    }

    /// <summary>Length in bytes of the tag at the text's start; 0 if there is no tag, -1 if the text ends before that is known.</summary>
    private static int Match(ReadOnlySpan<byte> text, ReadOnlySpan<byte> tag)
    {
        var at = 0;
        foreach (var expected in tag)
        {
            if (at == text.Length) return -1;
            var (c, length) = Character(text[at..]);
            if (c < 0) return -1;
            if (c != expected) return 0;
            at += length;
        }
        return at;
    }

    /// <summary>The character at the start, if it is one byte or an escape of one; -1 if the escape is incomplete.</summary>
    private static (int Value, int Length) Character(ReadOnlySpan<byte> text)
    {
        if (text[0] != (byte)'\\') return (text[0], 1);
        if (text.Length < 2) return (-1, 0);
        if (text[1] != (byte)'u') return (text[1] == (byte)'/' ? '/' : '\\', 2);
        if (text.Length < 6) return (-1, 0);
        return System.Buffers.Text.Utf8Parser.TryParse(text.Slice(2, 4), out ushort value, out var used, 'x') && used == 4 ? (value, 6) : ('\\', 2);
    }

    /// <summary>The distance to the next position where a tag, or line ends before one, may begin.</summary>
    private static int Step(ReadOnlySpan<byte> text)
    {
        var first = text[0] == (byte)'\\' ? Math.Min(text.Length, 2) : 1;
        var next = text[first..].IndexOfAny((byte)'<', (byte)'\\');
        return next < 0 ? text.Length : first + next;
    }
}
