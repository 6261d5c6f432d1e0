using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>Reads a provider's response in OpenAI's form.</summary>
internal static class OpenAIResponseReader
{
    public static EmbeddingResponse Read(ReadOnlyMemory<byte> body)
    {
        var vectors = new List<(long Index, EmbeddingVector Vector)>();
        string? model = null;
        long? tokens = null;
        var isError = false;
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("data"u8)) ReadData(cursor.TakeValue(), vectors);
            else if (cursor.NameIs("model"u8)) model = cursor.TakeValue().AsText() is { HasValue: true } name ? name.ToString() : null;
            else if (cursor.NameIs("usage"u8)) tokens = Tokens(cursor.TakeValue());
            else if (cursor.NameIs("error"u8)) isError |= cursor.TakeValue().HasValue;
            else cursor.Skip();
        }
        cursor.ExpectEnd();
        // If an index is missing or repeated, the vectors are in the order of the response.
        if (vectors.Select(entry => entry.Index).Distinct().Count() == vectors.Count) vectors.Sort((a, b) => a.Index.CompareTo(b.Index));
        return new EmbeddingResponse { Vectors = [.. vectors.Select(entry => entry.Vector)], Model = model, Tokens = tokens, IsError = isError && vectors.Count == 0 };
    }

    public static ResponseSketch Sketch(ReadOnlyMemory<byte> body)
    {
        var sketch = new ResponseSketch(body);
        var isError = false;
        while (sketch.NextMember(out var name, out var value))
        {
            var text = name.AsText();
            if (text.Is("data"u8)) sketch.IsBase64 = IsBase64(value.Span);
            else if (text.Is("model"u8)) sketch.Model = ResponseSketch.Valid(value).AsText() is { HasValue: true } model ? model.ToString() : null;
            else if (text.Is("usage"u8)) sketch.Tokens = Tokens(ResponseSketch.Valid(value));
            else if (text.Is("error"u8)) isError |= value.HasValue;
        }
        sketch.IsError = isError && sketch.IsBase64 is null;
        return sketch;
    }

    private static void ReadData(JsonSlice data, List<(long Index, EmbeddingVector Vector)> vectors)
    {
        var cursor = new JsonCursor(data.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            long index = vectors.Count;
            EmbeddingVector? vector = null;
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                if (cursor.NameIs("embedding"u8)) vector = EmbeddingVector.Of(cursor.TakeValue());
                else if (cursor.NameIs("index"u8)) index = cursor.TakeValue().AsInt64() ?? index;
                else cursor.Skip();
            }
            vectors.Add((index, vector ?? throw EmbeddingCalls.Malformed()));
        }
    }

    /// <summary>Voyage reports only the total.</summary>
    private static long? Tokens(JsonSlice usage) => Usage.Count(usage.Member("prompt_tokens"u8)) ?? Usage.Count(usage.Member("total_tokens"u8));

    /// <summary>The form of the first vector, by the first <c>"embedding":</c> in the data, not by <c>"object":"embedding"</c>.</summary>
    private static bool? IsBase64(ReadOnlySpan<byte> data)
    {
        while (data.IndexOf("\"embedding\""u8) is >= 0 and var at)
        {
            data = data[(at + "\"embedding\""u8.Length)..].TrimStart(" \t\r\n"u8);
            if (data.IsEmpty || data[0] != (byte)':') continue;
            data = data[1..].TrimStart(" \t\r\n"u8);
            return !data.IsEmpty && data[0] == (byte)'"';
        }
        return null;
    }
}
