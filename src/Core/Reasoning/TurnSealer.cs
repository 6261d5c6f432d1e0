using System.Buffers;
using System.Security.Cryptography;
using Nano.Json;

namespace Nano.Reasoning;

/// <summary>
/// Seals the state of one turn of the assistant, piece by piece in the model's order. Each piece is sealed separately; the
/// pieces before a call are also sealed together into the call's id, as far as they fit.
/// </summary>
internal sealed class TurnSealer(StateSeal seal)
{
    private readonly ArrayBufferWriter<byte> _piece = new();
    private ArrayBufferWriter<byte>? _forCall;
    private bool _isTooMuch;
    private int _pieces;
    private bool _hasText;

    /// <summary>Calls so far.</summary>
    public int Calls { get; private set; }

    /// <summary>Records that the model produced text.</summary>
    public void Say() => _hasText = true;

    /// <summary>For a piece of reasoning whose text is known: opens only beside that text.</summary>
    /// <param name="text">Plain UTF-8, or only its beginning where <paramref name="isWhole"/> is false.</param>
    /// <param name="digest">SHA-256 of the whole text.</param>
    public JsonText Signature(JsonText signature, ReadOnlyMemory<byte> text, bool isWhole, ReadOnlySpan<byte> digest) =>
        Piece(StateKind.Signature, signature, text, isWhole, digest);

    /// <inheritdoc cref="Signature(JsonText, ReadOnlyMemory{byte}, bool, ReadOnlySpan{byte})"/>
    public JsonText Signature(JsonText signature, JsonText text)
    {
        using var plain = new PlainText(text);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(plain.Span, digest);
        var isWhole = plain.Span.Length <= CallIds.MaxLength;
        return Signature(signature, isWhole ? plain.Span.ToArray() : default, isWhole, digest);
    }

    /// <summary>For a piece of reasoning whose text is not sent with it, or for a text of the model.</summary>
    public JsonText Signature(JsonText signature, bool ofText) =>
        Piece(ofText ? StateKind.OfText : StateKind.Signature, signature, default, isWhole: true, default);

    /// <summary>A piece of reasoning that cannot be read.</summary>
    public JsonText Opaque(JsonText opaque) => Piece(StateKind.Opaque, opaque, default, isWhole: true, default);

    /// <summary>A call's id and signature, sealed; unchanged if there is no state.</summary>
    /// <param name="id">May be absent.</param>
    /// <param name="made">The id to use for a call without one.</param>
    public (JsonText Id, JsonText Signature) Call(JsonText id, JsonText name, JsonText signature, Func<int, string> made)
    {
        var ordinal = Calls++;
        var hasPieces = _forCall is { WrittenCount: > 0 } || _isTooMuch;
        if (!hasPieces && !signature.HasValue) return (id, signature);
        if (!id.HasValue) id = JsonText.From(made(ordinal));
        var bound = CallIds.Bound(id, name);
        if (signature.HasValue)
        {
            _piece.ResetWrittenCount();
            new StateItem { Kind = StateKind.OfCall, Calls = ordinal, Value = signature }.WriteTo(_piece);
            signature = seal.Seal(SealUse.Call, bound, _piece.WrittenSpan);
            Keep(_piece.WrittenSpan);
        }
        var isSmall = !_isTooMuch && id.Span.Length + StateSeal.LengthOf(_forCall!.WrittenCount) <= CallIds.MaxLength;
        var carrier = isSmall ? seal.Seal(SealUse.CallId, bound, _forCall!.WrittenSpan, id.Span) : id;
        _forCall?.ResetWrittenCount();
        _isTooMuch = false;
        return (carrier, signature);
    }

    private JsonText Piece(StateKind kind, JsonText value, ReadOnlyMemory<byte> text, bool isWhole, ReadOnlySpan<byte> digest)
    {
        // More pieces than any real response has: the rest are dropped.
        if (_pieces > StateItem.MostOrdinal) return default;
        var item = new StateItem
        {
            Kind = kind, Ordinal = _pieces++, Calls = Calls, AfterText = _hasText, Value = value, TextBound = digest.Length > 0,
        };
        _piece.ResetWrittenCount();
        item.WriteTo(_piece);
        var result = seal.Seal(SealUse.Thought, digest, _piece.WrittenSpan);
        if (digest.Length == 0) Keep(_piece.WrittenSpan);
        else if (!isWhole) _isTooMuch = true;
        else
        {
            _piece.ResetWrittenCount();
            (item with { Text = text, CarriesText = true }).WriteTo(_piece);
            Keep(_piece.WrittenSpan);
        }
        return result;
    }

    private void Keep(ReadOnlySpan<byte> piece)
    {
        _forCall ??= new ArrayBufferWriter<byte>(512);
        if (_forCall.WrittenCount + piece.Length > CallIds.MaxLength) _isTooMuch = true;
        else _forCall.Write(piece);
    }
}
