using System.Text;
using System.Text.Json;

namespace Nano.Testing.Oracle;

/// <summary>
/// Reads a response that a gateway wrote for a Gemini caller like the strictest of its clients: every member that the API documents as
/// mandatory must be present, and nothing on which a client breaks may be.
/// </summary>
public static class StrictGemini
{
    public static Answer ReadWhole(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body);
        Check(Parse(text), isLast: true, isStream: false);
        return GeminiOracle.ReadWhole(text);
    }

    /// <summary>A stream with <c>alt=sse</c>.</summary>
    public static Answer ReadStream(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body);
        if (text.Contains("[DONE]", StringComparison.Ordinal)) throw new ChatFormException("Google's streams have no [DONE]");
        var events = text.Split("\r\n\r\n", StringSplitOptions.RemoveEmptyEntries);
        if (!text.EndsWith("\r\n\r\n", StringComparison.Ordinal)) throw new ChatFormException("the last event has no blank line");
        var chunks = new List<JsonElement>();
        foreach (var item in events)
        {
            // Google's SDKs read exactly one data line.
            if (!item.StartsWith("data: ", StringComparison.Ordinal) || item.AsSpan(6).ContainsAny('\r', '\n')) throw new ChatFormException($"not one data line: {item}");
            chunks.Add(Parse(item[6..]));
        }
        Check(chunks);
        return GeminiOracle.ReadStream(text);
    }

    /// <summary>A stream without it: one JSON array.</summary>
    public static Answer ReadArray(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body);
        var root = Parse(text);
        if (root.ValueKind != JsonValueKind.Array) throw new ChatFormException("not an array");
        Check([.. root.EnumerateArray()]);
        return GeminiOracle.ReadWhole(text);
    }

    /// <summary>The error object of an error response or of the last event of a stream.</summary>
    public static JsonElement ReadError(JsonElement root)
    {
        var error = root.GetProperty("error");
        if (error.GetProperty("code").ValueKind != JsonValueKind.Number || error.GetProperty("message").GetString() is not { Length: > 0 }
            || error.GetProperty("status").GetString() is not { Length: > 0 })
            throw new ChatFormException($"not Google's error: {root.GetRawText()}");
        return error;
    }

    private static void Check(List<JsonElement> chunks)
    {
        if (chunks.Count == 0) throw new ChatFormException("a stream without an event");
        for (var i = 0; i < chunks.Count; i++) Check(chunks[i], isLast: i == chunks.Count - 1, isStream: true);
    }

    private static void Check(JsonElement chunk, bool isLast, bool isStream)
    {
        if (chunk.TryGetProperty("error", out _))
        {
            ReadError(chunk);
            if (!isLast) throw new ChatFormException("something follows an error");
            return;
        }
        foreach (var name in (string[])["modelVersion", "responseId"])
            if (chunk.Text(name) is not { Length: > 0 }) throw new ChatFormException($"no {name}");
        foreach (var candidate in chunk.GetProperty("candidates").EnumerateArray())
        {
            if (candidate.Member("finishReason") is null == isLast)
                throw new ChatFormException(isLast ? "the last event has no finishReason" : "a finishReason before the last event");
            if (candidate.GetProperty("index").ValueKind != JsonValueKind.Number) throw new ChatFormException("no index");
            if (candidate.Member("content") is not { } content)
            {
                if (isStream) continue;
                throw new ChatFormException("no content");
            }
            if (content.GetProperty("role").GetString() != "model") throw new ChatFormException("the role is not 'model'");
            var parts = ((JsonElement?)content).Items("parts").ToArray();
            if (isStream && parts.Length == 0) throw new ChatFormException("a content without parts");
            foreach (var part in parts) Check(part);
        }
        if (chunk.Member("usageMetadata") is not { } usage) return;
        if (isStream && !isLast) throw new ChatFormException("usage before the last event");
        foreach (var count in usage.EnumerateObject())
            if (count.Name.EndsWith("Count", StringComparison.Ordinal) && !count.Value.TryGetInt64(out _)) throw new ChatFormException($"{count.Name} is not a whole number");
    }

    private static void Check(JsonElement part)
    {
        if (!part.EnumerateObject().Any() || part.Text("text") is "") throw new ChatFormException("an empty part");
        if (part.Member("functionCall") is not { } call) return;
        if (call.Text("name") is not { Length: > 0 } || call.Text("id") is "" || call.Member("args") is not { ValueKind: JsonValueKind.Object })
            throw new ChatFormException($"not a call: {call.GetRawText()}");
    }

    private static JsonElement Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new ChatFormException($"not JSON: {e.Message}");
        }
    }
}
