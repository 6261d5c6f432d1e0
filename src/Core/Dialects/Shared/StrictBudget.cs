using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Anthropic's limits on all schemas of one request that it compiles (platform.claude.com/docs/en/build-with-claude/structured-outputs,
/// "Schema complexity limits"): strict tools, optional members, and members with several types.
/// </summary>
internal sealed class StrictBudget
{
    private const int MostTools = 20, MostOptional = 24, MostUnions = 16;

    private int _tools, _optional, _unions;

    /// <summary>Takes a schema's share; false, and nothing is taken, if it no longer fits.</summary>
    public bool Take(JsonSlice schema, bool isTool)
    {
        var (optional, unions) = (0, 0);
        Count(schema, ref optional, ref unions);
        if ((isTool && _tools == MostTools) || _optional + optional > MostOptional || _unions + unions > MostUnions) return false;
        if (isTool) _tools++;
        (_optional, _unions) = (_optional + optional, _unions + unions);
        return true;
    }

    private static void Count(JsonSlice schema, ref int optional, ref int unions)
    {
        if (!schema.IsObject) return;
        var properties = 0;
        var required = 0;
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (name.Is("required"u8)) required = Elements(value);
            else if (name.Is("type"u8) && value.IsArray) unions++;
            else if (value.IsObject && SchemaPlaces.IsMap(name))
            {
                var members = new JsonCursor(value.Memory);
                members.EnterObject();
                while (members.NextMember())
                {
                    if (name.Is("properties"u8)) properties++;
                    Count(members.TakeValue(), ref optional, ref unions);
                }
            }
            else if (value.IsArray && SchemaPlaces.IsList(name))
            {
                if (!name.Is("allOf"u8)) unions++;
                var elements = new JsonCursor(value.Memory);
                elements.EnterArray();
                while (elements.NextElement()) Count(elements.TakeValue(), ref optional, ref unions);
            }
            else if (SchemaPlaces.IsOne(name)) Count(value, ref optional, ref unions);
        }
        optional += Math.Max(0, properties - required);
    }

    private static int Elements(JsonSlice list)
    {
        if (!list.IsArray) return 0;
        var count = 0;
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        for (; cursor.NextElement(); count++) cursor.Skip();
        return count;
    }
}
