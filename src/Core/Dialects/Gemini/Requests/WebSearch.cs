using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>Google's search as a tool, <c>{"googleSearch":{}}</c>, which the other dialects convert to their own search.</summary>
internal static class WebSearch
{
    private static readonly JsonSlice NoOptions = JsonSlice.Constant("{}");

    /// <summary>Whether the value of <c>tools</c>, a list or one tool object, has the search.</summary>
    public static bool IsIn(JsonSlice tools)
    {
        // Rare: most lists of tools are not read.
        if (tools.Span.IndexOf("oogle"u8) < 0) return false;
        if (tools.IsObject) return IsInTool(tools);
        if (!tools.IsArray) return false;
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            if (IsInTool(cursor.TakeValue())) return true;
        return false;
    }

    /// <summary>Adds the search's options in common terms. Google's own options have no counterpart.</summary>
    public static void Generalize(List<ToolDefinition> tools, LossReport losses)
    {
        for (var i = 0; i < tools.Count; i++)
        {
            var tool = tools[i];
            if (!tool.Native.IsPresent || !IsName(tool.Name)) continue;
            tools[i] = new ToolDefinition { Name = tool.Name, Native = tool.Native, Search = NoOptions, Origin = tool.Origin, Form = tool.Form };
            if (!tool.Native.IsObject) continue;
            var cursor = new JsonCursor(tool.Native.Memory);
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                var option = cursor.Name;
                if (cursor.TakeValue().HasValue) losses.Drop($"tools.{tool.Name}.{option}");
            }
        }
    }

    private static bool IsInTool(JsonSlice tool) => tool.Member("googleSearch"u8).IsPresent || tool.Member("google_search"u8).IsPresent;

    private static bool IsName(JsonText name) => name.Is("googleSearch"u8) || name.Is("google_search"u8);
}
