using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>
/// The server tool <c>web_search_*</c> in the form of Chat's <c>web_search_options</c>, which the other dialects convert to their own
/// search.
/// </summary>
internal static class WebSearch
{
    public static ReadOnlySpan<byte> TypePrefix => "web_search_"u8;

    public static bool Is(JsonSlice tool) => tool.Member("type"u8).AsText().StartsWith(TypePrefix);

    /// <summary>Null for every other tool.</summary>
    public static JsonSlice? OptionsOf(ToolDefinition tool, LossReport losses)
    {
        if (!Is(tool.Native)) return null;
        var type = tool.Native.Member("type"u8).AsText();
        using var options = new JsonOutput(256);
        options.BeginObject();
        var cursor = new JsonCursor(tool.Native.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (!value.HasValue || name.Is("type"u8) || name.Is("name"u8)) continue;
            if (name.Is("user_location"u8) && value.IsObject) Location(value, options);
            else if (name.Is("allowed_domains"u8) && value.IsArray) Domains(value, options);
            else losses.Drop($"tools.{type}.{name}");
        }
        options.EndObject();
        return new JsonSlice(options.WrittenSpan.ToArray());
    }

    private static void Location(JsonSlice value, JsonOutput options)
    {
        options.Name("user_location"u8);
        options.BeginObject();
        options.Name("type"u8);
        options.Literal("approximate"u8);
        options.Name("approximate"u8);
        options.BeginObject();
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var member = cursor.TakeValue();
            if (name.Is("type"u8) || !member.HasValue) continue;
            options.Name(name);
            options.Raw(member);
        }
        options.EndObject();
        options.EndObject();
    }

    /// <summary>In the form of the Responses API.</summary>
    private static void Domains(JsonSlice value, JsonOutput options)
    {
        options.Name("filters"u8);
        options.BeginObject();
        options.Name("allowed_domains"u8);
        options.Raw(value);
        options.EndObject();
    }
}
