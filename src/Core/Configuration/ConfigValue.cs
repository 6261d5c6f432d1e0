using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Nano.Errors;

namespace Nano.Configuration;

/// <summary>
/// A value of <c>nano.json</c> and its JSON pointer (RFC 6901). Reads report what is wrong and go on: each returns null, or nothing,
/// for a value that it cannot use. Messages never repeat a value, which may be a misplaced key.
/// </summary>
internal readonly struct ConfigValue(JsonElement element, string pointer, List<string> mistakes)
{
    private const int MaxShownName = 64;

    public string Pointer => pointer.Length == 0 ? "(the whole file)" : pointer;

    /// <summary>Reports a mistake in this value.</summary>
    /// <param name="problem">The rest of a sentence that begins with the pointer: "must be ...".</param>
    public void Fail(string problem) => mistakes.Add($"{Pointer} {problem}.");

    /// <summary>The members of an object by name, in order. Reports unknown ones, those that are given twice, and missing ones.</summary>
    /// <param name="known">The names that it may have; <c>!</c> before one that it must have.</param>
    public Dictionary<string, ConfigValue> Members(params ReadOnlySpan<string> known)
    {
        var members = Entries("an object");
        string[] names = [.. known];
        foreach (var name in members.Keys.ToList())
        {
            if (names.Any(item => item.AsSpan().TrimStart('!').SequenceEqual(name))) continue;
            var near = NearNames.Of(name, names.Select(item => item.TrimStart('!')), 1);
            var hint = near.Count > 0 ? $"; '{near[0]}' is" : $". Known: {string.Join(", ", names.Select(item => item.TrimStart('!')))}";
            members[name].Fail($"is not a member that is known here{hint}");
            members.Remove(name);
        }
        if (element.ValueKind != JsonValueKind.Object) return members;
        foreach (var name in names)
            if (name[0] == '!' && !members.ContainsKey(name[1..])) Fail($"has no '{name[1..]}'");
        return members;
    }

    /// <summary>The members of an object with arbitrary names.</summary>
    /// <param name="what">What the value must be: "an object of ...".</param>
    public Dictionary<string, ConfigValue> Entries(string what)
    {
        var members = new Dictionary<string, ConfigValue>(StringComparer.Ordinal);
        if (element.ValueKind != JsonValueKind.Object)
        {
            Fail($"must be {what}");
            return members;
        }
        foreach (var member in element.EnumerateObject())
        {
            var name = NameOf(member);
            // What the file has in its place shows where it is.
            var value = new ConfigValue(member.Value, $"{pointer}/{Escape(name ?? Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(member)))}", mistakes);
            if (name is null) value.Fail("has a name that is not valid Unicode");
            else if (!members.TryAdd(name, value)) value.Fail("is given more than once");
        }
        return members;
    }

    /// <summary>The elements of a list.</summary>
    public List<ConfigValue> Items(int minimum, int maximum)
    {
        var items = new List<ConfigValue>();
        if (element.ValueKind != JsonValueKind.Array)
        {
            Fail("must be a list");
            return items;
        }
        foreach (var item in element.EnumerateArray()) items.Add(new ConfigValue(item, $"{pointer}/{items.Count}", mistakes));
        if (items.Count < minimum) Fail(minimum == 1 ? "must not be empty" : $"must have at least {minimum} elements");
        if (items.Count > maximum) Fail($"must have at most {maximum} elements");
        return items;
    }

    /// <summary>A string that is not empty.</summary>
    public string? Text(int maximum = 256)
    {
        if (!TryRead(out var text)) return null;
        if (!string.IsNullOrWhiteSpace(text) && text.Length <= maximum) return text;
        Fail($"must be a text of 1 to {maximum} characters");
        return null;
    }

    /// <summary>One of a list of values.</summary>
    public string? Word(IReadOnlyList<string> words)
    {
        if (!TryRead(out var text)) return null;
        if (text is not null && words.Contains(text, StringComparer.Ordinal)) return text;
        Fail($"must be one of {string.Join(", ", words)}");
        return null;
    }

    public bool? Flag()
    {
        if (element.ValueKind is JsonValueKind.True or JsonValueKind.False) return element.GetBoolean();
        Fail("must be true or false");
        return null;
    }

    public long? Integer(long minimum, long maximum)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var number) && number >= minimum && number <= maximum) return number;
        Fail($"must be a whole number from {minimum} to {maximum}");
        return null;
    }

    public decimal? Number(decimal minimum, decimal maximum)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetDecimal(out var number) && number >= minimum && number <= maximum) return number;
        Fail(string.Create(CultureInfo.InvariantCulture, $"must be a number from {minimum} to {maximum}"));
        return null;
    }

    /// <summary>A duration in milliseconds.</summary>
    public TimeSpan? Milliseconds(long minimum, long maximum) => Integer(minimum, maximum) is { } number ? TimeSpan.FromMilliseconds(number) : null;

    /// <summary>Reports a text that is not valid Unicode. Any other value than a text is null.</summary>
    private bool TryRead(out string? text)
    {
        text = null;
        try
        {
            if (element.ValueKind == JsonValueKind.String) text = element.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            // An escape of half a surrogate pair: valid JSON, but no text.
            Fail("must be valid Unicode");
            return false;
        }
    }

    /// <summary>Null for a name that is not valid Unicode.</summary>
    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string Escape(string name)
    {
        var shown = name.Length <= MaxShownName ? name : string.Concat(name.AsSpan(0, MaxShownName), "...");
        return string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c)).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
    }
}
