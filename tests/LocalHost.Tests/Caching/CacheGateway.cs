using System.Text.Json;
using Nano.LocalHost.Tests.Governance;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Oracle;

namespace Nano.LocalHost.Tests.Caching;

/// <summary>A gateway with virtual keys and a small limit for cached responses.</summary>
public class CacheGateway : GovernedGateway
{
    public const int MaxEntry = 16 * 1024;

    protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream)) { ["CACHE_MAX_ENTRY_BYTES"] = $"{MaxEntry}" };

    /// <summary>A text that no other request contains.</summary>
    public string Fresh() => Random.Shared.GetHexString(24, lowercase: true);

    /// <summary>A Chat request that no other test sends.</summary>
    public string Ask(string model = "nano/echo", string more = "") => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{Fresh()}}"}]{{more}}}""";

    public Task<GatewayReply> OwnerChatAsync(string request, params string[] headers) =>
        CallAsync("POST", "/v1/chat/completions", request, "Bearer " + CallerKey, [.. headers.Where(header => header.Length > 0)]);

    /// <summary>The same question through one of the inbound APIs.</summary>
    public Task<GatewayReply> CallApiAsync(string api, string model, string content, bool stream, params string[] headers)
    {
        var flag = stream ? ",\"stream\":true" : "";
        var (path, request) = api switch
        {
            "chat" => ("/v1/chat/completions",
                $$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{content}}"}]{{flag}}{{(stream ? ",\"stream_options\":{\"include_usage\":true}" : "")}}}"""),
            "messages" => ("/v1/messages", $$"""{"model":"{{model}}","max_tokens":1000,"messages":[{"role":"user","content":"{{content}}"}]{{flag}}}"""),
            "responses" => ("/v1/responses", $$"""{"model":"{{model}}","input":"{{content}}"{{flag}}}"""),
            _ => ($"/v1beta/models/{model}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}",
                $$"""{"contents":[{"role":"user","parts":[{"text":"{{content}}"}]}]}"""),
        };
        return CallAsync("POST", path, request, "Bearer " + CallerKey, headers);
    }

    /// <summary>The model's text in a response.</summary>
    public static string TextOf(string api, GatewayReply reply, bool stream)
    {
        if (!stream) return string.Concat(Texts(reply.Json, api, isDelta: false));
        return string.Concat(SseText.Events(reply.Text).Where(item => item.HasData && item.Data != "[DONE]")
            .SelectMany(item => Texts(JsonDocument.Parse(item.Data).RootElement, api, isDelta: true)));
    }

    private static IEnumerable<string> Texts(JsonElement json, string api, bool isDelta)
    {
        switch (api)
        {
            case "chat":
                foreach (var choice in json.GetProperty("choices").EnumerateArray())
                    if (choice.GetProperty(isDelta ? "delta" : "message").TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String)
                        yield return content.GetString()!;
                break;
            case "messages" when isDelta:
                if (json.TryGetProperty("delta", out var delta) && delta.TryGetProperty("text", out var piece)) yield return piece.GetString()!;
                break;
            case "messages":
                foreach (var block in json.GetProperty("content").EnumerateArray()) if (block.TryGetProperty("text", out var text)) yield return text.GetString()!;
                break;
            case "responses" when isDelta:
                if (json.GetProperty("type").GetString() == "response.output_text.delta") yield return json.GetProperty("delta").GetString()!;
                break;
            case "responses":
                foreach (var item in json.GetProperty("output").EnumerateArray())
                    if (item.TryGetProperty("content", out var parts) && parts.ValueKind == JsonValueKind.Array)
                        foreach (var part in parts.EnumerateArray()) if (part.TryGetProperty("text", out var said)) yield return said.GetString()!;
                break;
            default:
                foreach (var candidate in json.GetProperty("candidates").EnumerateArray())
                    if (candidate.TryGetProperty("content", out var turn) && turn.TryGetProperty("parts", out var pieces))
                        foreach (var part in pieces.EnumerateArray()) if (part.TryGetProperty("text", out var words)) yield return words.GetString()!;
                break;
        }
    }
}
