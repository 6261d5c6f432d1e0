using Nano.Testing.Upstream;

namespace Nano.Panel.Tests.Browser;

/// <summary>The same short response, "It ran.", in the other APIs' formats.</summary>
internal static class Streams
{
    public const string Response =
        """{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m","output":[{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"It ran.","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}""";

    public const string Message =
        """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"It ran."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2}}""";

    public const string Content =
        """{"candidates":[{"content":{"role":"model","parts":[{"text":"It ran."}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3},"modelVersion":"m"}""";

    public static UpstreamScript Responses => Events(
        """{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","model":"m","output":[]}}""",
        """{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}""",
        """{"type":"response.content_part.added","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}""",
        """{"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"It "}""",
        """{"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"ran."}""",
        """{"type":"response.completed","sequence_number":5,"response":""" + Response + "}");

    public static UpstreamScript Messages => Events(
        """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":0}}}""",
        """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"It "}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ran."}}""",
        """{"type":"content_block_stop","index":0}""",
        """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}""",
        """{"type":"message_stop"}""");

    public static UpstreamScript Gemini => UpstreamScript.Sse(
        "data: " + """{"candidates":[{"content":{"role":"model","parts":[{"text":"It "}]},"index":0}],"modelVersion":"m"}""" + "\n\n",
        "data: " + Content.Replace("It ran.", "ran.", StringComparison.Ordinal) + "\n\n");

    private static UpstreamScript Events(params string[] events) =>
        UpstreamScript.Sse([.. events.Select(json => $"event: {json[9..json.IndexOf('"', 9)]}\ndata: {json}\n\n")]);
}
