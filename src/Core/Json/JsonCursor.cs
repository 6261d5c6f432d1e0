using System.Text.Json;

namespace Nano.Json;

/// <summary>
/// A forward walk over one JSON value that hands out borrowed slices. After <see cref="NextMember"/> or
/// <see cref="NextElement"/> returned true the cursor is on a value, and exactly one of <c>TakeValue</c>,
/// <c>TakeText</c>, <c>Skip</c>, <c>EnterObject</c> (walked to its end) or <c>EnterArray</c> (walked to its end) must use it up.
/// Malformed JSON and a value of the wrong kind raise <see cref="JsonException"/>, which the dialect's entry point turns
/// into an error value.
/// </summary>
internal ref struct JsonCursor
{
    /// <summary>The deepest nesting that is accepted anywhere; deeper is a 400.</summary>
    public const int MaxDepth = 128;

    internal static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Disallow };

    private readonly ReadOnlyMemory<byte> _bytes;
    private Utf8JsonReader _reader;
    private bool _nameEscaped;

    /// <summary>Starts on the first token of <paramref name="json"/>.</summary>
    public JsonCursor(ReadOnlyMemory<byte> json)
    {
        _bytes = json;
        _reader = new Utf8JsonReader(json.Span, ReaderOptions);
        _reader.Read();
    }

    public readonly JsonTokenType Token => _reader.TokenType;

    public readonly bool IsNull => _reader.TokenType == JsonTokenType.Null;

    /// <summary>The name of the member whose value the cursor is on; valid until the value is used up.</summary>
    public JsonText Name { readonly get; private set; }

    /// <summary>Compares the member's decoded name.</summary>
    public readonly bool NameIs(ReadOnlySpan<byte> utf8) => _nameEscaped ? Name.Is(utf8) : Name.Span.SequenceEqual(utf8);

    public readonly void EnterObject() => Expect(JsonTokenType.StartObject, "an object");

    public readonly void EnterArray() => Expect(JsonTokenType.StartArray, "an array");

    /// <summary>Moves to the next member's value; false at the end of the object.</summary>
    public bool NextMember()
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.EndObject) return false;
        var start = (int)_reader.TokenStartIndex + 1;
        Name = new JsonText(_bytes.Slice(start, _reader.ValueSpan.Length));
        _nameEscaped = _reader.ValueIsEscaped;
        _reader.Read();
        return true;
    }

    /// <summary>Moves to the next element; false at the end of the array.</summary>
    public bool NextElement()
    {
        _reader.Read();
        return _reader.TokenType != JsonTokenType.EndArray;
    }

    /// <summary>The whole value under the cursor, with all that it contains.</summary>
    public JsonSlice TakeValue()
    {
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        return new JsonSlice(_bytes[start..(int)_reader.BytesConsumed]);
    }

    /// <summary>The position where the token under the cursor begins, for <see cref="ValueSince"/>.</summary>
    public readonly int Position => (int)_reader.TokenStartIndex;

    /// <summary>The value that began at <paramref name="position"/> and was just read to its end, without a second scan.</summary>
    public readonly JsonSlice ValueSince(int position) => new(_bytes[position..(int)_reader.BytesConsumed]);

    /// <summary>The inside of the string under the cursor; absent for <c>null</c>.</summary>
    public readonly JsonText TakeText()
    {
        if (_reader.TokenType == JsonTokenType.Null) return default;
        Expect(JsonTokenType.String, "a string");
        return new JsonText(_bytes.Slice((int)_reader.TokenStartIndex + 1, _reader.ValueSpan.Length));
    }

    /// <summary>The boolean under the cursor; null for <c>null</c>.</summary>
    public readonly bool? TakeBoolean() => _reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.Null => null,
        _ => throw Unexpected("a boolean"),
    };

    public void Skip() => _reader.Skip();

    /// <summary>Fails when anything but white space follows the value that was read.</summary>
    public void ExpectEnd()
    {
        if (_reader.Read()) throw new JsonException("More than one JSON value.");
    }

    private readonly void Expect(JsonTokenType kind, string what)
    {
        if (_reader.TokenType != kind) throw Unexpected(what);
    }

    private readonly JsonException Unexpected(string what) =>
        new(Name.IsPresent ? $"'{Name}' must be {what}." : $"Expected {what}.");
}
