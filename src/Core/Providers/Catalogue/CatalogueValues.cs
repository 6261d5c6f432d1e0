using System.Text.Json;

// It throws on half a surrogate pair: in our own data that is an error, which CatalogueReader reports.
#pragma warning disable RS0030

namespace Nano.Providers.Catalogue;

/// <summary>Reads single values of the catalogue strictly. All methods raise <see cref="FormatException"/> or the reader's exceptions.</summary>
internal static class CatalogueValues
{
    public static void EnterArray(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new FormatException("this must be a list");
    }

    public static string Text(ref Utf8JsonReader reader) =>
        reader.GetString() is { Length: > 0 } text ? text : throw new FormatException("a text is empty");

    /// <summary>One of the allowed values.</summary>
    public static string Word(ref Utf8JsonReader reader, params ReadOnlySpan<string> allowed)
    {
        var word = Text(ref reader);
        foreach (var one in allowed) if (one == word) return one;
        throw new FormatException($"'{word}' is not a known value");
    }

    public static string[] Words(ref Utf8JsonReader reader)
    {
        EnterArray(ref reader);
        var words = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) words.Add(Text(ref reader));
        return words.ToArray();
    }

    public static long Whole(ref Utf8JsonReader reader) =>
        reader.GetInt64() is var count and >= 0 ? count : throw new FormatException("a count is negative");

    public static decimal Price(ref Utf8JsonReader reader) =>
        reader.GetDecimal() is var price and >= 0 ? price : throw new FormatException("a price is negative");

    public static decimal Factor(ref Utf8JsonReader reader) =>
        reader.GetDecimal() is var factor and > 0 ? factor : throw new FormatException("a factor is not above zero");

    /// <summary><c>2026-10-07</c>, or <c>2026-10</c> for its first day.</summary>
    public static DateOnly Date(ref Utf8JsonReader reader)
    {
        var text = Text(ref reader);
        if (text.Length is not (7 or 10) || text[4] != '-' || (text.Length == 10 && text[7] != '-')) throw new FormatException($"'{text}' is no date");
        try
        {
            return new DateOnly(Digits(text, 0, 4), Digits(text, 5, 2), text.Length == 10 ? Digits(text, 8, 2) : 1);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new FormatException($"'{text}' is no date");
        }
    }

    /// <summary>The start of a day, UTC.</summary>
    public static DateTimeOffset Moment(ref Utf8JsonReader reader) => new(Date(ref reader), TimeOnly.MinValue, TimeSpan.Zero);

    private static int Digits(string text, int from, int count)
    {
        var value = 0;
        for (var i = from; i < from + count; i++) value = char.IsAsciiDigit(text[i]) ? value * 10 + text[i] - '0' : throw new FormatException($"'{text}' is no date");
        return value;
    }
}

/// <summary>Reads the members of one object and remembers which were present.</summary>
internal struct CatalogueMembers()
{
    private readonly List<string> _seen = new(16);

    public readonly void Enter(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new FormatException("this must be an object");
    }

    /// <summary>Moves to the next member's value and returns its name; null at the end of the object.</summary>
    public readonly string? Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject) return null;
        var name = reader.GetString()!;
        if (_seen.Contains(name)) throw new FormatException($"{name} is there twice");
        _seen.Add(name);
        reader.Read();
        return name;
    }

    public readonly void Require(params ReadOnlySpan<string> names)
    {
        foreach (var name in names) if (!_seen.Contains(name)) throw new FormatException($"{name} is missing");
    }

    public static FormatException Unknown(string name) => new($"{name} is not a member that means something here");
}
