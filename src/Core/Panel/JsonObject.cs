using System.Text.Json;
using Nano.Errors;
using Nano.Json;

namespace Nano.Panel;

/// <summary>Takes one member. The value is present but may be <c>null</c>; it is borrowed.</summary>
/// <returns>What is wrong with the value; null if it is valid.</returns>
internal delegate GatewayError? MemberReader(string name, JsonSlice value);

/// <summary>
/// Reads a small object strictly: where access is granted, a misspelt or repeated member must not be ignored.
/// </summary>
internal static class JsonObject
{
    public static GatewayError? Read(ReadOnlyMemory<byte> json, MemberReader take)
    {
        if (!JsonSlice.IsValid(json.Span)) return Malformed("The body is not valid JSON.");
        var seen = new List<string>();
        try
        {
            var cursor = new JsonCursor(json);
            if (cursor.Token != JsonTokenType.StartObject) return Malformed("The body must be a JSON object.");
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                var name = cursor.Name.ToString();
                var value = cursor.TakeValue();
                if (seen.Contains(name)) return Repeated(name);
                seen.Add(name);
                if (take(name, value) is { } error) return error;
            }
            return null;
        }
        catch (JsonException)
        {
            return Malformed("The body is not valid JSON.");
        }
    }

    public static GatewayError Unknown(string name, string known) =>
        GatewayError.Invalid($"'{Shown(name)}' is not a known member. Known: {known}.", Shown(name), "unknown_parameter");

    public static GatewayError Repeated(string name) => GatewayError.Invalid($"'{Shown(name)}' occurs twice.", Shown(name), "duplicate_member");

    private static GatewayError Malformed(string message) => GatewayError.Invalid(message, code: "invalid_json");

    private static string Shown(string name) => name.Length > 80 ? name[..80] + "..." : name;
}
