using System.Text;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// FastAPI's lists of validation errors: <c>[{"loc":["body","messages",0,"user","name"],"msg":"...","type":"..."}]</c>. The path of
/// the first one is the error's parameter; every message is reported with its path.
/// </summary>
internal static class ValidationErrors
{
    private const int Most = 8;

    /// <returns>Null for a list of something else.</returns>
    public static ErrorDetails? Read(JsonSlice list)
    {
        string? param = null, type = null;
        var text = new StringBuilder();
        var count = 0;
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        for (; cursor.NextElement(); count++)
        {
            var item = cursor.TakeValue();
            var loc = item.Member("loc"u8);
            if (!loc.IsArray || !item.Member("msg"u8).IsText) return null;
            if (count >= Most) continue;
            var place = PlaceOf(loc);
            if (count == 0) (param, type) = (place.Length > 0 ? place : null, item.Member("type"u8).AsText() is { HasValue: true } word ? word.ToString() : null);
            if (count > 0) text.Append("; ");
            text.Append(item.Member("msg"u8).AsText().ToString());
            if (place.Length > 0) text.Append(" (").Append(place).Append(')');
        }
        return count == 0 ? null
            : new ErrorDetails(text.Length <= ErrorObjectReader.MaxLength ? text.ToString() : text.ToString(0, ErrorObjectReader.MaxLength), type, null, param);
    }

    /// <summary><c>["body", "messages", 0, "user", "name"]</c> becomes <c>messages[0].user.name</c>.</summary>
    private static string PlaceOf(JsonSlice loc)
    {
        var place = new StringBuilder();
        var cursor = new JsonCursor(loc.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement() && place.Length < 200; i++)
        {
            var part = cursor.TakeValue();
            if (part.AsInt64() is { } index) place.Append('[').Append(index).Append(']');
            else if (i > 0 || !part.AsText().Is("body"u8))
            {
                if (place.Length > 0) place.Append('.');
                place.Append(part.AsText().ToString());
            }
        }
        return place.ToString();
    }
}
