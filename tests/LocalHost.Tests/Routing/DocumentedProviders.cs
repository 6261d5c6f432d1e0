using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>
/// Every provider of an example: each responds in its dialect, with 1,000 tokens of input of which 200 were cached, and 500 of output. A
/// model can be scripted to fail.
/// </summary>
internal sealed partial class DocumentedProviders
{
    /// <summary>The failures by their names in nano.json. A timeout is missing: it needs real time.</summary>
    public static readonly Dictionary<string, (int Status, string Code)> Failures = new(StringComparer.Ordinal)
    {
        ["rate_limit"] = (429, "rate_limit_exceeded"),
        ["quota"] = (429, "insufficient_quota"),
        ["unavailable"] = (503, "server_error"),
        ["key"] = (401, "invalid_api_key"),
        ["not_found"] = (404, "model_not_found"),
        ["context_length"] = (400, "context_length_exceeded"),
        ["content_filter"] = (400, "content_filter"),
    };

    private readonly FakeUpstream _upstream;

    public DocumentedProviders(FakeUpstream upstream)
    {
        _upstream = upstream;
        upstream.Responder = Respond;
    }

    /// <summary>The failures of models, by <c>provider/model</c>.</summary>
    public ConcurrentDictionary<string, string> Failing { get; } = new(StringComparer.Ordinal);

    /// <summary>A credential that is refused; null for none.</summary>
    public string? Refused { get; set; }

    /// <summary>What responses wait for.</summary>
    public Task Held { get; set; } = Task.CompletedTask;

    /// <summary>The models that requests were for, in order.</summary>
    public string[] Asked => [.. _upstream.Requests.Select(Model)];

    /// <summary>The credentials of a request.</summary>
    public static string[] Credentials(UpstreamRequest request) => [.. new[] { "authorization", "api-key", "x-api-key", "x-goog-api-key" }
        .Where(request.Headers.ContainsKey).Select(name => request.Headers[name].Replace("Bearer ", "", StringComparison.Ordinal))];

    /// <summary><c>provider/model</c>, by the path of a request and by its body.</summary>
    public static string Model(UpstreamRequest request) => request.Target.Split('/')[1] + "/" + Name(request);

    private UpstreamScript Respond(UpstreamRequest request)
    {
        var script = Script(request);
        return script with { Steps = [new UpstreamStep.WaitFor(Held), .. script.Steps] };
    }

    private UpstreamScript Script(UpstreamRequest request)
    {
        if (Refused is not null && Credentials(request).Contains(Refused)) return Responses.Error(401, "invalid_api_key");
        if (Failing.TryGetValue(Model(request), out var failure)) return Responses.Error(Failures[failure].Status, Failures[failure].Code);
        var name = Name(request);
        var isStream = request.BodyText.Contains("\"stream\":true", StringComparison.Ordinal);
        return request.Target switch
        {
            var path when path.Contains(":generateContent", StringComparison.Ordinal) => UpstreamScript.Json(Gemini(name)),
            var path when path.Contains(":streamGenerateContent", StringComparison.Ordinal) => UpstreamScript.Sse($"data: {Gemini(name)}\n\n"),
            var path when path.EndsWith("/messages", StringComparison.Ordinal) => isStream ? MessagesStream(name) : Messages(name),
            var path when path.EndsWith("/chat/completions", StringComparison.Ordinal) => isStream ? ChatStream(name) : Chat(name),
            _ => Responses.Error(404, "no such path"),
        };
    }

    private static string Name(UpstreamRequest request) => GeminiPath().Match(request.Target) is { Success: true } match ? match.Groups[1].Value
        : JsonDocument.Parse(request.Body).RootElement.GetProperty("model").GetString()!;

    private const string ChatUsage = """{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500,"prompt_tokens_details":{"cached_tokens":200}}""";

    private static UpstreamScript Chat(string model) => UpstreamScript.Json(
        $$$"""{"id":"c","object":"chat.completion","created":1,"model":"{{{model}}}","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{{{ChatUsage}}}}""");

    private static UpstreamScript ChatStream(string model)
    {
        var head = $$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"{{model}}","choices":[""";
        return UpstreamScript.Sse(head + """{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}""" + "\n\n",
            head + """{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\n", head + $$"""],"usage":{{ChatUsage}}}""" + "\n\n", "data: [DONE]\n\n");
    }

    private const string MessagesUsage = """{"input_tokens":800,"cache_read_input_tokens":200,"cache_creation_input_tokens":0,"output_tokens":500}""";

    private static UpstreamScript Messages(string model) => UpstreamScript.Json(
        $$"""{"id":"m","type":"message","role":"assistant","model":"{{model}}","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{{MessagesUsage}}}""");

    private static UpstreamScript MessagesStream(string model) => UpstreamScript.Sse([.. new[]
    {
        ("message_start", $$""" "message":{"id":"m","type":"message","role":"assistant","model":"{{model}}","content":[],"stop_reason":null,"usage":{{MessagesUsage}}}"""),
        ("content_block_start", """ "index":0,"content_block":{"type":"text","text":""}"""),
        ("content_block_delta", """ "index":0,"delta":{"type":"text_delta","text":"Hi"}"""),
        ("content_block_stop", """ "index":0"""),
        ("message_delta", $$""" "delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{{MessagesUsage}}"""),
    }.Select(item => $$"""event: {{item.Item1}}{{"\n"}}data: {"type":"{{item.Item1}}",{{item.Item2}}}{{"\n\n"}}"""), "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"]);

    private static string Gemini(string model) =>
        $$"""{"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"STOP"}],"modelVersion":"{{model}}","responseId":"r","usageMetadata":{{GeminiUsage}}}""";

    private const string GeminiUsage = """{"promptTokenCount":1000,"cachedContentTokenCount":200,"candidatesTokenCount":500,"totalTokenCount":1500}""";

    [GeneratedRegex("/models/([^:/]+):")]
    private static partial Regex GeminiPath();
}
