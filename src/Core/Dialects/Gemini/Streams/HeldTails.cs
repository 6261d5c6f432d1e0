using Nano.Dialects.Gemini.Requests;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>
/// The end of each candidate's content: the last character of its text, or the state of its reasoning. It waits for the next event, so
/// that the last event, which has the finish reason, also has a part: chats of npm @google/genai drop a turn with an event without parts
/// (<c>findings/google-genai-chat-history.sh</c>). Not thread safe.
/// </summary>
internal sealed class HeldTails(OpenEvent current, JsonOutput output)
{
    private readonly List<Tail> _tails = [];

    /// <summary>Writes the held end of the previous text, then a candidate's text except its last character.</summary>
    public void Add(int choice, JsonText text, bool isThought)
    {
        var tail = Of(choice);
        if (tail.IsHolding && (tail.IsThought != isThought || tail.Signature is not null)) Write(tail);
        var head = text.Span[..^JsonEscaping.LengthOfLast(text.Span)];
        if (tail.Length > 0 || !head.IsEmpty) WriteText(tail, head, isThought);
        tail.Hold(text.Span[head.Length..], isThought);
    }

    /// <summary>Holds the sealed state of the preceding reasoning.</summary>
    public void AddSignature(int choice, JsonText signature)
    {
        var tail = Of(choice);
        Write(tail);
        tail.Signature = signature.Span.ToArray();
    }

    /// <summary>Writes the held end of a candidate before content that is not text.</summary>
    public void Release(int choice)
    {
        foreach (var tail in _tails)
            if (tail.Choice == choice) Write(tail);
    }

    /// <summary>The candidates with a held end.</summary>
    public IEnumerable<int> Choices() => _tails.Where(tail => tail.IsHolding).Select(tail => tail.Choice);

    private Tail Of(int choice)
    {
        foreach (var tail in _tails)
            if (tail.Choice == choice) return tail;
        _tails.Add(new Tail(choice));
        return _tails[^1];
    }

    private void Write(Tail tail)
    {
        if (tail.Length > 0) WriteText(tail, default, tail.IsThought);
        if (tail.Signature is not { } signature) return;
        tail.Signature = null;
        current.OpenParts(tail.Choice);
        output.BeginObject();
        output.Name("thought"u8);
        output.Boolean(true);
        OwnParts.WriteSignature(new JsonText(signature), 0, output);
        output.EndObject();
    }

    private void WriteText(Tail tail, ReadOnlySpan<byte> text, bool isThought)
    {
        current.OpenParts(tail.Choice);
        output.BeginObject();
        output.Name("text"u8);
        output.BeginText();
        output.Bytes(tail.Take());
        output.Bytes(text);
        output.EndText();
        if (isThought)
        {
            output.Name("thought"u8);
            output.Boolean(true);
        }
        output.EndObject();
    }

    private sealed class Tail(int choice)
    {
        private readonly byte[] _character = new byte[2 * JsonEscaping.UnitLength];

        public int Choice { get; } = choice;

        /// <summary>Length of the held character, in bytes.</summary>
        public int Length { get; private set; }

        public bool IsThought { get; private set; }

        public byte[]? Signature { get; set; }

        public bool IsHolding => Length > 0 || Signature is not null;

        public void Hold(ReadOnlySpan<byte> character, bool isThought)
        {
            character.CopyTo(_character);
            (Length, IsThought) = (character.Length, isThought);
        }

        public ReadOnlySpan<byte> Take()
        {
            var taken = _character.AsSpan(0, Length);
            Length = 0;
            return taken;
        }
    }
}
