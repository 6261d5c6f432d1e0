using System.Text.Json;
using System.Text.Json.Nodes;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Responses;

/// <summary>
/// A response of OpenAI Responses, whole or as the stream that the reference describes: each item is announced, sent in
/// pieces, sent whole, and repeated at the end.
/// </summary>
internal sealed record ResponsesResponse(params string[] Items)
{
    private const int Piece = 5;

    public string Status { get; init; } = "completed";

    /// <summary>Members that end the response object.</summary>
    public string More { get; init; } = "\"error\":null,\"incomplete_details\":null";

    public string? Usage { get; init; } =
        """{"input_tokens":20,"input_tokens_details":{"cached_tokens":8},"output_tokens":30,"output_tokens_details":{"reasoning_tokens":12},"total_tokens":50}""";

    public static string Message(string text, string? annotations = null) =>
        $$"""{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":{{Quoted(text)}},"annotations":{{annotations ?? "[]"}},"logprobs":[]}]}""";

    public static string Refusal(string text) =>
        $$"""{"type":"message","id":"msg_2","status":"completed","role":"assistant","content":[{"type":"refusal","refusal":{{Quoted(text)}}}]}""";

    public static string Call(string id, string name, string arguments) =>
        $$"""{"type":"function_call","id":"fc_{{id}}","call_id":"{{id}}","name":"{{name}}","arguments":{{Quoted(arguments)}},"status":"completed"}""";

    public static string CustomCall(string id, string name, string input) =>
        $$"""{"type":"custom_tool_call","id":"ctc_{{id}}","call_id":"{{id}}","name":"{{name}}","input":{{Quoted(input)}},"status":"completed"}""";

    /// <param name="summary">Its pieces.</param>
    public static string Reasoning(string state, params string[] summary) =>
        $$"""{"type":"reasoning","id":"rs_1","summary":[{{string.Join(',', summary.Select(s => $$"""{"type":"summary_text","text":{{Quoted(s)}}}"""))}}],"encrypted_content":{{Quoted(state)}}}""";

    public UpstreamScript Script(bool stream) => stream ? UpstreamScript.Sse([.. Events()]) : UpstreamScript.Json(Body());

    public string Body() => Response(Status, $"[{string.Join(',', Items)}]", More, Usage);

    /// <summary>The SSE events, the last one included.</summary>
    public List<string> Events()
    {
        var events = new List<string>();
        var begun = Response("in_progress", "[]", "\"error\":null,\"incomplete_details\":null", usage: null);
        Add("response.created", $"\"response\":{begun}");
        Add("response.in_progress", $"\"response\":{begun}");
        for (var i = 0; i < Items.Length; i++) Item(i, JsonNode.Parse(Items[i])!.AsObject());
        Add($"response.{Status}", $"\"response\":{Body()}");
        return events;

        void Add(string type, string members) =>
            events.Add($$"""
                event: {{type}}
                data: {"type":"{{type}}","sequence_number":{{events.Count}},{{members}}}


                """.ReplaceLineEndings("\n"));

        void Item(int index, JsonObject item)
        {
            var place = $"\"item_id\":\"{item["id"]}\",\"output_index\":{index}";
            var begun = item.DeepClone().AsObject();
            foreach (var (member, empty) in new (string, JsonNode)[] { ("content", new JsonArray()), ("summary", new JsonArray()), ("arguments", ""), ("input", "") })
                if (begun.ContainsKey(member)) begun[member] = empty;
            begun.Remove("encrypted_content");
            Add("response.output_item.added", $"\"output_index\":{index},\"item\":{begun.ToJsonString()}");
            foreach (var (i, part) in (item["content"]?.AsArray() ?? []).Index()) Part(part!.AsObject(), $"{place},\"content_index\":{i}");
            foreach (var (i, part) in (item["summary"]?.AsArray() ?? []).Index()) Summary(part!.AsObject(), $"{place},\"summary_index\":{i}");
            if (item["arguments"] is { } arguments) Said("response.function_call_arguments", "arguments", arguments, place, "");
            if (item["input"] is { } input) Said("response.custom_tool_call_input", "input", input, place, "");
            Add("response.output_item.done", $"\"output_index\":{index},\"item\":{item.ToJsonString()}");
        }

        void Part(JsonObject part, string place)
        {
            var isText = (string?)part["type"] == "output_text";
            Add("response.content_part.added", $"{place},\"part\":{(isText ? """{"type":"output_text","text":"","annotations":[]}""" : """{"type":"refusal","refusal":""}""")}");
            if (isText) Said("response.output_text", "text", part["text"]!, place, ",\"logprobs\":[]");
            else if (part["refusal"] is { } refusal) Said("response.refusal", "refusal", refusal, place, "");
            foreach (var (i, annotation) in (part["annotations"]?.AsArray() ?? []).Index())
                Add("response.output_text.annotation.added", $"{place},\"annotation_index\":{i},\"annotation\":{annotation!.ToJsonString()}");
            Add("response.content_part.done", $"{place},\"part\":{part.ToJsonString()}");
        }

        void Summary(JsonObject part, string place)
        {
            Add("response.reasoning_summary_part.added", $$"""{{place}},"part":{"type":"summary_text","text":""}""");
            Said("response.reasoning_summary_text", "text", part["text"]!, place, "");
            Add("response.reasoning_summary_part.done", $"{place},\"part\":{part.ToJsonString()}");
        }

        void Said(string type, string member, JsonNode text, string place, string more)
        {
            var whole = (string)text!;
            for (var at = 0; at < whole.Length; at += Piece)
                Add($"{type}.delta", $"{place},\"delta\":{Quoted(whole.Substring(at, Math.Min(Piece, whole.Length - at)))}{more},\"obfuscation\":\"x{at}\"");
            Add($"{type}.done", $"{place},\"{member}\":{Quoted(whole)}{more}");
        }
    }

    private static string Response(string status, string output, string more, string? usage) =>
        $$"""{"id":"resp_68a1","object":"response","created_at":1790000000,"status":"{{status}}","background":false,"model":"gpt-6.2-sol-2026-11-01","output":{{output}},{{more}},"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":"medium","summary":null},"service_tier":"default","store":false,"temperature":1.0,"text":{"format":{"type":"text"} },"tool_choice":"auto","tools":[],"top_p":1.0,"usage":{{usage ?? "null"}},"metadata":{} }""";

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
