using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>
/// Gemini accepts every member in camelCase and in snake_case, and <c>null</c> as absent. This converts a request to camelCase
/// without nulls, and keeps the caller's own data unchanged: schemas, arguments, results.
/// </summary>
internal static class GeminiJson
{
    private static readonly string[] Verbatim =
        ["args", "response", "parameters", "parametersJsonSchema", "responseSchema", "responseJsonSchema", "_responseJsonSchema", "labels", "toolCall", "toolResponse"];

    public static JsonElement Normal(JsonElement body) => JsonSerializer.SerializeToElement(Convert(body));

    private static object? Convert(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => Members(value),
        JsonValueKind.Array => value.EnumerateArray().Select(Convert).ToList(),
        _ => value,
    };

    private static Dictionary<string, object?> Members(JsonElement value)
    {
        var members = new Dictionary<string, object?>();
        foreach (var member in value.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null) continue;
            var name = Camel(member.Name);
            members[name] = Verbatim.Contains(name) ? member.Value : Convert(member.Value);
        }
        return members;
    }

    private static string Camel(string name)
    {
        if (name.IndexOf('_', 1 <= name.Length ? 1 : 0) < 0) return name;
        var parts = name.Split('_', StringSplitOptions.RemoveEmptyEntries);
        return parts[0] + string.Concat(parts.Skip(1).Select(p => char.ToUpperInvariant(p[0]) + p[1..]));
    }
}
