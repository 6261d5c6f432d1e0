using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>The violations of a request body, each with its path. Filled by the rules of one dialect; independent of the codecs.</summary>
public sealed class RuleReport
{
    private readonly List<string> _violations = [];

    public IReadOnlyList<string> Violations => _violations;

    public void Add(string path, string what) => _violations.Add($"{path}: {what}");

    /// <summary>Adds a violation unless <paramref name="good"/>; returns <paramref name="good"/>.</summary>
    public bool Check(bool good, string path, string what)
    {
        if (!good) Add(path, what);
        return good;
    }

    /// <summary>Only these members may be in the object.</summary>
    public void KnownMembers(JsonElement value, string path, string[] known)
    {
        foreach (var name in value.EnumerateObject().Select(m => m.Name))
            Check(known.Contains(name), $"{path}.{name}", "is no member of this object");
        foreach (var twice in value.EnumerateObject().GroupBy(m => m.Name).Where(g => g.Count() > 1))
            Add($"{path}.{twice.Key}", "stands there twice");
    }

    public void Number(JsonElement owner, string path, string name, double least, double most)
    {
        if (owner.Member(name) is not { } value) return;
        if (Check(value.ValueKind == JsonValueKind.Number, $"{path}.{name}", "must be a number"))
            Check(value.GetDouble() >= least && value.GetDouble() <= most, $"{path}.{name}", $"must lie in {least}..{most}");
    }

    public void Integer(JsonElement owner, string path, string name, long least, long most = long.MaxValue)
    {
        if (owner.Member(name) is not { } value) return;
        if (Check(value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _), $"{path}.{name}", "must be an integer"))
            Check(value.GetInt64() >= least && value.GetInt64() <= most, $"{path}.{name}", $"must lie in {least}..{most}");
    }

    public void Boolean(JsonElement owner, string path, string name)
    {
        if (owner.Member(name) is { } value)
            Check(value.ValueKind is JsonValueKind.True or JsonValueKind.False, $"{path}.{name}", "must be a boolean");
    }

    public void OneOf(JsonElement owner, string path, string name, params string[] words)
    {
        if (owner.Member(name) is { } value)
            Check(value.ValueKind == JsonValueKind.String && words.Contains(value.GetString()), $"{path}.{name}", $"must be one of {string.Join(", ", words)}");
    }

    public void Base64(JsonElement owner, string path, string name, bool web = false) =>
        Check(owner.Text(name) is { Length: > 0 } text && JsonQuestions.FromBase64(text, web) is not null, $"{path}.{name}", "must be base64 that is not empty");
}

/// <summary>Helpers for parsed JSON.</summary>
public static class JsonQuestions
{
    /// <summary>An existing member; null when there is none or the value is not an object. A <c>null</c> literal counts as existing.</summary>
    public static JsonElement? Member(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var member) ? member : null;

    /// <summary>An existing member that is not the literal <c>null</c>.</summary>
    public static JsonElement? Given(this JsonElement value, string name) =>
        value.Member(name) is { ValueKind: not JsonValueKind.Null } member ? member : null;

    public static string? Text(this JsonElement value, string name) =>
        value.Member(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public static bool IsText(this JsonElement value) => value.ValueKind == JsonValueKind.String;

    public static bool IsObject(this JsonElement value) => value.ValueKind == JsonValueKind.Object;

    public static bool IsArray(this JsonElement value) => value.ValueKind == JsonValueKind.Array;

    /// <summary>The requested lifetime of a cache marker on this object; null without one.</summary>
    public static string? Cache(this JsonElement value) => value.Given("cache_control") is { } marker ? marker.Text("ttl") ?? "5m" : null;

    /// <summary>The elements of an array member; none when it is not an array.</summary>
    public static IEnumerable<JsonElement> Elements(this JsonElement value, string name) =>
        value.Member(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>The bytes of base64 text; null when it is invalid. Protobuf's JSON also accepts the web alphabet and no padding, as does this if <paramref name="web"/>.</summary>
    public static byte[]? FromBase64(string text, bool web = false)
    {
        if (web) text = text.Replace('-', '+').Replace('_', '/').TrimEnd('=');
        if (web) text = text.PadRight((text.Length + 3) / 4 * 4, '=');
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var made) ? bytes[..made] : null;
    }

    /// <summary>A string as a JSON value.</summary>
    public static JsonElement Json(string text) => JsonSerializer.SerializeToElement(text);

    /// <summary>The JSON value of a text; null when it is not JSON.</summary>
    public static JsonElement? TryParse(string text)
    {
        try
        {
            return JsonDocument.Parse(text).RootElement;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
