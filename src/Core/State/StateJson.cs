using System.Text;
using System.Text.Json;
using Nano.Json;

namespace Nano.State;

/// <summary>Fields as one flat JSON object, for engines that store texts.</summary>
internal static class StateJson
{
    /// <summary>Bytes of a field's name that is written without a string of its own.</summary>
    private const int MaxName = 64;

    /// <summary>Kept, since each request writes about ten rows.</summary>
    [ThreadStatic]
    private static JsonOutput? _output;

    /// <returns>UTF-8, until this thread writes the next row.</returns>
    public static ReadOnlySpan<byte> Write(StateFields fields)
    {
        var output = Begin();
        Write(output, fields);
        return output.WrittenSpan;
    }

    /// <summary>The row of an engine that stores a version and a key in front of the fields, each on a line.</summary>
    /// <returns>UTF-8.</returns>
    public static byte[] Write(long version, string key, StateFields fields)
    {
        var output = Begin();
        output.Number(version);
        output.Bytes("\n"u8);
        var name = output.GetSpan(Encoding.UTF8.GetMaxByteCount(key.Length));
        output.Advance(Encoding.UTF8.GetBytes(key, name));
        output.Bytes("\n"u8);
        output.NewValue();
        Write(output, fields);
        return output.WrittenSpan.ToArray();
    }

    /// <param name="json">UTF-8.</param>
    /// <exception cref="StateUnavailableException">The text does not have the format of <see cref="Write(StateFields)"/>.</exception>
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

    private static JsonOutput Begin()
    {
        var output = _output ??= new JsonOutput();
        output.Clear();
        return output;
    }

    private static void Write(JsonOutput output, StateFields fields)
    {
        output.BeginObject();
        foreach (ref readonly var field in fields.All)
        {
            // A missing number reads as 0: short rows fit into one page of SQLite.
            if (field.Text is null && field.Number == 0) continue;
            WriteName(output, field.Name);
            if (field.Text is not null) output.Text(field.Text);
            else output.Number(field.Number);
        }
        output.EndObject();
    }

    private static void WriteName(JsonOutput output, string name)
    {
        Span<byte> utf8 = stackalloc byte[MaxName];
        if (name.Length <= MaxName && Ascii.FromUtf16(name, utf8, out var length) == System.Buffers.OperationStatus.Done
            && JsonEscaping.CountEscapes(utf8[..length]) == 0) output.Name(utf8[..length]);
        else output.Name(JsonText.From(name));
    }
}
