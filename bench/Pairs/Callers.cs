using System.Text;

namespace Nano.Bench.Pairs;

/// <summary>A request that the benchmark sends repeatedly.</summary>
internal sealed record Request(string Path, byte[] Body)
{
    public static Request Of(string path, string body) => new(path, Encoding.UTF8.GetBytes(body));
}

/// <summary>The same question in each API, and a request like a coding agent's. All of it is generated here.</summary>
internal static class Callers
{
    private const string Schema = """{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}""";
    private const string Function = "\"name\":\"get_weather\",\"description\":\"The weather of a city.\",\"parameters\":" + Schema;

    public static readonly (string Title, string Model)[] Providers =
        [("Chat", "any/m"), ("Responses", "openai/gpt-6.2-sol"), ("Messages", "anthropic/claude-sonnet-5"), ("Gemini", "google/gemini-3.8-flash")];

    public static readonly (string Title, Func<string, bool, Request> Ask)[] All =
    [
        ("Chat", (model, stream) => Request.Of("/v1/chat/completions",
            $$$"""{"model":"{{{model}}}",{{{(stream ? "\"stream\":true,\"stream_options\":{\"include_usage\":true}," : "")}}}"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"What is the weather?"}],"tools":[{"type":"function","function":{{{{Function}}}}}]}""")),
        ("Responses", (model, stream) => Request.Of("/v1/responses",
            $$$"""{"model":"{{{model}}}",{{{(stream ? "\"stream\":true," : "")}}}"store":false,"instructions":"Be brief.","input":[{"role":"user","content":"What is the weather?"}],"tools":[{"type":"function",{{{Function}}}}]}""")),
        ("Messages", (model, stream) => Request.Of("/v1/messages",
            $$$"""{"model":"{{{model}}}",{{{(stream ? "\"stream\":true," : "")}}}"max_tokens":4096,"system":"Be brief.","messages":[{"role":"user","content":"What is the weather?"}],"tools":[{"name":"get_weather","description":"The weather of a city.","input_schema":{{{Schema}}}}]}""")),
        ("Gemini", (model, stream) => Request.Of($"/v1beta/models/{model}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}",
            $$$"""{"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"What is the weather?"}]}],"tools":[{"functionDeclarations":[{{{{Function}}}}]}]}""")),
    ];

    /// <summary>A request with the size and the members of Claude Code's: a system text in cached blocks, 70 tools, a few turns with calls; 100 KB.</summary>
    public static Request Agent(string model)
    {
        const string sentence = "Use this tool when the task asks for it, and read what it returns before the next step.\\nNever guess a \\\"path\\\". ";
        var body = new StringBuilder($$"""{"model":"{{model}}","max_tokens":32000,"metadata":{"user_id":"user_0000_account__session_0000"},"system":[""");
        body.Append($$$"""{"type":"text","text":"You are a coding agent.","cache_control":{"type":"ephemeral"}},{"type":"text","text":"{{{Repeat(sentence, 110)}}}","cache_control":{"type":"ephemeral"}}],"tools":[""");
        for (var i = 0; i < 70; i++)
        {
            body.Append(i == 0 ? "" : ",").Append($$"""{"name":"{{(i == 0 ? "get_weather" : $"tool_{i}")}}","description":"{{Repeat(sentence, 5)}}","input_schema":{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{""");
            body.Append("\"path\":{\"type\":\"string\",\"description\":\"The absolute path of the file\"},\"limit\":{\"type\":\"number\",\"description\":\"How many lines\",\"exclusiveMinimum\":0},\"mode\":{\"type\":\"string\",\"enum\":[\"content\",\"count\"]},");
            body.Append("\"edits\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"old\":{\"type\":\"string\"},\"new\":{\"type\":\"string\"},\"all\":{\"type\":\"boolean\",\"default\":false}},\"required\":[\"old\",\"new\"],\"additionalProperties\":false}}},\"required\":[\"path\"],\"additionalProperties\":false}}");
        }
        body.Append("],\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Mend the test.\"}]}");
        for (var i = 0; i < 4; i++)
        {
            body.Append($$$"""{{{","}}}{"role":"assistant","content":[{"type":"text","text":"I read the file."},{"type":"tool_use","id":"toolu_01A09q90qw90lq91783{{{i}}}","name":"tool_{{{i + 1}}}","input":{"path":"/src/a{{{i}}}.cs","limit":200}}]}""");
            body.Append($$"""{{","}}{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_01A09q90qw90lq91783{{i}}","content":"{{Repeat("     1\\tusing System;\\n", 60)}}"}]}""");
        }
        return Request.Of("/v1/messages", body.Append("]}").ToString());
    }

    /// <summary>A hundred inputs.</summary>
    public static Request Embeddings(string model) =>
        Request.Of("/v1/embeddings", $$"""{"model":"{{model}}","input":[{{string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"The quick brown fox jumps over the lazy dog, {i} times.\""))}}]}""");

    private static string Repeat(string text, int count) => new StringBuilder().Insert(0, text, count).ToString();
}
