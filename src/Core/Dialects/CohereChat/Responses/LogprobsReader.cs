using Nano.Json;

namespace Nano.Dialects.CohereChat.Responses;

/// <summary>
/// Log probabilities in Chat's shape. Cohere reports them per piece of text, which may be several tokens: their logprobs add up to
/// the piece's, and only the piece has a text. Chat has no member for token ids.
/// </summary>
internal static class LogprobsReader
{
    /// <param name="items">One item, or a list of them.</param>
    /// <returns>Absent if there are none.</returns>
    public static JsonSlice Read(JsonSlice items)
    {
        if (!items.IsArray && !items.IsObject) return default;
        using var output = new JsonOutput();
        output.BeginObject();
        output.Name("content"u8);
        output.BeginArray();
        var empty = output.Length;
        if (items.IsObject) Item(items, output);
        else
        {
            var cursor = new JsonCursor(items.Memory);
            cursor.EnterArray();
            while (cursor.NextElement()) Item(cursor.TakeValue(), output);
        }
        if (output.Length == empty) return default;
        output.EndArray();
        output.Name("refusal"u8);
        output.Null();
        output.EndObject();
        return new JsonSlice(output.Written.ToArray());
    }

    private static void Item(JsonSlice item, JsonOutput output)
    {
        var values = item.Member("logprobs"u8);
        if (!values.IsArray) return;
        var sum = 0.0;
        var cursor = new JsonCursor(values.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) sum += cursor.TakeValue().AsDouble() ?? 0;
        var text = item.Member("text"u8).AsText();
        output.BeginObject();
        output.Name("token"u8);
        output.Text(text);
        output.Name("logprob"u8);
        // JSON numbers are finite; sums of hostile ones may not be.
        output.Number(double.IsFinite(sum) ? sum : double.MinValue);
        output.Name("bytes"u8);
        output.Null();
        output.Name("top_logprobs"u8);
        output.BeginArray();
        output.EndArray();
        output.EndObject();
    }
}
