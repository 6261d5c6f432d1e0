using System.Buffers;
using System.Text;
using System.Text.Json;
using Nano.Json;

namespace Nano.State;

/// <summary>Fields as one flat JSON object, for engines that store texts.</summary>
internal static class StateJson
{
    public static string Write(StateFields fields)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var field in fields.All)
            {
                if (field.Text is null) writer.WriteNumber(field.Name, field.Number);
                else writer.WriteString(field.Name, field.Text);
            }
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <exception cref="StateUnavailableException">The text does not have the format of <see cref="Write"/>.</exception>
    public static StateFields Read(string json)
    {
        try
        {
            var fields = new StateFields();
            var cursor = new JsonCursor(Encoding.UTF8.GetBytes(json));
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                var name = cursor.Name.ToString();
                var value = cursor.TakeValue();
                if (value.IsText) fields.Set(name, value.AsText().ToString());
                else if (value.AsInt64() is { } number) fields.Set(name, number);
            }
            return fields;
        }
        catch (JsonException e)
        {
            throw new StateUnavailableException("A row of the store cannot be read.", e);
        }
    }
}
