using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Selects top-level members of a JSON object.</summary>
internal static class TopLevelMembers
{
    /// <summary>Writes the members with these names, in their order, into the open object.</summary>
    public static void Copy(ReadOnlyMemory<byte> json, IReadOnlySet<string> names, JsonOutput output)
    {
        var cursor = new JsonCursor(json);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (names.Contains(name.ToString()))
            {
                output.Name(name);
                output.Raw(cursor.TakeValue());
            }
            else cursor.Skip();
        }
    }
}
