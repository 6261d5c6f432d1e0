using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Nano.Json;

/// <summary>
/// One whole JSON value as its original bytes: validated, borrowed, never re-encoded. It is valid as long as the
/// request body or event that it points into; nothing may store it. <c>default</c> is "absent", which is not <c>null</c>.
/// </summary>
internal readonly struct JsonSlice(ReadOnlyMemory<byte> bytes)
{
    public ReadOnlyMemory<byte> Memory { get; } = bytes;

    public ReadOnlySpan<byte> Span => Memory.Span;

    /// <summary>False for <c>default</c>: the member was missing.</summary>
    public bool IsPresent => Memory.Length > 0;

    public bool IsNull => First == (byte)'n';

    /// <summary>Present and not the literal <c>null</c>.</summary>
    public bool HasValue => Memory.Length > 0 && First != (byte)'n';

    public bool IsObject => First == (byte)'{';

    public bool IsArray => First == (byte)'[';

    public bool IsText => First == (byte)'"';

    public bool IsTrue => First == (byte)'t';

    public bool IsFalse => First == (byte)'f';

    public bool IsNumber => First is (byte)'-' or (>= (byte)'0' and <= (byte)'9');

    private byte First => Memory.Length > 0 ? Memory.Span[0] : (byte)0;

    /// <summary>The inside of a JSON string; absent when this is not a string.</summary>
    public JsonText AsText() => IsText ? new JsonText(Memory[1..^1]) : default;

    /// <summary>An integral number (<c>5</c>, also <c>5.0</c> and <c>5e0</c>), or null when it is not one.</summary>
    public long? AsInt64()
    {
        if (!IsNumber) return null;
        if (Utf8Parser.TryParse(Span, out long whole, out var used) && used == Span.Length) return whole;
        return AsDouble() is { } d && d == Math.Floor(d) && Math.Abs(d) < 9e15 ? (long)d : null;
    }

    public double? AsDouble() =>
        IsNumber && Utf8Parser.TryParse(Span, out double value, out var used) && used == Span.Length ? value : null;

    public bool? AsBoolean() => First switch { (byte)'t' => true, (byte)'f' => false, _ => null };

    /// <summary>A member of this object by its exact name; absent when there is none or this is not an object.</summary>
    public JsonSlice Member(ReadOnlySpan<byte> name)
    {
        if (!IsObject) return default;
        var cursor = new JsonCursor(Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs(name)) return cursor.TakeValue();
            cursor.Skip();
        }
        return default;
    }

    /// <summary>A slice over constant JSON that the gateway itself wrote.</summary>
    public static JsonSlice Constant(string json) => new(Encoding.UTF8.GetBytes(json));

    /// <summary>Checks that <paramref name="utf8"/> is exactly one JSON value.</summary>
    public static bool IsValid(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return JsonScanner.IsEnd(utf8, JsonScanner.SkipValue(utf8, JsonScanner.SkipSpace(utf8, 0)));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>For diagnostics and tests; the hot path never calls it.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Span);
}
