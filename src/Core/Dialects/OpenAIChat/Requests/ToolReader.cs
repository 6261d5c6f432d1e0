using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Reads tool definitions. Anything but a function stays native.</summary>
internal static class ToolReader
{
    private static readonly JsonText FunctionName = JsonText.From("function");

    public static ToolDefinition Read(JsonSlice tool, in Place place)
    {
        place.Expect(tool.IsObject, "", "an object");
        JsonSlice type = default, function = default, cacheControl = default;
        Extras? extras = null;
        var cursor = new JsonCursor(tool.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (value.IsText && name.Is("type"u8)) type = value;
            else if (value.IsObject && name.Is("function"u8)) function = value;
            else if (value.IsObject && name.Is("cache_control"u8)) cacheControl = value;
            else Extras.Add(ref extras, OpenAIChatDialect.DialectName, name, value);
        }
        var isFunction = type.IsPresent ? type.AsText().Is("function"u8) : function.IsPresent;
        if (!isFunction)
        {
            place.Require(type.IsPresent, "type");
            return new ToolDefinition { Origin = OpenAIChatDialect.DialectName, Native = tool, CacheControl = cacheControl };
        }
        place.Require(function.IsPresent, "function");
        var form = type.IsPresent ? 0 : ToolForm.TypeAbsent;
        return ReadFunction(function, place, "function.name", form, cacheControl, extras);
    }

    /// <summary>An element of legacy <c>functions</c>.</summary>
    public static ToolDefinition ReadFunction(JsonSlice function, in Place place)
    {
        place.Expect(function.IsObject, "", "an object");
        return ReadFunction(function, place, "name", ToolForm.Legacy, default, null);
    }

    /// <remarks>
    /// If members are unknown or null, as in dumps of pydantic models, the function is also kept whole. Some
    /// clients put the cache breakpoint inside it.
    /// </remarks>
    private static ToolDefinition ReadFunction(JsonSlice function, in Place place, string nameMember, ToolForm form, JsonSlice cacheControl, Extras? extras)
    {
        NamedSchema named = default;
        var plain = true;
        Extras? lost = null;
        var cursor = new JsonCursor(function.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (named.Take(name, value, "parameters"u8)) continue;
            plain = false;
            if (!value.IsObject || !name.Is("cache_control"u8)) Extras.Add(ref lost, OpenAIChatDialect.DialectName, name, value);
            else if (!cacheControl.IsPresent) (cacheControl, form) = (value, form | ToolForm.CacheControlInside);
        }
        place.Require(named.Name.HasValue, nameMember);
        if (!plain)
        {
            form |= ToolForm.Whole;
            Extras.AddCarried(ref extras, OpenAIChatDialect.DialectName, FunctionName, function, lost);
        }
        return new ToolDefinition
        {
            Origin = OpenAIChatDialect.DialectName,
            Name = named.Name,
            Description = named.Description,
            Parameters = named.Schema,
            Strict = named.Strict,
            CacheControl = cacheControl,
            Form = (int)form,
            Extras = extras,
        };
    }
}
