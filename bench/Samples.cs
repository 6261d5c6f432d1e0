using System.Text;

namespace Nano.Bench;

/// <summary>Bodies with the sizes of agents' requests and providers' responses. Generated here, deterministic.</summary>
internal static class Samples
{
    private const string Words = "The quick brown fox \\\"jumps\\\" over the lazy dog, naïvely, in 3.14 seconds.\\n";

    /// <summary>An agent's request: a long system text, 20 tools, 40 turns with calls and results; about 70 KiB.</summary>
    public static byte[] AgentRequest(bool stream = false)
    {
        var body = new StringBuilder("{\"model\":\"openai/gpt-5\",\"max_tokens\":4096,\"temperature\":0.2,\"user\":\"u-1\"");
        if (stream) body.Append(",\"stream\":true,\"stream_options\":{\"include_usage\":true}");
        body.Append(",\"messages\":[{\"role\":\"system\",\"content\":\"").Insert(body.Length, Words, 60).Append("\"}");
        for (var turn = 0; turn < 20; turn++)
        {
            body.Append(",{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"").Insert(body.Length, Words, 4).Append("\"}]}");
            body.Append(",{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_").Append(turn)
                .Append("\",\"type\":\"function\",\"function\":{\"name\":\"tool_").Append(turn).Append("\",\"arguments\":\"{\\\"path\\\":\\\"/src/a.cs\\\",\\\"line\\\":12}\"}}]}");
            body.Append(",{\"role\":\"tool\",\"tool_call_id\":\"call_").Append(turn).Append("\",\"content\":\"").Insert(body.Length, Words, 14).Append("\"}");
        }
        body.Append(",{\"role\":\"user\",\"content\":\"Go on.\"}],\"tools\":[");
        for (var tool = 0; tool < 20; tool++)
        {
            if (tool > 0) body.Append(',');
            body.Append("{\"type\":\"function\",\"function\":{\"name\":\"tool_").Append(tool)
                .Append("\",\"description\":\"Reads a file, or a part of it.\",\"parameters\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\",\"description\":\"Where\"},\"line\":{\"type\":\"integer\",\"minimum\":1},\"mode\":{\"enum\":[\"text\",\"hex\"]}},\"required\":[\"path\"],\"additionalProperties\":false}}}");
        }
        return Encoding.UTF8.GetBytes(body.Append("]}").ToString());
    }

    /// <summary>A request with one image of 5 MB of base64.</summary>
    public static byte[] ImageRequest()
    {
        var bytes = new byte[5 * 1024 * 1024 / 4 * 3];
        new Random(1).NextBytes(bytes);
        return Encoding.UTF8.GetBytes(
            "{\"model\":\"openai/gpt-5\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"What is this?\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,"
            + Convert.ToBase64String(bytes) + "\"}}]}]}");
    }

    public static byte[] ChatResponseBody() =>
        Text("""{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-5","choices":[{"index":0,"message":{"role":"assistant","content":"TEXT","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":200,"total_tokens":220,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}""");

    public static byte[] AnthropicResponse() =>
        Text("""{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-5","content":[{"type":"text","text":"TEXT"},{"type":"tool_use","id":"toolu_1","name":"tool_1","input":{"path":"/src/a.cs","line":12}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":20,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":200}}""");

    public static byte[] GeminiResponse() =>
        Text("""{"candidates":[{"content":{"parts":[{"text":"TEXT"},{"functionCall":{"name":"tool_1","args":{"path":"/src/a.cs","line":12}}}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":20,"candidatesTokenCount":200,"totalTokenCount":220},"modelVersion":"gemini-3","responseId":"r1"}""");

    public static byte[] ResponsesResponse() =>
        Text("""{"id":"resp_1","object":"response","created_at":1,"status":"completed","background":false,"error":null,"incomplete_details":null,"instructions":null,"model":"gpt-6","output":[{"id":"msg_1","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"TEXT"}],"role":"assistant"},{"id":"fc_1","type":"function_call","status":"completed","arguments":"{\"path\":\"/src/a.cs\",\"line\":12}","call_id":"call_1","name":"tool_1"}],"parallel_tool_calls":true,"reasoning":{"effort":"medium","summary":null},"service_tier":"default","store":false,"temperature":1.0,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,"usage":{"input_tokens":20,"input_tokens_details":{"cached_tokens":0},"output_tokens":200,"output_tokens_details":{"reasoning_tokens":10},"total_tokens":220},"metadata":{}}""");

    /// <summary>Streams of 1,000 text chunks and their ends.</summary>
    public static byte[] ChatStream() => Stream(
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n",
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word and word\"},\"finish_reason\":null}],\"usage\":null}\n\n",
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5\",\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":2000,\"total_tokens\":2020}}\n\ndata: [DONE]\n\n");

    public static byte[] AnthropicStream() => Stream(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-5\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":20,\"output_tokens\":1}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" word and word\"}}\n\n",
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":2000}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");

    public static byte[] GeminiStream() => Stream(
        "",
        "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \" word and word\"}],\"role\": \"model\"},\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 20,\"candidatesTokenCount\": 10,\"totalTokenCount\": 30},\"modelVersion\": \"gemini-3\",\"responseId\": \"r1\"}\r\n\r\n",
        "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \".\"}],\"role\": \"model\"},\"finishReason\": \"STOP\",\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 20,\"candidatesTokenCount\": 2000,\"totalTokenCount\": 2020},\"modelVersion\": \"gemini-3\",\"responseId\": \"r1\"}\r\n\r\n");

    public static byte[] ResponsesStream() => Stream(
        "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"status\":\"in_progress\",\"model\":\"gpt-6\",\"output\":[],\"usage\":null}}\n\nevent: response.output_item.added\ndata: {\"type\":\"response.output_item.added\",\"sequence_number\":1,\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"in_progress\",\"content\":[],\"role\":\"assistant\"}}\n\n",
        "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":4,\"item_id\":\"msg_68c42de022c881948db7ed1cc2529f2e\",\"output_index\":0,\"content_index\":0,\"delta\":\" word and word\",\"logprobs\":[],\"obfuscation\":\"Kc3sUw7\"}\n\n",
        "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":1005,\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"status\":\"completed\",\"model\":\"gpt-6\",\"output\":[],\"usage\":{\"input_tokens\":20,\"output_tokens\":2000}}}\n\n");

    private static byte[] Text(string answer) => Encoding.UTF8.GetBytes(answer.Replace("TEXT", new StringBuilder().Insert(0, Words, 12).ToString()));

    private static byte[] Stream(string start, string chunk, string end) =>
        Encoding.UTF8.GetBytes(new StringBuilder(start).Insert(start.Length, chunk, 1000).Append(end).ToString());
}
