using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Writes a tool's result as a <c>functionResponse</c>. Its <c>response</c> is an object: a result that is an object is
/// copied, other text becomes <c>output</c>, a failure <c>error</c> (ai.google.dev/api/caching#FunctionResponse).
/// </summary>
/// <remarks>
/// Two kinds of data in a result do not survive as JSON: Gemini treats a member <c>$ref</c> as a reference to a
/// medium and refuses the request (vercel/ai#14369, BerriAI/litellm#38223), and it stores numbers as doubles, which
/// changes long ids. Such a result is sent as text, unchanged.
/// </remarks>
internal readonly struct ResultWriter(bool withIds, JsonOutput output, LossReport losses)
{
    /// <summary>The number of digits that a double always preserves.</summary>
    private const int MaxExactDigits = 15;

    /// <param name="mediaInside">Whether media may be in the result; if not, they are added to <paramref name="media"/> for the turn.</param>
    public void Write(ToolResultPart result, ToolCallPart call, bool mediaInside, ref List<ContentPart>? media)
    {
        Begin(call);
        WriteResponse(result);
        WriteMedia(result, mediaInside, ref media);
        output.EndObject();
        output.EndObject();
    }

    /// <summary>For a call without a result: Gemini requires as many results as calls.</summary>
    public void WriteMissing(ToolCallPart call)
    {
        Begin(call);
        output.Raw("""{"error":"No result of this call was given."}"""u8);
        output.EndObject();
        output.EndObject();
    }

    private void Begin(ToolCallPart call)
    {
        output.BeginObject();
        output.Name("functionResponse"u8);
        output.BeginObject();
        if (withIds && call.Id.HasValue)
        {
            output.Name("id"u8);
            output.Text(call.Id);
        }
        output.Name("name"u8);
        output.Text(Shared.ToolNames.InHistoryOfGemini(call.Name));
        output.Name("response"u8);
    }

    private void WriteResponse(ToolResultPart result)
    {
        var texts = 0;
        JsonText only = default;
        foreach (var part in result.Parts)
            if (part is TextPart text && (++texts, only = text.Text).Item1 > 1) break;
        var before = output.Length;
        if (TryWriteObject(result, texts, only))
        {
            // A result that already has an error member needs no object around it.
            if (!result.IsError || new JsonSlice(output.Written[before..]).Member("error"u8).HasValue) return;
            output.TruncateTo(before);
        }
        output.BeginObject();
        output.Name(result.IsError ? "error"u8 : "output"u8);
        if (result.Json.HasValue) output.TextOfJson(result.Json);
        else if (texts <= 1) output.Text(only);
        else WriteTexts(result);
        output.EndObject();
    }

    private bool TryWriteObject(ToolResultPart result, int texts, JsonText only)
    {
        var before = output.Length;
        if (result.Json.HasValue)
        {
            if (!result.Json.IsObject || !IsPlainData(result.Json.Span)) return false;
            output.Raw(result.Json);
            return true;
        }
        if (texts != 1 || !BeginsObject(only.Span) || !output.TryJsonOfText(only)) return false;
        if (IsPlainData(output.WrittenSpan[before..])) return true;
        output.TruncateTo(before);
        return false;
    }

    private static bool BeginsObject(ReadOnlySpan<byte> escaped)
    {
        var rest = escaped.TrimStart(" "u8);
        while (rest.StartsWith("\\n"u8) || rest.StartsWith("\\r"u8) || rest.StartsWith("\\t"u8)) rest = rest[2..].TrimStart(" "u8);
        return rest.StartsWith("{"u8);
    }

    private static bool IsPlainData(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, JsonCursor.ReaderOptions);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.TextIs("$ref"u8)) return false;
            if (reader.TokenType == JsonTokenType.Number && reader.ValueSpan.Length > MaxExactDigits) return false;
        }
        return true;
    }

    private void WriteTexts(ToolResultPart result)
    {
        output.BeginArray();
        foreach (var part in result.Parts)
            if (part is TextPart { Text: var text }) output.Text(text);
        output.EndArray();
    }

    private void WriteMedia(ToolResultPart result, bool mediaInside, ref List<ContentPart>? media)
    {
        var open = false;
        foreach (var part in result.Parts)
        {
            losses.DropExtras(part.Extras, GeminiDialect.DialectName, "messages.content");
            if (part.CacheControl.HasValue) losses.Drop("messages.cache_control");
            if (part is TextPart) continue;
            // Only inline media may be in a result (ai.google.dev/gemini-api/docs/function-calling#multimodal).
            if (mediaInside && part is MediaPart { Source.Data.HasValue: true } inline)
            {
                if (!open)
                {
                    open = true;
                    output.Name("parts"u8);
                    output.BeginArray();
                }
                ForeignParts.WriteMedia(inline, output);
                continue;
            }
            if (part is MediaPart) losses.Emulate("messages.tool.content");
            (media ??= []).Add(part);
        }
        if (open) output.EndArray();
    }
}
