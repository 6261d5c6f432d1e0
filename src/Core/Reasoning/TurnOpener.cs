using System.Security.Cryptography;
using Nano.Chat;
using Nano.Json;

namespace Nano.Reasoning;

/// <summary>
/// Opens the state of one turn of the assistant. A client may return it twice, beside the reasoning and in the ids of
/// calls: the state beside the reasoning takes precedence, the ids fill the gaps, and each piece is used once.
/// </summary>
internal sealed class TurnOpener(ChatMessage message, StateSeal seal, string dialect)
{
    private readonly SortedList<int, Piece> _pieces = [];
    private readonly SortedList<int, StateItem> _fromIds = [];
    private readonly List<JsonText> _before = [];
    private int _unopened;
    private bool _hasUnopenedId;
    private bool _isLost;
    private bool _isOpened;

    public void Open(LossReport losses)
    {
        foreach (var part in message.Parts)
        {
            if (part is ReasoningPart { HasState: true } thought) Open(thought);
            else if (part is ToolCallPart call) Open(call);
            // A streaming client may keep reasoning in the pieces it received, with the signature in the last one (Gemini).
            if (part is ReasoningPart { HasState: false, Text.HasValue: true } piece) _before.Add(piece.Text);
            else _before.Clear();
        }
        var filledIn = 0;
        foreach (var item in _fromIds.Values)
        {
            var text = item.CarriesText ? PlainText.Escape(item.Text) : default;
            if (_pieces.TryAdd(item.Ordinal, new Piece(item, text))) filledIn++;
        }
        _isLost |= _unopened > filledIn || (_hasUnopenedId && _pieces.Count == 0);
        // A turn's reasoning belongs together: Anthropic refuses a turn with a missing piece.
        if (_pieces.Count > 0 && _pieces.Keys[^1] != _pieces.Count - 1)
        {
            _pieces.Clear();
            _isLost = true;
        }
        if (_isLost) losses.Drop(StateOpener.Lost);
        _isOpened |= _pieces.Count > 0;
        Rebuild();
    }

    private void Open(ReasoningPart thought)
    {
        if (thought.Signature.HasValue && !TrySignature(thought, thought.Signature)) _unopened++;
        // Responses uses one member for both.
        if (thought.Opaque.HasValue && !TryOpaque(thought) && !TrySignature(thought, thought.Opaque)) _unopened++;
    }

    private bool TrySignature(ReasoningPart thought, JsonText signature)
    {
        if (TryBound(thought.Text, signature) || (_before.Count > 0 && TryBound(JoinedWith(thought.Text), signature))) return true;
        if (One(seal.Open(SealUse.Thought, default, signature.Span)) is not { Kind: StateKind.Signature or StateKind.OfText, TextBound: false } free) return false;
        return Take(free, free.Kind == StateKind.OfText ? default : thought.Text);
    }

    private bool TryBound(JsonText text, JsonText signature)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        using (var plain = new PlainText(text)) SHA256.HashData(plain.Span, digest);
        return One(seal.Open(SealUse.Thought, digest, signature.Span)) is { Kind: StateKind.Signature, TextBound: true } bound && Take(bound, text);
    }

    private JsonText JoinedWith(JsonText last)
    {
        var joined = new List<byte>();
        foreach (var text in _before) joined.AddRange(text.Span);
        joined.AddRange(last.Span);
        return new JsonText(joined.ToArray());
    }

    private bool TryOpaque(ReasoningPart thought) =>
        One(seal.Open(SealUse.Thought, default, thought.Opaque.Span)) is { Kind: StateKind.Opaque } item && Take(item, thought.Text);

    private bool Take(in StateItem item, JsonText text)
    {
        _pieces.TryAdd(item.Ordinal, new Piece(item, text));
        return true;
    }

    private void Open(ToolCallPart call)
    {
        var (id, carried) = CallIds.Split(call.Id);
        var given = call.Signature;
        call.Id = id;
        call.Signature = default;
        if (!carried.HasValue && !given.HasValue) return;
        var bound = CallIds.Bound(id, call.Name);
        if (given.HasValue && One(seal.Open(SealUse.Call, bound, given.Span)) is { Kind: StateKind.OfCall } own) call.Signature = own.Value;
        var fromId = carried.HasValue && carried.Span.Length <= CallIds.MaxLength ? seal.Open(SealUse.CallId, bound, carried.Span) : null;
        ReadOnlyMemory<byte> rest = fromId;
        while (StateItem.TryRead(ref rest, out var item))
        {
            if (item.Kind != StateKind.OfCall) _fromIds.TryAdd(item.Ordinal, item);
            else if (!call.Signature.HasValue) call.Signature = item.Value;
        }
        _isOpened |= call.Signature.HasValue;
        if (call.Signature.HasValue) return;
        if (given.HasValue) _isLost = true;
        // The same state may be beside the reasoning, which is known only when all pieces are open.
        if (carried.HasValue && fromId is null) _hasUnopenedId = true;
    }

    /// <summary>The only item in a seal beside a piece of reasoning or a call.</summary>
    private static StateItem? One(byte[]? opened)
    {
        ReadOnlyMemory<byte> rest = opened;
        return StateItem.TryRead(ref rest, out var item) ? item : null;
    }

    /// <summary>Restores the opened state in its place; reasoning that was only displayed needs no state.</summary>
    private void Rebuild()
    {
        var parts = new List<ContentPart>(message.Parts.Count + _pieces.Count);
        var next = 0;
        while (next < _pieces.Count && IsFirst(_pieces.Values[next].Item)) parts.Add(Thought(_pieces.Values[next++]));
        var calls = 0;
        foreach (var part in message.Parts)
        {
            if (part is ReasoningPart thought && (thought.HasState || _isOpened)) continue;
            if (part is ToolCallPart)
            {
                while (next < _pieces.Count && (IsFirst(_pieces.Values[next].Item) || _pieces.Values[next].Item.Calls <= calls)) parts.Add(Thought(_pieces.Values[next++]));
                calls++;
            }
            parts.Add(part);
        }
        while (next < _pieces.Count) parts.Add(Thought(_pieces.Values[next++]));
        message.Parts.Clear();
        message.Parts.AddRange(parts);
    }

    private static bool IsFirst(in StateItem item) => item.Kind == StateKind.OfText || (item.Calls == 0 && !item.AfterText);

    private ReasoningPart Thought(in Piece piece) => new(dialect)
    {
        Text = piece.Text,
        Signature = piece.Item.Kind == StateKind.Opaque ? default : piece.Item.Value,
        Opaque = piece.Item.Kind == StateKind.Opaque ? piece.Item.Value : default,
        SignsText = piece.Item.Kind == StateKind.OfText,
    };

    private readonly record struct Piece(StateItem Item, JsonText Text);
}
