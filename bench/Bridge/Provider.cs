using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Nano.Bench.Bridge;

/// <summary>
/// A provider with the same response in Chat and in Responses: a text of 1,000 characters and a call, or a stream of words. Streams
/// are padded like OpenAI's; they are sent at once, or verbatim.
/// </summary>
internal static class Provider
{
    public const int Words = 200;

    private static readonly string Text = new StringBuilder().Insert(0, "The quick brown fox \\\"jumps\\\" over it.\\n", 25).ToString();

    private static readonly byte[] Chat = Encoding.UTF8.GetBytes($$$"""
        {"id":"chatcmpl-BnfYX3sUw7GJ5LwSEUvNRbyC5KbHB","object":"chat.completion","created":1790000000,"model":"gpt-6.2-sol","choices":[{"index":0,"message":{"role":"assistant","content":"{{{Text}}}","tool_calls":[{"id":"call_NJkb9FQFhvDwSzSVNNnGzzxJ","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Ulm\",\"days\":3}"}}],"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":300,"completion_tokens":320,"total_tokens":620,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":64,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":null}
        """);

    private static readonly string Message =
        $$"""{"id":"msg_68c42de022c881948db7ed1cc2529f2e","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"{{Text}}"}],"role":"assistant"}""";
    private const string Call =
        """{"id":"fc_68c42de022c881948db7ed1cc2529f2f","type":"function_call","status":"completed","arguments":"{\"city\":\"Ulm\",\"days\":3}","call_id":"call_NJkb9FQFhvDwSzSVNNnGzzxJ","name":"get_weather"}""";

    private static readonly byte[] Responses = Encoding.UTF8.GetBytes(Response("completed", $"{Message},{Call}"));
    private static readonly byte[][] ChatStream = [.. ChatEvents().Select(Encoding.UTF8.GetBytes)];
    private static readonly byte[][] ResponsesStream = [.. ResponsesEvents().Select(Encoding.UTF8.GetBytes)];

    public static Task<WebApplication> StartAsync() => StartAsync(AnswerAsync);

    public static async Task<WebApplication> StartAsync(RequestDelegate serve)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(System.Net.IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(serve);
        await app.StartAsync();
        return app;
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var asked = Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
        var isChat = context.Request.Path.Value!.EndsWith("/chat/completions", StringComparison.Ordinal);
        if (!asked.Contains("\"stream\":true", StringComparison.Ordinal))
        {
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(isChat ? Chat : Responses);
            return;
        }
        context.Response.ContentType = "text/event-stream";
        var isPaced = asked.Contains("\"user\":\"paced\"", StringComparison.Ordinal);
        foreach (var item in isChat ? ChatStream : ResponsesStream)
        {
            await context.Response.Body.WriteAsync(item);
            if (!isPaced) continue;
            await context.Response.Body.FlushAsync();
            await Task.Delay(5);
        }
    }

    private static string Response(string status, string output) =>
        $$$"""{"id":"resp_68c42de022c881948db7ed1cc2529f2d","object":"response","created_at":1790000000,"status":"{{{status}}}","background":false,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"model":"gpt-6.2-sol","output":[{{{output}}}],"parallel_tool_calls":true,"previous_response_id":null,"prompt_cache_key":null,"reasoning":{"effort":"medium","summary":null},"safety_identifier":null,"service_tier":"default","store":false,"temperature":1.0,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[{"type":"function","description":"The weather of a city.","name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]},"strict":false}],"top_logprobs":0,"top_p":1.0,"truncation":"disabled","usage":{"input_tokens":300,"input_tokens_details":{"cached_tokens":0},"output_tokens":320,"output_tokens_details":{"reasoning_tokens":64},"total_tokens":620},"user":null,"metadata":{}}""";

    private static IEnumerable<string> ChatEvents()
    {
        const string head = "data: {\"id\":\"chatcmpl-BnfYX3sUw7GJ5LwSEUvNRbyC5KbHB\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"gpt-6.2-sol\",\"service_tier\":\"default\",\"system_fingerprint\":null,";
        yield return head + "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"aq8\"}\n\n";
        for (var i = 0; i < Words; i++)
            yield return head + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" wording\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"Kc3sUw7\"}\n\n";
        yield return head + "\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":null,\"obfuscation\":\"8w\"}\n\n";
        yield return head + "\"choices\":[],\"usage\":{\"prompt_tokens\":300,\"completion_tokens\":320,\"total_tokens\":620,\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":64}},\"obfuscation\":\"\"}\n\n";
        yield return "data: [DONE]\n\n";
    }

    private static IEnumerable<string> ResponsesEvents()
    {
        const string id = "msg_68c42de022c881948db7ed1cc2529f2e";
        var text = new StringBuilder().Insert(0, " wording", Words).ToString();
        var message = $$"""{"id":"{{id}}","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"{{text}}"}],"role":"assistant"}""";
        var number = 0;
        yield return Event("response.created", $"\"response\":{Response("in_progress", "")}");
        yield return Event("response.in_progress", $"\"response\":{Response("in_progress", "")}");
        yield return Event("response.output_item.added",
            $$"""output_index":0,"item":{"id":"{{id}}","type":"message","status":"in_progress","content":[],"role":"assistant"}""".Insert(0, "\""));
        yield return Event("response.content_part.added",
            $$"""item_id":"{{id}}","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}""".Insert(0, "\""));
        for (var i = 0; i < Words; i++)
            yield return Event("response.output_text.delta",
                $$"""item_id":"{{id}}","output_index":0,"content_index":0,"delta":" wording","logprobs":[],"obfuscation":"Kc3sUw7""".Insert(0, "\"") + "\"");
        yield return Event("response.output_text.done", $$"""item_id":"{{id}}","output_index":0,"content_index":0,"text":"{{text}}","logprobs":[]""".Insert(0, "\""));
        yield return Event("response.content_part.done",
            $$"""item_id":"{{id}}","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":"{{text}}"}""".Insert(0, "\""));
        yield return Event("response.output_item.done", $"\"output_index\":0,\"item\":{message}");
        yield return Event("response.completed", $"\"response\":{Response("completed", message)}");

        string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":{number++},{members}}}\n\n";
    }
}
