using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;
using OpenAI;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Differences of compatible providers from OpenAI that break typed clients: finish reasons and tool calls. OpenAI's own bytes pass.</summary>
public sealed class TypedClientTests(VendorFixture gateway) : IClassFixture<VendorFixture>
{
    private static string Whole(string finish, string message = "\"content\":\"Hello\"") =>
        $$$"""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant",{{{message}}}}{{{finish}}}}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""";

    private static string Chunk(string delta, string finish = "null") =>
        $$$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{{{{delta}}}},"finish_reason":{{{finish}}}}]}""" + "\n\n";

    [Theory]
    [InlineData("eos", "stop")]
    [InlineData("eos_token", "stop")]
    [InlineData("STOP", "stop")]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("something_new", "stop")]
    [InlineData("MAX_TOKENS", "length")]
    [InlineData("max_length", "length")]
    [InlineData("model_length", "length")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("tool_use", "tool_calls")]
    [InlineData("SAFETY", "content_filter")]
    [InlineData("sensitive", "content_filter")]
    [InlineData("content-filter", "content_filter")]
    public async Task A_finish_reason_is_one_of_OpenAIs_five(string own, string expected)
    {
        foreach (var model in new[] { "xai/m", "groq/m", "fireworks/m", "dashscope/m", "moonshot/m", "cerebras/m", "vllm/m", "ollama/m", "azure/m", "any-server/m" })
        {
            var reply = await gateway.ChatAsync(GatewayFixture.Ask(model), UpstreamScript.Json(Whole($",\"finish_reason\":\"{own}\"")));
            var choice = reply.Json.GetProperty("choices")[0];
            choice.GetProperty("finish_reason").GetString().ShouldBe(expected, model);
            choice.GetProperty("native_finish_reason").GetString().ShouldBe(own, model);
            reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true),
                UpstreamScript.Sse(Chunk("\"role\":\"assistant\",\"content\":\"Hello\""), Chunk("", $"\"{own}\""), "data: [DONE]\n\n"));
            reply.ReadStrictly(usageAsked: false).Choices[0].Finish.ShouldBe(expected, model);
        }
    }

    [Theory]
    [InlineData(",\"finish_reason\":null", "\"content\":\"Hello\"", "stop")]
    [InlineData(",\"finish_reason\":\"\"", "\"content\":\"Hello\"", "stop")]
    [InlineData("", "\"content\":\"Hello\"", "stop")]
    [InlineData(",\"finish_reason\":null,\"native_finish_reason\":\"length\"", "\"content\":\"Hello\"", "length")]
    [InlineData(",\"finish_reason\":null", "\"content\":null,\"tool_calls\":[{\"id\":\"x\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]",
        "tool_calls")]
    [InlineData(",\"finish_reason\":\"eos\"", "\"content\":null,\"tool_calls\":[{\"id\":\"x\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]",
        "tool_calls")]
    public async Task A_whole_response_has_a_finish_reason_that_the_official_client_takes(string finish, string message, string expected)
    {
        gateway.Script(UpstreamScript.Json(Whole(finish, message)));
        var client = new OpenAIClient(new ApiKeyCredential(GatewayFixture.CallerKey), new OpenAIClientOptions
        {
            Endpoint = new Uri(gateway.Client.BaseAddress!, "/v1"), RetryPolicy = new ClientRetryPolicy(0),
        }).GetChatClient("any-server/m");
        var completion = (await client.CompleteChatAsync("Hello")).Value;
        completion.FinishReason.ToString().ShouldBe(expected switch { "tool_calls" => "ToolCalls", "length" => "Length", _ => "Stop" });
    }

    /// <summary>The value of the last chunk's finish reason.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("1")]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("[]")]
    public async Task A_stream_has_a_finish_reason_before_its_end(string? last)
    {
        foreach (var model in new[] { "xai/m", "snowflake/m", "any-server/m", "azure/m" })
        {
            var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true),
                UpstreamScript.Sse(Chunk("\"role\":\"assistant\",\"content\":\"Hello\""), Last("\"content\":\"!\"", last), "data: [DONE]\n\n"));
            Finishes(reply.Text).ShouldBe([(0, "stop")], reply.Text);
            // Chunks that lack the member pass unchanged.
            if (last is not null) reply.ReadStrictly(usageAsked: false).Choices.ShouldHaveSingleItem().Text.ShouldBe("Hello!");
            // A value that is not a string is kept as the provider's own.
            reply.Text.Contains("native_finish_reason").ShouldBe(last is not (null or "null" or "\"\""), reply.Text);
            reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true),
                UpstreamScript.Sse(Chunk("\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,\"id\":\"x\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]"), Last("", last), "data: [DONE]\n\n"));
            Finishes(reply.Text).ShouldBe([(0, "tool_calls")], reply.Text);
        }

        static string Last(string delta, string? finish) => finish is null ? Chunk(delta).Replace(",\"finish_reason\":null", "") : Chunk(delta, finish);
    }

    private static IEnumerable<(int Index, string? Reason)> Finishes(string stream) =>
        SseText.Events(stream).Where(item => item.HasData && item.Data != "[DONE]")
            .SelectMany(item => JsonDocument.Parse(item.Data).RootElement.GetProperty("choices").EnumerateArray())
            .Where(choice => choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String)
            .Select(choice => (choice.GetProperty("index").GetInt32(), choice.GetProperty("finish_reason").GetString()));

    [Fact]
    public async Task Each_choice_of_a_stream_has_one_finish_reason()
    {
        var second = Chunk("\"role\":\"assistant\",\"content\":\"Hi\"").Replace("\"index\":0", "\"index\":1");
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("xai/m", stream: true),
            UpstreamScript.Sse(Chunk("\"role\":\"assistant\",\"content\":\"Hello\""), second, Chunk("", "\"length\""), "data: [DONE]\n\n"));
        Finishes(reply.Text).ShouldBe([(0, "length"), (1, "stop")], reply.Text);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("{}")]
    [InlineData("true")]
    public async Task A_whole_response_keeps_a_finish_reason_that_is_not_text_as_the_providers_own(string finish)
    {
        var choice = (await gateway.ChatAsync(GatewayFixture.Ask("xai/m"), UpstreamScript.Json(Whole($",\"finish_reason\":{finish}")))).Json.GetProperty("choices")[0];
        choice.GetProperty("finish_reason").GetString().ShouldBe("stop");
        choice.GetProperty("native_finish_reason").GetRawText().ShouldBe(finish);
    }

    [Theory]
    [InlineData("eos")]
    [InlineData("stop")]
    public async Task OpenAIs_own_bytes_pass(string finish)
    {
        var body = Whole($",\"finish_reason\":\"{finish}\"", "\"content\":null,\"tool_calls\":[{\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":{}}}]");
        (await gateway.ChatAsync(GatewayFixture.Ask("openai/m"), UpstreamScript.Json(body))).Text.ShouldBe(body);
        var open = Chunk("\"role\":\"assistant\",\"content\":\"Hello\"") + "data: [DONE]\n\n";
        (await gateway.ChatAsync(GatewayFixture.Ask("openai/m", stream: true), UpstreamScript.Sse(open))).Text.ShouldBe(open);
        var events = Chunk("\"tool_calls\":[{\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":{}}}]", $"\"{finish}\"") + "data: [DONE]\n\n";
        (await gateway.ChatAsync(GatewayFixture.Ask("openai/m", stream: true), UpstreamScript.Sse(events))).Text.ShouldBe(events);
    }

    /// <summary>The fragments of two calls of <c>f</c> and <c>g</c>, as providers send them.</summary>
    public static TheoryData<string, string[]> Fragments => new()
    {
        { "no type", ["""{"index":0,"id":"x","function":{"name":"f","arguments":"{\"a\":"}}""", """{"index":0,"function":{"arguments":"1}"}}""",
            """{"index":1,"id":"y","function":{"name":"g","arguments":"{\"b\":2}"}}"""] },
        { "no index", ["""{"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\":"}}""", """{"function":{"arguments":"1}"}}""",
            """{"id":"y","type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}"""] },
        { "null index", ["""{"index":null,"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}""",
            """{"index":null,"id":"y","type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}"""] },
        { "all index 0", ["""{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}""",
            """{"index":0,"id":"y","type":"function","function":{"name":"g","arguments":"{\"b\":"}}""", """{"index":0,"function":{"arguments":"2}"}}"""] },
        { "a tail with the right index behind a head with a wrong one", ["""{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}""",
            """{"index":0,"id":"y","type":"function","function":{"name":"g","arguments":"{\"b\":"}}""", """{"index":1,"function":{"arguments":"2}"}}"""] },
        { "a tail with the id behind a head with a wrong index", ["""{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\":"}}""",
            """{"index":0,"id":"y","type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}""", """{"index":7,"id":"x","function":{"arguments":"1}"}}"""] },
        { "counted from 1, tails from 0", ["""{"index":1,"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\":"}}""",
            """{"index":0,"function":{"arguments":"1}"}}""", """{"index":2,"id":"y","type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}"""] },
        { "arguments as objects", ["""{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":{"a":1}}}""",
            """{"index":1,"id":"y","type":"function","function":{"name":"g","arguments":{"b":2}}}"""] },
        { "no id", ["""{"index":0,"type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}""",
            """{"index":1,"id":"","type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}"""] },
        { "null arguments first", ["""{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":null}}""", """{"index":0,"function":{"arguments":"{\"a\":1}"}}""",
            """{"index":1,"id":"y","type":"function","function":{"name":"g"}}""", """{"index":1,"function":{"arguments":"{\"b\":2}"}}"""] },
    };

    [Theory]
    [MemberData(nameof(Fragments))]
    public async Task Streamed_calls_have_index_type_and_id(string what, string[] fragments)
    {
        foreach (var model in new[] { "mistral/m", "any-server/m", "xai/m", "openrouter/m" })
        {
            var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true),
                UpstreamScript.Sse([.. fragments.Select(fragment => Chunk($"\"tool_calls\":[{fragment}]")), Chunk("", "\"tool_calls\""), "data: [DONE]\n\n"]));
            var calls = SseText.Events(reply.Text).Where(item => item.HasData && item.Data != "[DONE]")
                .SelectMany(item => JsonDocument.Parse(item.Data).RootElement.GetProperty("choices").EnumerateArray())
                .Where(choice => choice.GetProperty("delta").TryGetProperty("tool_calls", out _))
                .SelectMany(choice => choice.GetProperty("delta").GetProperty("tool_calls").EnumerateArray())
                .GroupBy(call => call.GetProperty("index").GetInt32()).ToList();
            calls.Select(call => call.Key).ShouldBe([0, 1], $"{what} at {model}: {reply.Text}");
            foreach (var call in calls)
            {
                call.First().GetProperty("type").GetString().ShouldBe("function");
                call.First().GetProperty("id").GetString().ShouldNotBeNullOrEmpty();
                call.First().GetProperty("function").GetProperty("name").GetString().ShouldBe(call.Key == 0 ? "f" : "g");
                string.Concat(call.Select(part => part.GetProperty("function").GetProperty("arguments").GetString())).ShouldBe(call.Key == 0 ? "{\"a\":1}" : "{\"b\":2}");
            }
        }
    }

    [Theory]
    [InlineData("""{"id":"x","function":{"name":"f","arguments":"{\"a\":1}"}}""")]
    [InlineData("""{"id":"x","type":"function","function":{"name":"f","arguments":{"a":1}}}""")]
    [InlineData("""{"type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}""")]
    public async Task Calls_of_whole_responses_have_type_id_and_arguments_as_text(string call)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("any-server/m"),
            UpstreamScript.Json(Whole(",\"finish_reason\":\"tool_calls\"", $"\"content\":null,\"tool_calls\":[{call}]")));
        var read = reply.ReadStrictly(usageAsked: true).Choices[0].ToolCalls.ShouldHaveSingleItem();
        (read.Name, read.Arguments).ShouldBe(("f", "{\"a\":1}"));
    }
}
