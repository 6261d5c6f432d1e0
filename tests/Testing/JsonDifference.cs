using System.Text.Json;

namespace Nano.Testing;

/// <summary>Compares JSON by meaning: member order does not count, numbers compare by value.</summary>
public static class JsonDifference
{
    /// <summary>The path and the two sides of the first difference; null when there is none.</summary>
    public static string? First(JsonElement expected, JsonElement actual, string path = "$")
    {
        if (expected.ValueKind != actual.ValueKind) return $"{path}: {Show(expected)} became {Show(actual)}";
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                var others = actual.EnumerateObject().GroupBy(p => p.Name).ToDictionary(g => g.Key, g => g.Last().Value);
                foreach (var member in expected.EnumerateObject())
                {
                    if (!others.Remove(member.Name, out var value)) return $"{path}.{member.Name}: {Show(member.Value)} is missing";
                    if (First(member.Value, value, $"{path}.{member.Name}") is { } inner) return inner;
                }
                return others.Count == 0 ? null : $"{path}.{others.First().Key}: {Show(others.First().Value)} was added";
            case JsonValueKind.Array:
                if (expected.GetArrayLength() != actual.GetArrayLength())
                    return $"{path}: {expected.GetArrayLength()} elements became {actual.GetArrayLength()}: {Show(expected)} -> {Show(actual)}";
                return expected.EnumerateArray().Zip(actual.EnumerateArray())
                    .Select((pair, i) => First(pair.First, pair.Second, $"{path}[{i}]"))
                    .FirstOrDefault(d => d is not null);
            case JsonValueKind.Number:
                return expected.GetRawText() == actual.GetRawText() || expected.GetDouble().Equals(actual.GetDouble())
                    ? null : $"{path}: {Show(expected)} became {Show(actual)}";
            case JsonValueKind.String:
                return expected.ValueEquals(actual.GetString()) ? null : $"{path}: {Show(expected)} became {Show(actual)}";
            default:
                return null;
        }
    }

    /// <inheritdoc cref="First(JsonElement, JsonElement, string)"/>
    public static string? First(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        using var left = JsonDocument.Parse(expected.ToArray());
        using var right = JsonDocument.Parse(actual.ToArray());
        return First(left.RootElement, right.RootElement);
    }

    private static string Show(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length > 200 ? text[..200] + "..." : text;
    }
}
