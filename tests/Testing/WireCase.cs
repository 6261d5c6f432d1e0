using System.Text;
using System.Text.Json;
using Nano.Testing.Upstream;

namespace Nano.Testing;

/// <summary>One recorded interaction with a provider. The folder's INDEX.md explains the members.</summary>
public sealed class WireCase(JsonElement root)
{
    public string Id { get; } = root.GetProperty("id").GetString()!;

    public string Provider { get; } = root.GetProperty("provider").GetString()!;

    public string Api { get; } = root.GetProperty("api").GetString()!;

    public string Fidelity { get; } = root.GetProperty("fidelity").GetString()!;

    public string Url { get; } = root.GetProperty("request").GetProperty("url").GetString()!;

    public string? Model { get; } = root.TryGetProperty("model", out var m) && m.ValueKind == JsonValueKind.String ? m.GetString() : null;

    public IReadOnlyList<string> Tags { get; } = Strings(root, "tags");

    public IReadOnlyList<string> Oddities { get; } = Strings(root, "oddities");

    public int Status { get; } = root.GetProperty("response").GetProperty("status").GetInt32();

    /// <summary>The whole file.</summary>
    public JsonElement Root { get; } = root;

    /// <summary>The request body, undefined when none was recorded.</summary>
    public JsonElement RequestBody =>
        Root.GetProperty("request").TryGetProperty("body", out var body) && body.ValueKind == JsonValueKind.Object ? body : default;

    public bool HasRequest => RequestBody.ValueKind == JsonValueKind.Object;

    public JsonElement Response => Root.GetProperty("response");

    /// <summary>The stream's text exactly as recorded; null for a whole response.</summary>
    public string? Sse => Response.TryGetProperty("sse", out var sse) ? sse.GetString() : null;

    /// <summary>The bytes of Amazon's binary framing, created again if only the events were kept; null for any other response.</summary>
    public byte[]? EventStream => Response.TryGetProperty("eventstream_b64", out var base64) ? base64.GetBytesFromBase64()
        : Response.TryGetProperty("events", out var events) ? [.. events.EnumerateArray().SelectMany(Framed)]
        : null;

    /// <summary>The whole response as parsed JSON; undefined for streams and non-JSON bodies.</summary>
    public JsonElement ResponseBody => Response.TryGetProperty("body", out var body) ? body : default;

    /// <summary>The response's bytes, whatever their format: JSON, SSE text, or text that is not JSON.</summary>
    public byte[] ResponseBytes()
    {
        if (Sse is { } sse) return Encoding.UTF8.GetBytes(sse);
        if (EventStream is { } binary) return binary;
        // A body that was not JSON is kept as text beside a null.
        if (Response.TryGetProperty("body", out var body) && body.ValueKind != JsonValueKind.Null) return JsonSerializer.SerializeToUtf8Bytes(body);
        if (Response.TryGetProperty("body_text", out var text)) return Encoding.UTF8.GetBytes(text.GetString()!);
        if (Response.TryGetProperty("body_b64", out var base64)) return base64.GetBytesFromBase64();
        return [];
    }

    public byte[] RequestBytes() => JsonSerializer.SerializeToUtf8Bytes(RequestBody);

    public string? ContentType =>
        Response.TryGetProperty("headers", out var headers) && headers.TryGetProperty("content-type", out var type) ? type.GetString() : null;

    public override string ToString() => Id;

    private static byte[] Framed(JsonElement item) => AmazonEventStream.Message(
        JsonSerializer.SerializeToUtf8Bytes(item.GetProperty("payload")),
        [.. item.GetProperty("headers").EnumerateObject().Select(h => AmazonEventStream.Text(h.Name, h.Value.GetString()!))]);

    private static string[] Strings(JsonElement root, string name) =>
        root.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(x => x.GetString()!)] : [];
}
