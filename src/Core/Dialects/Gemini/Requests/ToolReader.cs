using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>Reads <c>tools</c> and <c>toolConfig</c>.</summary>
internal static class ToolReader
{
    private static readonly JsonSlice EmptyObject = JsonSlice.Constant("{}");

    public static void Read(JsonSlice tools, List<ToolDefinition> definitions)
    {
        if (tools.IsObject)
        {
            ReadTool(tools, 0, definitions);
            return;
        }
        if (!tools.IsArray) throw new JsonException("'tools' must be an array.");
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        for (var group = 0; cursor.NextElement(); group++)
        {
            if (group > RequestForms.GroupMask) throw new JsonException("'tools' has too many elements.");
            ReadTool(cursor.TakeValue(), group, definitions);
        }
    }

    /// <summary>One tool object: functions, and server tools beside them (<c>gemini-generatecontent-sse-code-bb8f44</c>).</summary>
    private static void ReadTool(JsonSlice tool, int group, List<ToolDefinition> definitions)
    {
        if (!tool.IsObject) throw new JsonException("A tool must be an object.");
        var place = group << RequestForms.GroupShift;
        var before = definitions.Count;
        var cursor = new JsonCursor(tool.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var form = place;
            if (RequestForms.FunctionDeclarations.IsAt(ref cursor, ref form) && cursor.Token == JsonTokenType.StartArray)
            {
                while (cursor.NextElement()) definitions.Add(ReadFunction(cursor.TakeValue(), form));
                continue;
            }
            var value = cursor.TakeValue();
            definitions.Add(new ToolDefinition
            {
                Origin = GeminiDialect.DialectName, Name = name, Native = value.IsNull ? EmptyObject : value,
                Form = place | RequestForms.NativeMember | (value.IsNull ? RequestForms.NativeNull : 0),
            });
        }
        if (definitions.Count == before)
            definitions.Add(new ToolDefinition { Origin = GeminiDialect.DialectName, Native = tool, Form = place | RequestForms.NativeWhole });
    }

    private static ToolDefinition ReadFunction(JsonSlice function, int form)
    {
        JsonText name = default, description = default;
        JsonSlice parameters = default;
        Extras? extras = null;
        var cursor = new JsonCursor(function.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var member = cursor.Name;
            if (cursor.NameIs("name"u8)) name = cursor.TakeText();
            else if (cursor.NameIs("description"u8) && !cursor.IsNull) description = cursor.TakeText();
            else
            {
                var isPlain = cursor.NameIs("parameters"u8);
                var isJson = RequestForms.ParametersJsonSchema.IsAt(ref cursor, ref form);
                var value = cursor.TakeValue();
                if ((!isPlain && !isJson) || !value.IsObject || parameters.IsPresent)
                {
                    Extras.Add(ref extras, GeminiDialect.DialectName, member, value);
                    continue;
                }
                parameters = SchemaTypes.Lower(value, out var wereUpper);
                if (isJson) form |= RequestForms.JsonSchemaParameters;
                if (wereUpper) form |= RequestForms.UpperTypes;
            }
        }
        return new ToolDefinition { Origin = GeminiDialect.DialectName, Name = name, Description = description, Parameters = parameters, Form = form, Extras = extras };
    }

    /// <param name="whole">True if the result contains everything; else the whole value must also be kept as an extra.</param>
    public static ToolChoice? ReadChoice(JsonSlice config, out bool whole)
    {
        whole = false;
        if (!config.IsObject) throw new JsonException("'toolConfig' must be an object.");
        JsonText mode = default;
        List<JsonText> allowed = [];
        var form = 0;
        var others = false;
        var found = false;
        var cursor = new JsonCursor(config.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (!RequestForms.FunctionCallingConfig.IsAt(ref cursor, ref form) || cursor.Token != JsonTokenType.StartObject)
            {
                others = true;
                cursor.Skip();
                continue;
            }
            found = true;
            while (cursor.NextMember())
            {
                if (cursor.NameIs("mode"u8) && cursor.Token == JsonTokenType.String) mode = cursor.TakeText();
                else if (RequestForms.AllowedFunctionNames.IsAt(ref cursor, ref form) && cursor.Token == JsonTokenType.StartArray)
                {
                    while (cursor.NextElement()) allowed.Add(cursor.TakeText());
                    others |= allowed.Count == 0 || allowed.Exists(a => !a.IsPresent);
                }
                else
                {
                    others = true;
                    cursor.Skip();
                }
            }
        }
        if (!found) return null;
        var choice = Choice(mode, allowed, others ? form | Forms.InExtras : form);
        whole = choice is not null && !others;
        return choice;
    }

    private static ToolChoice? Choice(JsonText mode, List<JsonText> allowed, int form)
    {
        if (mode.Is("NONE"u8)) return allowed.Count == 0 ? new ToolChoice(ToolChoiceMode.None) { Form = form } : null;
        var validated = mode.Is("VALIDATED"u8);
        if (validated) form |= RequestForms.Validated;
        if (validated || mode.Is("AUTO"u8))
            return allowed.Count == 0 ? new ToolChoice(ToolChoiceMode.Auto) { Form = form } : new ToolChoice(ToolChoiceMode.Allowed) { Allowed = allowed, Form = form };
        if (!mode.Is("ANY"u8)) return null;
        return allowed.Count switch
        {
            0 => new ToolChoice(ToolChoiceMode.Required) { Form = form },
            1 => new ToolChoice(ToolChoiceMode.Tool) { Name = allowed[0], MustCall = true, Form = form },
            _ => new ToolChoice(ToolChoiceMode.Allowed) { Allowed = allowed, MustCall = true, Form = form },
        };
    }
}
