using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Embeddings;

/// <summary>
/// Providers' embeddings in their own formats, each with its documented limit. A text's vector is computed from its text, and all of its
/// numbers are exact in 32 bits.
/// </summary>
internal static class FakeEmbedder
{
    public static float[] Vector(string text) => [text.Length / 8f, text.Sum(c => c) / 4f, -0.25f];

    /// <summary>The fake's token count: one per word.</summary>
    public static int Tokens(string text) => text.Split(' ').Length;

    public static UpstreamScript Respond(UpstreamRequest request)
    {
        var path = request.Target.Split('?')[0];
        var body = request.BodyJson;
        if (path.EndsWith(":batchEmbedContents", StringComparison.Ordinal)) return Batch(path, body);
        if (path.EndsWith(":embedContent", StringComparison.Ordinal))
            return Json(new { embedding = new { values = Vector(Text(body)) }, usageMetadata = new { promptTokenCount = Tokens(Text(body)) } });
        if (path.EndsWith(":predict", StringComparison.Ordinal)) return Predict(path, body);
        if (path.EndsWith("/invoke", StringComparison.Ordinal)) return body.TryGetProperty("inputText", out var one)
            ? Json(new { embedding = Vector(one.GetString()!), inputTextTokenCount = Tokens(one.GetString()!) })
            : Limited(Texts(body, "texts"), 96) ?? Json(new { id = "x", response_type = "embeddings_floats", embeddings = Texts(body, "texts").Select(Vector) });
        if (path.EndsWith("/v2/embed", StringComparison.Ordinal)) return Limited(Texts(body, "texts"), 96) ?? Json(new
        {
            id = "x",
            embeddings = new { @float = Texts(body, "texts").Select(Vector) },
            meta = new { billed_units = new { input_tokens = Texts(body, "texts").Sum(Tokens) } },
        });
        return OpenAI(path, body);
    }

    /// <summary>OpenAI's format; DashScope's, which has no base64; Voyage's, which reports only the total.</summary>
    private static UpstreamScript OpenAI(string path, JsonElement body)
    {
        var provider = path.Split('/')[1];
        var input = body.GetProperty("input");
        var texts = input.ValueKind == JsonValueKind.String ? [input.GetString()!]
            : input.EnumerateArray().Select(element => element.ValueKind == JsonValueKind.String ? element.GetString()! : $"tokens {element}").ToArray();
        if (Limited(texts, provider switch { "mistral" => 256, "dashscope" => 10, _ => 2048 }) is { } refused) return refused;
        var asBase64 = provider is not "dashscope" and not "together" && body.TryGetProperty("encoding_format", out var format) && format.GetString() == "base64";
        var tokens = texts.Sum(Tokens);
        var response = new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. texts.Select((text, i) => (JsonNode)new JsonObject
            {
                ["object"] = "embedding", ["index"] = i, ["embedding"] = asBase64 ? Base64(Vector(text)) : JsonSerializer.SerializeToNode(Vector(text)),
            })]),
            ["model"] = body.GetProperty("model").GetString() + "-served",
            ["usage"] = provider == "voyage" ? new JsonObject { ["total_tokens"] = tokens } : new JsonObject { ["prompt_tokens"] = tokens, ["total_tokens"] = tokens },
        };
        return UpstreamScript.Json(response.ToJsonString());
    }

    private static UpstreamScript Batch(string path, JsonElement body)
    {
        var requests = body.GetProperty("requests").EnumerateArray().ToArray();
        var name = path[(path.IndexOf("/models/", StringComparison.Ordinal) + 1)..path.LastIndexOf(':')];
        if (requests.Any(request => Uri.EscapeDataString(request.GetProperty("model").GetString()!["models/".Length..]) != name["models/".Length..]))
            return UpstreamScript.Json("""{"error":{"code":400,"message":"the requests name another model than the path","status":"INVALID_ARGUMENT"}}""", 400);
        var texts = requests.Select(Text).ToArray();
        return Limited(texts, 100) ?? Json(new { embeddings = texts.Select(text => new { values = Vector(text) }), usageMetadata = new { promptTokenCount = texts.Sum(Tokens) } });
    }

    private static UpstreamScript Predict(string path, JsonElement body)
    {
        var texts = body.GetProperty("instances").EnumerateArray().Select(instance => instance.GetProperty("content").GetString()!).ToArray();
        return Limited(texts, path.Contains("gemini-", StringComparison.Ordinal) ? 1 : 250)
            ?? Json(new { predictions = texts.Select(
            text => new { embeddings = new { values = Vector(text), statistics = new { token_count = Tokens(text), truncated = false } } }) });
    }

    public static string Base64(float[] vector)
    {
        var bytes = new byte[vector.Length * 4];
        for (var i = 0; i < vector.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * 4), vector[i]);
        return Convert.ToBase64String(bytes);
    }

    private static UpstreamScript? Limited(string[] texts, int most) => texts.Length <= most ? null
        : UpstreamScript.Json($$"""{"error":{"message":"{{texts.Length}} inputs are more than {{most}}"},"message":"{{texts.Length}} inputs are more than {{most}}"}""", 400);

    private static string[] Texts(JsonElement body, string member) => [.. body.GetProperty(member).EnumerateArray().Select(text => text.GetString()!)];

    private static string Text(JsonElement request) =>
        string.Join('\n', request.GetProperty("content").GetProperty("parts").EnumerateArray()
        .Select(part => part.TryGetProperty("text", out var text) ? text.GetString() : "media"));

    private static UpstreamScript Json(object value) => UpstreamScript.Json(JsonSerializer.SerializeToUtf8Bytes(value));
}
