using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Nano.Bench.Pairs;

/// <summary>
/// A provider with the same response in four dialects, sent at once: a text of 1,000 characters and a call, or a stream of words. Streams have the
/// members of the real providers' streams.
/// </summary>
internal static class Provider
{
    public const int Words = 200;

    private const string Arguments = "{\\\"city\\\":\\\"Ulm\\\",\\\"days\\\":3}";

    private static readonly string Text = Repeat("The quick brown fox \\\"jumps\\\" over it.\\n", 25);

    private static readonly byte[] Embeddings = Encoding.UTF8.GetBytes(EmbeddingList());

    private static readonly Dictionary<string, (byte[] Whole, byte[] Stream)> Dialects = new()
    {
        ["chat"] = Of(Chat(), ChatEvents()),
        ["responses"] = Of(Response("completed", $"{Item(Text)},{Call}"), ResponsesEvents()),
        ["messages"] = Of(Message(
            $$$"""{"type":"text","text":"{{{Text}}}"},{"type":"tool_use","id":"toolu_01A09q90qw90lq917835lq9","name":"get_weather","input":{"city":"Ulm","days":3}}""",
            "\"tool_use\"", 320), MessagesEvents()),
        ["gemini"] = Of(Candidate($$$"""{"text":"{{{Text}}}"},{"functionCall":{"name":"get_weather","args":{"city":"Ulm","days":3}} }""", ",\"finishReason\":\"STOP\""),
            GeminiEvents()),
    };

    /// <summary>A client's response contains the provider's content, in any dialect.</summary>
    public static bool IsExpected(ReadOnlySpan<byte> received) =>
        received.IndexOf("wordin"u8) >= 0 || received.IndexOf("get_weather"u8) >= 0 || received.IndexOf("\"embedding\":[-0."u8) >= 0;

    public static async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(System.Net.IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(ServeAsync);
        await app.StartAsync();
        return app;
    }

    private static async Task ServeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var path = context.Request.Path.Value!;
        if (path.EndsWith("/embeddings", StringComparison.Ordinal))
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = Embeddings.Length;
            await context.Response.Body.WriteAsync(Embeddings);
            return;
        }
        var dialect = path.EndsWith("/chat/completions", StringComparison.Ordinal) ? "chat"
            : path.EndsWith("/responses", StringComparison.Ordinal) ? "responses" : path.EndsWith("/messages", StringComparison.Ordinal) ? "messages" : "gemini";
        var isStream = path.Contains(":stream", StringComparison.Ordinal) || body.GetBuffer().AsSpan(0, (int)body.Length).IndexOf("\"stream\":true"u8) >= 0;
        context.Response.ContentType = isStream ? "text/event-stream" : "application/json";
        var (whole, stream) = Dialects[dialect];
        await context.Response.Body.WriteAsync(isStream ? stream : whole);
    }

    private static (byte[] Whole, byte[] Stream) Of(string whole, IEnumerable<string> events) => (Encoding.UTF8.GetBytes(whole), Encoding.UTF8.GetBytes(string.Concat(events)));

    private static string EmbeddingList()
    {
        var random = new Random(1);
        var list = Enumerable.Range(0, 100).Select(i => $$"""{"object":"embedding","index":{{i}},"embedding":[-0.012345678{{string.Concat(Enumerable.Range(1, 1535).Select(_ => string.Create(CultureInfo.InvariantCulture, $",{random.NextDouble() - 0.5:0.0########}")))}}]}""");
        return $$$"""{"object":"list","data":[{{{string.Join(',', list)}}}],"model":"text-embedding-3-small","usage":{"prompt_tokens":1300,"total_tokens":1300}}""";
    }

    private static string Repeat(string text, int count) => new StringBuilder().Insert(0, text, count).ToString();

    private static string Chat() => $$$"""
        {"id":"chatcmpl-BnfYX3sUw7GJ5LwSEUvNRbyC5KbHB","object":"chat.completion","created":1790000000,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"{{{Text}}}","tool_calls":[{"id":"call_NJkb9FQFhvDwSzSVNNnGzzxJ","type":"function","function":{"name":"get_weather","arguments":"{{{Arguments}}}"}}],"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":300,"completion_tokens":320,"total_tokens":620,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":64,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":null}
        """;

    private static IEnumerable<string> ChatEvents()
    {
        const string head = "data: {\"id\":\"chatcmpl-BnfYX3sUw7GJ5LwSEUvNRbyC5KbHB\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"m\",\"service_tier\":\"default\",\"system_fingerprint\":null,";
        yield return head + "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"aq8\"}\n\n";
        for (var i = 0; i < Words; i++)
            yield return head + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" wording\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"Kc3sUw7\"}\n\n";
        yield return head + "\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":null,\"obfuscation\":\"8w\"}\n\n";
        yield return head + "\"choices\":[],\"usage\":{\"prompt_tokens\":300,\"completion_tokens\":320,\"total_tokens\":620,\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":64}},\"obfuscation\":\"\"}\n\n";
        yield return "data: [DONE]\n\n";
    }

    private const string ItemId = "msg_68c42de022c881948db7ed1cc2529f2e";
    private const string Call =
        $$"""{"id":"fc_68c42de022c881948db7ed1cc2529f2f","type":"function_call","status":"completed","arguments":"{{Arguments}}","call_id":"call_NJkb9FQFhvDwSzSVNNnGzzxJ","name":"get_weather"}""";

    private static string Item(string text) =>
        $$"""{"id":"{{ItemId}}","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"{{text}}"}],"role":"assistant"}""";

    private static string Response(string status, string output) =>
        $$$"""{"id":"resp_68c42de022c881948db7ed1cc2529f2d","object":"response","created_at":1790000000,"status":"{{{status}}}","background":false,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"model":"gpt-6.2-sol","output":[{{{output}}}],"parallel_tool_calls":true,"previous_response_id":null,"prompt_cache_key":null,"reasoning":{"effort":"medium","summary":null},"safety_identifier":null,"service_tier":"default","store":false,"temperature":1.0,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[{"type":"function","description":"The weather of a city.","name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]},"strict":false}],"top_logprobs":0,"top_p":1.0,"truncation":"disabled","usage":{"input_tokens":300,"input_tokens_details":{"cached_tokens":0},"output_tokens":320,"output_tokens_details":{"reasoning_tokens":64},"total_tokens":620},"user":null,"metadata":{}}""";

    private static IEnumerable<string> ResponsesEvents()
    {
        var text = Repeat(" wording", Words);
        var number = 0;
        yield return Event("response.created", $"\"response\":{Response("in_progress", "")}");
        yield return Event("response.in_progress", $"\"response\":{Response("in_progress", "")}");
        yield return Event("response.output_item.added",
            $$"""{{""}}"output_index":0,"item":{"id":"{{ItemId}}","type":"message","status":"in_progress","content":[],"role":"assistant"}""");
        yield return Event("response.content_part.added",
            $$"""{{""}}"item_id":"{{ItemId}}","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}""");
        for (var i = 0; i < Words; i++)
            yield return Event("response.output_text.delta",
                $"\"item_id\":\"{ItemId}\",\"output_index\":0,\"content_index\":0,\"delta\":\" wording\",\"logprobs\":[],\"obfuscation\":\"Kc3sUw7\"");
        yield return Event("response.output_text.done", $$"""{{""}}"item_id":"{{ItemId}}","output_index":0,"content_index":0,"text":"{{text}}","logprobs":[]""");
        yield return Event("response.content_part.done",
            $$"""{{""}}"item_id":"{{ItemId}}","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":"{{text}}"}""");
        yield return Event("response.output_item.done", $"\"output_index\":0,\"item\":{Item(text)}");
        yield return Event("response.completed", $"\"response\":{Response("completed", Item(text))}");

        string Event(string type, string members) => Named(type, $"\"sequence_number\":{number++},{members}");
    }

    private static string Message(string content, string stop, int output) =>
        $$$"""{"id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message","role":"assistant","model":"claude-sonnet-5","content":[{{{content}}}],"stop_reason":{{{stop}}},"stop_sequence":null,"usage":{"input_tokens":300,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":{{{output}}},"service_tier":"standard","inference_geo":"global"}}""";

    private static IEnumerable<string> MessagesEvents()
    {
        yield return Named("message_start", $"\"message\":{Message("", "null", 1)}");
        yield return Named("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}");
        yield return Named("ping", "\"index\":0");
        for (var i = 0; i < Words; i++) yield return Named("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" wording\"}");
        yield return Named("content_block_stop", "\"index\":0");
        yield return Named("message_delta",
            "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"input_tokens\":300,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":320}");
        yield return "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    }

    private static string Candidate(string parts, string end) =>
        $$"""{"candidates":[{"content":{"parts":[{{parts}}],"role":"model"}{{end}},"index":0}],"usageMetadata":{"promptTokenCount":300,"candidatesTokenCount":256,"totalTokenCount":620,"promptTokensDetails":[{"modality":"TEXT","tokenCount":300}],"thoughtsTokenCount":64},"modelVersion":"gemini-3.8-flash","responseId":"b2vFaPq2J5OMz7IPjYqI0Ak"}""";

    private static IEnumerable<string> GeminiEvents()
    {
        for (var i = 0; i < Words; i++) yield return $"data: {Candidate("{\"text\":\" wording\"}", "")}\r\n\r\n";
        yield return $"data: {Candidate("{\"text\":\".\"}", ",\"finishReason\":\"STOP\"")}\r\n\r\n";
    }

    private static string Named(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",{members}}}\n\n";
}
