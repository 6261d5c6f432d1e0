using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Requests that providers refused in the field: what the provider gets, and which losses are reported to the caller.</summary>
public sealed class FieldRequestTests(VendorFixture gateway) : IClassFixture<VendorFixture>
{
    private const string Call =
        "\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":NAME,\"arguments\":ARGUMENTS}}]},{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"r\"}]";
    private const string Ask = "\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]";
    private const string Email = "^(?!\\\\.)(?!.*\\\\.\\\\.)[a-z]+@[a-z]+$";

    private static string History(string name, string arguments = "\"{}\"") => Call.Replace("NAME", $"\"{name}\"").Replace("ARGUMENTS", arguments);

    private static string Tool(string schema, string more = "", string name = "f") =>
        $$$"""{"type":"function","function":{"name":"{{{name}}}","parameters":{{{schema}}}{{{more}}}}}""";

    private static string Tools(params string[] tools) => $"{Ask},\"tools\":[{string.Join(',', tools)}]";

    /// <summary>Model, members of the request, parts of the body that the provider gets (a minus marks parts that it does not), the loss header.</summary>
    public static TheoryData<string, string, string[], string> Requests => new()
    {
        // Tool choice and thinking.
        { "deepseek/deepseek-v4-flash", Tools(Tool("{\"type\":\"object\"}")) + ",\"tool_choice\":\"required\"",
            ["\"thinking\":{\"type\":\"disabled\"}", "\"tool_choice\":\"required\""], "emulated=tool_choice" },
        { "deepseek/deepseek-v4-pro", Tools(Tool("{\"type\":\"object\"}")) + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}",
            ["\"thinking\":{\"type\":\"disabled\"}"], "emulated=tool_choice" },
        { "deepseek/deepseek-v4-flash", Tools(Tool("{\"type\":\"object\"}")) + ",\"tool_choice\":\"required\",\"reasoning_effort\":\"high\"",
            ["\"tool_choice\":\"auto\"", "\"reasoning_effort\":\"high\""], "dropped=tool_choice" },
        { "deepseek/deepseek-chat", Tools(Tool("{\"type\":\"object\"}")) + ",\"tool_choice\":\"required\"", ["\"tool_choice\":\"required\"", "-thinking"], "" },
        { "moonshot/kimi-k2.6", Tools(Tool("{\"type\":\"object\"}")) + ",\"tool_choice\":\"required\"", ["\"thinking\":{\"type\":\"disabled\"}"], "emulated=tool_choice" },
        { "moonshot/kimi-k3", Tools(Tool("{\"type\":\"object\"}")) + ",\"tool_choice\":\"required\"", ["\"tool_choice\":\"required\"", "-thinking"], "" },
        // Limits of models, including dated names.
        { "moonshot/kimi-k2.6", Ask + ",\"temperature\":0.3", ["-temperature"], "dropped=temperature" },
        { "moonshot/kimi-k2.5-0127", Ask + ",\"temperature\":1,\"n\":1", ["-temperature", "-\"n\""], "" },
        { "xai/grok-4.20-0309-reasoning", Ask + ",\"reasoning_effort\":\"high\"", ["-reasoning_effort"], "dropped=reasoning_effort" },
        { "xai/grok-4.20-0309-non-reasoning", Ask + ",\"frequency_penalty\":0,\"presence_penalty\":0", ["-penalty"], "" },
        { "xai/grok-4.20-0309-non-reasoning", Ask + ",\"frequency_penalty\":0.5", ["-penalty"], "dropped=frequency_penalty" },
        { "xai/grok-4.6", Ask + ",\"reasoning_effort\":\"none\"", ["\"reasoning_effort\":\"low\""], "dropped=reasoning_effort" },
        { "xai/grok-4.5", Ask + ",\"reasoning_effort\":\"xhigh\"", ["\"reasoning_effort\":\"high\""], "emulated=reasoning_effort" },
        { "xai/grok-4.3", Ask + ",\"reasoning_effort\":\"none\"", ["\"reasoning_effort\":\"none\""], "" },
        // Models older than the catalogue's, dated ones, and ones at other hosts.
        { "anthropic/claude-sonnet-4-5", Ask + ",\"reasoning_effort\":\"low\",\"max_tokens\":8000",
            ["\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}", "-adaptive", "-effort"], "" },
        { "anthropic/claude-sonnet-4-5-20250929", Ask + ",\"reasoning_effort\":\"low\",\"max_tokens\":8000", ["\"budget_tokens\":2048"], "" },
        { "anthropic/claude-opus-4-1-20250805", Ask + ",\"reasoning_effort\":\"low\",\"max_tokens\":8000", ["\"budget_tokens\":2048"], "" },
        { "anthropic/claude-3-7-sonnet-latest", Ask + ",\"reasoning_effort\":\"low\",\"max_tokens\":8000", ["\"budget_tokens\":2048"], "" },
        { "anthropic/claude-3-5-haiku-20241022", Ask + ",\"reasoning_effort\":\"low\"", ["-thinking", "\"max_tokens\":8192"], "dropped=reasoning_effort" },
        { "anthropic/claude-opus-4-6", Ask + ",\"reasoning_effort\":\"low\"", ["\"thinking\":{\"type\":\"adaptive\"", "\"effort\":\"low\""], "" },
        { "anthropic/claude-of-tomorrow", Ask + ",\"reasoning_effort\":\"low\"", ["\"thinking\":{\"type\":\"adaptive\""], "" },
        { "google/gemini-2.0-flash", Ask + ",\"reasoning_effort\":\"low\"", ["-thinkingBudget", "-thinkingLevel"], "dropped=reasoning_effort" },
        { "google/gemini-2.0-flash-001", Ask + ",\"reasoning_effort\":\"low\"", ["-thinkingBudget"], "dropped=reasoning_effort" },
        { "google/gemini-2.5-flash-preview-09-2025", Ask + ",\"reasoning_effort\":\"low\"", ["\"thinkingBudget\":1024"], "" },
        { "google/gemini-3-flash-preview", Ask + ",\"reasoning_effort\":\"low\"", ["\"thinkingLevel\":\"low\""], "" },
        { "cohere/command-a-03-2025", Ask + ",\"reasoning_effort\":\"low\"", ["-thinking"], "dropped=reasoning_effort" },
        { "cohere/command-r-plus-08-2024", Ask + ",\"reasoning_effort\":\"low\"", ["-thinking"], "dropped=reasoning_effort" },
        // OpenAI's reasoning models without tools.
        { "openai/gpt-6.2-sol", Ask + ",\"max_tokens\":50,\"temperature\":0.2", ["\"max_completion_tokens\":50", "-\"max_tokens\"", "-temperature"], "dropped=temperature" },
        { "openai/o3-mini", Ask + ",\"max_tokens\":50", ["\"max_completion_tokens\":50"], "" },
        { "openai/gpt-5-mini-2025-08-07", Ask + ",\"temperature\":0.2,\"top_p\":1,\"logit_bias\":{\"1\":2}", ["-temperature", "-top_p", "-logit_bias"],
            "dropped=logit_bias,temperature" },
        { "openai/gpt-5.4", Ask + ",\"max_tokens\":50,\"temperature\":0.2", ["\"max_completion_tokens\":50", "\"temperature\":0.2"], "" },
        { "openai/gpt-6.1-terra", Ask + ",\"temperature\":0.2,\"reasoning_effort\":\"none\"", ["\"temperature\":0.2"], "" },
        { "openai/gpt-6.1-terra", Ask + ",\"temperature\":0.2", ["-temperature"], "dropped=temperature" },
        { "openai/gpt-4o", Ask + ",\"max_tokens\":50,\"temperature\":0.2,\"logit_bias\":{\"1\":2}", ["\"max_tokens\":50", "\"temperature\":0.2", "\"logit_bias\""], "" },
        { "openai/gpt-of-tomorrow", Ask + ",\"max_tokens\":50,\"temperature\":0.2", ["\"max_tokens\":50", "\"temperature\":0.2"], "" },
        { "azure/gpt-5.6-sol", Ask + ",\"max_tokens\":50,\"temperature\":0.2", ["\"max_completion_tokens\":50", "-temperature"], "dropped=temperature" },
        // Closed schemas.
        { "mistral/mistral-large-4", Ask + ",\"store\":false,\"user\":null,\"parallel_tool_calls\":true", ["-store", "-\"user\":"], "" },
        { "mistral/mistral-large-4",
            "\"messages\":[{\"role\":\"user\",\"content\":\"q\",\"name\":\"ann\"},{\"role\":\"assistant\",\"content\":\"a\",\"refusal\":null,\"annotations\":[]},{\"role\":\"user\",\"content\":\"q\"}],\"store\":true,\"verbosity\":\"low\"", ["-store", "-verbosity", "-ann", "-refusal", "-annotations"], "dropped=messages.name,verbosity,store" },
        { "cerebras/m", Ask + ",\"store\":true,\"prompt_cache_key\":\"k\",\"seed\":1", ["-store", "-prompt_cache_key", "\"seed\":1"], "dropped=prompt_cache_key,store" },
        { "groq/m", Ask + ",\"prompt_cache_key\":\"k\",\"store\":false", ["-store", "-prompt_cache_key"], "dropped=prompt_cache_key" },
        // Names in the history.
        { "openai/gpt-6.2-sol", History("functions.exec command") + ",\"tools\":[" + Tool("{\"type\":\"object\"}") + "]", ["\"name\":\"functions_exec_command\""],
            "emulated=messages.tool_calls.function.name" },
        { "google/gemini-3.8-flash", History("functions.exec command"), ["\"name\":\"functions.exec_command\"", "-exec command"], "emulated=messages.tool_calls.function.name" },
        { "google/gemini-3.8-flash", History("1st"), ["\"name\":\"_1st\""], "emulated=messages.tool_calls.function.name" },
        { "cohere/command-a-plus-05-2026", History("functions.exec command"), ["\"name\":\"functions_exec_command\""], "emulated=messages.tool_calls.function.name" },
        { "google/gemini-3.8-flash", Ask + ",\"n\":2", ["-candidateCount"], "dropped=n" },
        { "google/gemini-2.5-flash", Ask + ",\"n\":2", ["\"candidateCount\":2"], "" },
        // Missing or empty arguments.
        { "anthropic/claude-haiku-5-5", History("f", "\"null\""), ["\"input\":{}"], "" },
        { "google/gemini-3.8-flash", History("f", "\" null \""), ["\"args\":{}"], "" },
        { "anthropic/claude-haiku-5-5",
            "\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\",\"prefix\":false},{\"role\":\"user\",\"content\":\"r\"}]", [], "" },
        { "cohere/command-a-plus-05-2026",
            "\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\",\"prefix\":false},{\"role\":\"user\",\"content\":\"r\"}]", [], "" },
        // An empty reasoning_content that the provider requires.
        { "deepseek/deepseek-v4-pro",
            "\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\",\"reasoning_content\":\"\"},{\"role\":\"user\",\"content\":\"r\"}]",
            ["\"reasoning_content\":\"\""], "" },
        { "moonshot/kimi-k2.6", "\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\",\"reasoning_content\":\"\",\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"r\"}]", ["\"reasoning_content\":\" \""], "" },
        // Media types as callers write them.
        { "google/gemini-3.8-flash", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/JPG;base64,AAAA\"}}]}]",
            ["\"mimeType\":\"image/jpeg\""], "" },
        { "google/gemini-3.8-flash", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/pjpeg;base64,AAAA\"}}]}]",
            ["\"mimeType\":\"image/jpeg\""], "" },
        { "google/gemini-3.8-flash", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/x-png;base64,AAAA\"}}]}]",
            ["\"mimeType\":\"image/png\""], "" },
        { "google/gemini-3.8-flash", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/jpg;base64,iVBORw0KGgo=\"}}]}]",
            ["\"mimeType\":\"image/png\""], "" },
        { "google/gemini-3.8-flash", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"format\":\"MP3\",\"data\":\"AAAA\"}}]}]",
            ["\"mimeType\":\"audio/mpeg\""], "" },
        { "anthropic/claude-haiku-5-5", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:IMAGE/JPEG;base64,AAAA\"}}]}]",
            ["\"type\":\"image\"", "\"media_type\":\"image/jpeg\""], "" },
        // Prompt-cache markers of agents.
        { "anthropic/claude-haiku-5-5", "\"messages\":[{\"role\":\"user\",\"content\":\"q\",\"cache_control\":{\"type\":\"ephemeral\"}}]",
            ["\"text\":\"q\",\"cache_control\":{\"type\":\"ephemeral\"}"], "" },
        { "anthropic/claude-haiku-5-5", Ask + ",\"cache_control\":{\"type\":\"ephemeral\"}", ["\"text\":\"q\",\"cache_control\":{\"type\":\"ephemeral\"}"], "" },
        { "anthropic/claude-haiku-5-5", History("f").Replace("\"type\":\"function\",\"function\"", "\"type\":\"function\",\"cache_control\":{\"type\":\"ephemeral\"},\"function\""),
            ["\"input\":{},\"cache_control\":{\"type\":\"ephemeral\"}"], "" },
        { "anthropic/claude-haiku-5-5", History("f").Replace("\"content\":\"r\"", "\"content\":\"r\",\"cache_control\":{\"type\":\"ephemeral\"}"),
            ["\"content\":\"r\",\"cache_control\":{\"type\":\"ephemeral\"}"], "" },
        // Regular expressions that the provider does not compile.
        { "openai/gpt-6.2-sol", Tools(
            Tool($$$$"""{"type":"object","properties":{"a":{"type":"string","pattern":"{{{{Email}}}}","description":"d"},"b":{"type":"string","pattern":"^x$"}}}""")),
                ["\"description\":\"d It must match this regular expression: ^(?!", "\"pattern\":\"^x$\""], "emulated=tools.function.parameters.pattern" },
        { "google/gemini-3.8-flash", Tools(Tool($$$$"""{"type":"object","properties":{"a":{"type":"string","pattern":"{{{{Email}}}}"}}}""")),
            ["\"description\":\"Pattern: ^(?!", "-\"pattern\""], "emulated=tools.parameters.pattern" },
        { "openai/gpt-6.2-sol", Tools(
            Tool("""{"type":"object","properties":{"a":{"type":"string","pattern":"(?P<n>a)(?P=n)"},"b":{"type":"string","pattern":"(?P<n>a)"},"c":{"type":"string","pattern":"(?>a)b"}}}""")),
                ["regular expression: (?P<n>a)(?P=n)", "regular expression: (?>a)b", "\"pattern\":\"(?P<n>a)\""], "emulated=tools.function.parameters.pattern" },
        // Schemas of older drafts, and sloppy ones.
        { "anthropic/claude-haiku-5-5", Tools(Tool("""{"type":"object","properties":{"a":{"type":"array","items":[{"type":"string"},{"type":"number"}]}}}""")),
            ["\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"number\"}]", "-\"items\""], "emulated=tools.function.parameters" },
        { "anthropic/claude-haiku-5-5", Tools(Tool("""{"type":"object","properties":{"a":{"type":"integer","minimum":1,"exclusiveMinimum":true}}}""")),
            ["\"exclusiveMinimum\":1", "-\"minimum\""], "emulated=tools.function.parameters" },
        { "anthropic/claude-haiku-5-5", Tools(Tool("""{"type":"object","properties":{"a":{"type":"string","required":true},"b":{"type":"string","required":false}}}""")),
            ["\"required\":[\"a\"]"], "emulated=tools.function.parameters" },
        { "anthropic/claude-haiku-5-5", Tools(Tool("""{"type":"object","properties":null}""")), ["\"properties\":{}"], "emulated=tools.function.parameters" },
        { "anthropic/claude-haiku-5-5", Tools(Tool("""{"type":"object","properties":{"a":{"type":"int"},"b":{"type":"any"},"c":{"type":"string","enum":null}}}""")),
            ["\"a\":{\"type\":\"integer\"}", "\"b\":{}", "\"c\":{\"type\":\"string\"}"], "emulated=tools.function.parameters" },
        { "anthropic/claude-haiku-5-5", Tools(Tool("""{"type":"object"}"""), Tool("""{"type":"object"}""")),
            ["\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}]"], "" },
        // Strict tools within Anthropic's limits.
        { "anthropic/claude-haiku-5-5",
            Tools(Tool("""{"type":"object","properties":{"a":{"oneOf":[{"type":"string"},{"type":"number"}]}},"required":["a"],"additionalProperties":false}""",
                ",\"strict\":true")), ["\"anyOf\"", "-oneOf", "\"strict\":true"], "emulated=tools.function.parameters.oneOf" },
        { "anthropic/claude-haiku-5-5",
            Tools(Tool("""{"type":"object","properties":{"a":{"type":"string","pattern":"\\bx\\b"}},"required":["a"],"additionalProperties":false}""", ",\"strict\":true")),
            ["-\"pattern\":", "\"strict\":true", "\"description\":\"{"], "emulated=tools.function.parameters.pattern" },
        { "anthropic/claude-haiku-5-5",
            Tools(Tool("""{"type":"object","properties":{"a":{"enum":[{"b":1}]}},"required":["a"],"additionalProperties":false}""", ",\"strict\":true")), ["-strict"],
            "dropped=tools.function.strict" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Arrives_as_the_provider_takes_it(string model, string members, string[] arrives, string loss)
    {
        gateway.Script(UpstreamScript.Json("{}"));
        using var response = await gateway.SendAsync($"{{\"model\":\"{model}\",{members}}}");
        var reply = await GatewayReply.ReadAsync(response);
        gateway.Upstream.Requests.Count.ShouldBe(1, reply.Text);
        var body = gateway.Upstream.Request.BodyText;
        foreach (var part in arrives)
        {
            if (part.StartsWith('-')) body.ShouldNotContain(part[1..], Case.Sensitive, $"{model} {members}");
            else body.ShouldContain(part, Case.Sensitive, $"{model} {members}");
        }
        ((await gateway.Usage.OneAsync()).GetValueOrDefault("Losses")?.ToString() ?? "").ShouldBe(loss, body);
    }

    [Theory]
    [InlineData("anthropic/claude-haiku-5-5", "{\"type\":\"object\",\"properties\":{\"$select\":{\"type\":\"string\"}}}", "$select",
        "tools[0].function.parameters.properties.$select")]
    [InlineData("anthropic/claude-haiku-5-5", "{\"type\":\"object\",\"properties\":{\"sort by\":{\"type\":\"string\"}}}", "sort by",
        "tools[0].function.parameters.properties.sort by")]
    [InlineData("anthropic/claude-haiku-5-5", "{\"type\":\"object\",\"properties\":{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":{\"type\":\"string\"}}}",
        "aaaa", "tools[0].function.parameters.properties.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_property_name_that_the_provider_refuses_is_an_error_that_names_it(string model, string schema, string name, string param)
    {
        gateway.Script();
        var reply = await GatewayReply.ReadAsync(await gateway.SendAsync($"{{\"model\":\"{model}\",{Tools(Tool(schema))}}}"));
        ((int)reply.Status).ShouldBe(400);
        var error = StrictChat.ReadError(reply.Text);
        error.GetProperty("message").GetString()!.ShouldContain(name);
        error.GetProperty("message").GetString()!.ShouldContain("'f'");
        error.GetProperty("param").GetString().ShouldBe(param);
    }

    [Theory]
    [InlineData("anthropic/claude-haiku-5-5")]
    [InlineData("google/gemini-3.8-flash")]
    public async Task Two_tools_of_one_name_are_an_error(string model)
    {
        gateway.Script();
        var tools = Tools(Tool("{\"type\":\"object\",\"properties\":{\"a\":{}}}"), Tool("{\"type\":\"object\",\"properties\":{\"b\":{}}}"));
        var reply = await GatewayReply.ReadAsync(await gateway.SendAsync($"{{\"model\":\"{model}\",{tools}}}"));
        ((int)reply.Status).ShouldBe(400);
        StrictChat.ReadError(reply.Text).GetProperty("message").GetString()!.ShouldContain("'f'");
    }

    /// <summary>At most 20 strict tools, 24 optional members and 16 unions in one request; further tools are not strict.</summary>
    [Theory]
    [InlineData(25, """{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""", 20)]
    [InlineData(8, """{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"},"c":{"type":"string"},"d":{"type":"string"}},"additionalProperties":false}""", 6)]
    [InlineData(10, """{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"anyOf":[{"type":"string"},{"type":"number"}]}},"required":["a","b"],"additionalProperties":false}""", 8)]
    public async Task Strict_tools_stay_within_the_limits_of_a_request(int tools, string schema, int strict)
    {
        gateway.Script(UpstreamScript.Json("{}"));
        using var response = await gateway.SendAsync(
            $"{{\"model\":\"anthropic/claude-haiku-5-5\",{Tools([.. Enumerable.Range(0, tools).Select(i => Tool(schema, ",\"strict\":true", $"f{i}"))])}}}");
        var arrived = JsonDocument.Parse(gateway.Upstream.Request.BodyText).RootElement.GetProperty("tools").EnumerateArray().ToList();
        arrived.Count.ShouldBe(tools);
        arrived.Count(tool => tool.TryGetProperty("strict", out _)).ShouldBe(strict);
        (await gateway.Usage.OneAsync())["Losses"]!.ToString()!.ShouldContain("dropped=tools.function.strict");
    }
}
