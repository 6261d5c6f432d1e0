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
    private readonly ReadOnlySpan<byte> _text; // the same
    private JsonTokenType _token;
    private int _start, _end; // of the token
    private int _depth; // of the objects and arrays that the cursor is in, with the one whose bracket is the token
    private int _nameStart, _nameLength; // without quotes
    private bool _nameEscaped;

    /// <summary>Starts on the first token of <paramref name="json"/>.</summary>
    public JsonCursor(ReadOnlyMemory<byte> json)
    {
        _bytes = json;
        _text = json.Span;
        Take(JsonScanner.SkipSpace(_text, 0));
    }

    public readonly JsonTokenType Token => _token;

    public readonly bool IsNull => _token == JsonTokenType.Null;

    /// <summary>The name of the member whose value the cursor is on; valid until the value is used up.</summary>
    public readonly JsonText Name => _nameStart > 0 ? new JsonText(_bytes.Slice(_nameStart, _nameLength)) : default;

    /// <summary>Compares the member's decoded name.</summary>
    public readonly bool NameIs(ReadOnlySpan<byte> utf8)
    {
        var name = _text.Slice(_nameStart, _nameLength);
        return name.SequenceEqual(utf8) || (_nameEscaped && JsonEscaping.Is(name, utf8));
    }

    /// <summary>The member's name has no half of a surrogate pair.</summary>
    public readonly bool IsNameText => !_nameEscaped || JsonEscaping.IndexOfHalf(_text.Slice(_nameStart, _nameLength)) < 0;

    public readonly void EnterObject() => Expect(JsonTokenType.StartObject, "an object");

    public readonly void EnterArray() => Expect(JsonTokenType.StartArray, "an array");

    /// <summary>Moves to the next member's value; false at the end of the object.</summary>
    public bool NextMember()
    {
        if (!MoveTo(JsonTokenType.StartObject, JsonTokenType.EndObject, isObject: true)) return false;
        _nameStart = _start + 1;
        var value = JsonScanner.SkipName(_text, _start, out _nameLength, out _nameEscaped);
        Take(value);
        return true;
    }

    /// <summary>Moves to the next element; false at the end of the array.</summary>
    public bool NextElement()
    {
        if (!MoveTo(JsonTokenType.StartArray, JsonTokenType.EndArray, isObject: false)) return false;
        Take(_start);
        return true;
    }

    /// <summary>The whole value under the cursor, with all that it contains.</summary>
    public JsonSlice TakeValue()
    {
        var range = TakeRange();
        return new JsonSlice(_bytes[range]);
    }

    /// <summary>Where the value under the cursor is in the JSON, with all that it contains.</summary>
    public Range TakeRange()
    {
        var start = _start;
        Skip();
        return start.._end;
    }

    /// <summary>The position where the token under the cursor begins, for <see cref="ValueSince"/>.</summary>
    public readonly int Position => _start;

    /// <summary>The value that began at <paramref name="position"/> and was just read to its end, without a second scan.</summary>
    public readonly JsonSlice ValueSince(int position) => new(_bytes[position.._end]);

    /// <summary>The inside of the string under the cursor; absent for <c>null</c>.</summary>
    public readonly JsonText TakeText()
    {
        if (_token == JsonTokenType.Null) return default;
        Expect(JsonTokenType.String, "a string");
        return new JsonText(_bytes[(_start + 1)..(_end - 1)]);
    }

    /// <summary>The boolean under the cursor; null for <c>null</c>.</summary>
    public readonly bool? TakeBoolean() => _token switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.Null => null,
        _ => throw Unexpected("a boolean"),
    };

    public void Skip()
    {
        if (_token is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return;
        var isObject = _token == JsonTokenType.StartObject;
        _end = JsonScanner.SkipContainer(_text, _end, isObject, _depth);
        Close(isObject ? JsonTokenType.EndObject : JsonTokenType.EndArray);
    }

    /// <summary>Fails when anything but white space follows the value that was read.</summary>
    public void ExpectEnd()
    {
        if (!JsonScanner.IsEnd(_text, _end)) throw new JsonException("More than one JSON value.");
    }

    /// <summary>Moves the position to the next item of the object or array that the cursor is in; false at its end, which is then the token.</summary>
    private bool MoveTo(JsonTokenType open, JsonTokenType close, bool isObject)
    {
        _start = JsonScanner.SkipSpace(_text, _end);
        var isFirst = _token == open;
        if (isFirst ? _text[_start] != (isObject ? '}' : ']') : JsonScanner.NextIs(_text, ref _start, isObject)) return true;
        _end = _start + 1;
        Close(close);
        return false;
    }

    private void Close(JsonTokenType end)
    {
        _token = end;
        _depth--;
    }

    /// <summary>Reads the token that begins at <paramref name="start"/>.</summary>
    private void Take(int start)
    {
        _start = start;
        var first = _text[start];
        if (first is (byte)'{' or (byte)'[')
        {
            _token = first == '{' ? JsonTokenType.StartObject : JsonTokenType.StartArray;
            _depth = JsonScanner.Deeper(_depth);
            _end = start + 1;
            return;
        }
        _end = JsonScanner.SkipScalar(_text, start);
        _token = first switch
        {
            (byte)'"' => JsonTokenType.String,
            (byte)'t' => JsonTokenType.True,
            (byte)'f' => JsonTokenType.False,
            (byte)'n' => JsonTokenType.Null,
            _ => JsonTokenType.Number,
        };
    }

    private readonly void Expect(JsonTokenType kind, string what)
    {
        if (_token != kind) throw Unexpected(what);
    }

    private readonly JsonException Unexpected(string what) =>
        new(Name.IsPresent ? $"'{Name}' must be {what}." : $"Expected {what}.");
}
