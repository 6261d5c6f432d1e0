using System.Buffers;
using System.Text;
using System.Text.Json;
using Nano.Json;

namespace Nano.State;

/// <summary>Fields as one flat JSON object, for engines that store texts.</summary>
internal static class StateJson
{
    /// <summary>Kept, since each request writes about ten rows.</summary>
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <param name="head">Text in front of the object.</param>
    /// <returns>UTF-8.</returns>
    public static byte[] Write(StateFields fields, string? head = null)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(1024);
        buffer.ResetWrittenCount();
        if (head is not null) Encoding.UTF8.GetBytes(head, buffer);
        var writer = _writer ??= new Utf8JsonWriter(buffer);
        writer.Reset(buffer);
        writer.WriteStartObject();
        foreach (var field in fields.All)
        {
            if (field.Text is not null) writer.WriteString(field.Name, field.Text);
            // A missing number reads as 0: short rows fit into one page of SQLite.
            else if (field.Number != 0) writer.WriteNumber(field.Name, field.Number);
        }
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <param name="json">UTF-8.</param>
    /// <exception cref="StateUnavailableException">The text does not have the format of <see cref="Write"/>.</exception>
    public static StateFields Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            var fields = new StateFields();
            var cursor = new JsonCursor(json);
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
