using System.Buffers;
using System.Security.Cryptography;
using Nano.Chat;
using Nano.Json;

namespace Nano.Reasoning;

/// <summary>
/// Seals the state of a streamed response of another dialect before its writer. Text passes as it arrives; a signature
/// in fragments is gathered until its part ends.
/// </summary>
/// <param name="seed">Seed of the ids for calls without one (<c>ResponseContext.FallbackId</c>).</param>
internal sealed class StreamSealer(StateSeal seal, string seed, IChatEventSink next) : IChatEventSink
{
    private readonly List<Turn> _turns = [];

    // A signature waits for its end.
    private Turn? _waiting;

    public void BeginFrame(in ChatFrame frame) => next.BeginFrame(frame);

    public void EndFrame() => next.EndFrame();

    public void On(in ChatEvent item)
    {
        if (_waiting is not null && !(item.Kind == ChatEventKind.ReasoningSignature && item.Choice == _waiting.Choice && item.Part == _waiting.Part)) Flush();
        switch (item.Kind)
        {
            case ChatEventKind.Reasoning when item.Part >= 0:
                Find(item.Choice).Think(item.Part, item.Text);
                break;
            case ChatEventKind.ReasoningSignature:
                Signature(item);
                return;
            case ChatEventKind.ReasoningOpaque:
                if (item.Text.HasValue) next.On(item with { Text = Find(item.Choice).Sealer.Opaque(item.Text) });
                return;
            case ChatEventKind.ToolCallStart when !item.IsCustom:
                Call(item);
                return;
            case ChatEventKind.Text when item.Text.HasValue:
                Find(item.Choice).Sealer.Say();
                break;
        }
        next.On(item);
    }

    private void Signature(in ChatEvent item)
    {
        if (!item.Text.HasValue) return;
        var turn = Find(item.Choice);
        if (item.Part < 0)
        {
            // Without parts (Gemini) a signature is whole, and its text is not sent with it.
            next.On(item with { Text = turn.Sealer.Signature(item.Text, ofText: item.PartKind is PartKind.Text or PartKind.Media) });
            return;
        }
        turn.Sign(item.Part, item.Text);
        _waiting = turn;
    }

    private void Flush()
    {
        var turn = _waiting!;
        _waiting = null;
        next.On(new ChatEvent(ChatEventKind.ReasoningSignature) { Choice = turn.Choice, Part = turn.Part, PartKind = PartKind.Reasoning, Text = turn.Take() });
    }

    private void Call(in ChatEvent item)
    {
        var choice = item.Choice;
        var (id, signature) = Find(choice).Sealer.Call(item.Id, item.Name, item.Signature, n => CallIds.Make(seed, choice, n));
        next.On(item with { Id = id, Signature = signature });
    }

    private Turn Find(int choice)
    {
        foreach (var turn in _turns)
            if (turn.Choice == choice) return turn;
        _turns.Add(new Turn(choice, new TurnSealer(seal)));
        return _turns[^1];
    }

    /// <summary>One choice's response so far.</summary>
    private sealed class Turn(int choice, TurnSealer sealer)
    {
        private IncrementalHash? _hash;
        private readonly ArrayBufferWriter<byte> _text = new();
        private readonly ArrayBufferWriter<byte> _signature = new();
        private byte[] _held = [];
        private bool _isWhole = true;

        public int Choice { get; } = choice;

        public TurnSealer Sealer { get; } = sealer;

        /// <summary>The part with reasoning or a signature.</summary>
        public int Part { get; private set; } = -1;

        public void Think(int part, JsonText text)
        {
            Begin(part);
            if (!text.HasValue) return;
            // Half a surrogate pair cannot be decoded yet; its other half is in the next fragment.
            if (_held.Length > 0)
            {
                text = new JsonText((byte[])[.. _held, .. text.Span]);
                _held = [];
            }
            if (EndsInHalf(text.Span))
            {
                _held = text.Span[^6..].ToArray();
                text = new JsonText(text.Escaped[..^6]);
            }
            Add(text);
        }

        public void Sign(int part, JsonText signature)
        {
            Begin(part);
            using var plain = new PlainText(signature);
            _signature.Write(plain.Span);
        }

        /// <summary>The sealed signature of the part that ended.</summary>
        public JsonText Take()
        {
            if (_held.Length > 0) Add(new JsonText(_held));
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            if (_hash is null) SHA256.HashData([], digest);
            else _hash.GetHashAndReset(digest);
            var result = Sealer.Signature(PlainText.Escape(_signature.WrittenMemory), _text.WrittenMemory, _isWhole, digest);
            Clear();
            return result;
        }

        private void Begin(int part)
        {
            if (Part == part) return;
            Clear();
            Part = part;
        }

        private void Clear()
        {
            _hash?.Dispose();
            _hash = null;
            _text.ResetWrittenCount();
            _signature.ResetWrittenCount();
            _held = [];
            _isWhole = true;
            Part = -1;
        }

        private void Add(JsonText text)
        {
            using var plain = new PlainText(text);
            (_hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256)).AppendData(plain.Span);
            if (_text.WrittenCount + plain.Span.Length > CallIds.MaxLength) _isWhole = false;
            else if (_isWhole) _text.Write(plain.Span);
        }

        /// <summary><c>\uD83D</c> and the like at the end, not preceded by an escaping backslash.</summary>
        private static bool EndsInHalf(ReadOnlySpan<byte> text)
        {
            if (text.Length < 6 || text[^6] != (byte)'\\' || text[^5] != (byte)'u' || (text[^4] | 0x20) != 'd' || (text[^3] | 0x20) is not ('8' or '9' or 'a' or 'b')) return false;
            var slashes = 0;
            for (var i = text.Length - 7; i >= 0 && text[i] == (byte)'\\'; i--) slashes++;
            return slashes % 2 == 0;
        }
    }
}
