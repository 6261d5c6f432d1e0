using System.Net;
using System.Text;
using System.Text.Json;
using Anthropic;
using Anthropic.Core;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Sdk;

/// <summary>NuGet Anthropic, which validates every response, against providers that speak other dialects.</summary>
public class SdkMessagesTests(SdkFixture gateway) : IClassFixture<SdkFixture>
{
    private const string ChatUsage = "\"usage\":{\"prompt_tokens\":70,\"completion_tokens\":9,\"total_tokens\":79,\"prompt_tokens_details\":{\"cached_tokens\":50}}";
    private const string GeminiUsage = "\"usageMetadata\":{\"promptTokenCount\":70,\"cachedContentTokenCount\":50,\"candidatesTokenCount\":9,\"totalTokenCount\":79}";

    private static string Chat(string message, string finish) =>
        $"{{\"id\":\"c1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",{ChatUsage},\"choices\":[{{\"index\":0,\"message\":{message},\"finish_reason\":\"{finish}\"}}]}}";

    private static string Chunk(string delta, string finish = "null") =>
        $"data: {{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n";

    private static string Gemini(string parts) =>
        $"{{\"candidates\":[{{\"index\":0,\"content\":{{\"role\":\"model\",\"parts\":{parts}}},\"finishReason\":\"STOP\"}}],{GeminiUsage},\"modelVersion\":\"m\",\"responseId\":\"r1\"}}";

    /// <summary>The model, its call, and its text.</summary>
    public static TheoryData<string, string, string> Providers => new()
    {
        {
            "openai/gpt-4o",
            Chat("""{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Bergen\"}"}}]}""",
                "tool_calls"),
            Chat("""{"role":"assistant","content":"It rains."}""", "stop")
        },
        { "google/gemini-3.8-flash", Gemini("""[{"functionCall":{"name":"get_weather","args":{"city":"Bergen"}},"thoughtSignature":"c2ln"}]"""),
            Gemini("""[{"text":"It rains."}]""") },
    };

    [Theory, MemberData(nameof(Providers))]
    public async Task A_tool_loop(string model, string call, string text)
    {
        gateway.Script(UpstreamScript.Json(call), UpstreamScript.Json(text));
        using var client = Client();
        var first = await client.Messages.Create(Ask(model));
        first.Validate();
        first.StopReason!.Value().ShouldBe(StopReason.ToolUse);
        first.Content.Select(block => block.TryPickToolUse(out var use) ? use : null).Single(use => use is not null)!.Input["city"].GetString().ShouldBe("Bergen");
        (first.Usage.InputTokens, first.Usage.CacheReadInputTokens, first.Usage.CacheCreationInputTokens, first.Usage.OutputTokens).ShouldBe((20, 50, null, 9));

        var id = first.Content.First(block => block.TryPickToolUse(out _)).ID!;
        var second = await client.Messages.Create(Ask(model) with
        {
            Messages =
            [
                new UserMessageParam { Content = "Weather in Bergen?" },
                new AssistantMessageParam { Content = new MessageContentParam(JsonSerializer.SerializeToElement(first.Content.Select(block => block.Json))) },
                new UserMessageParam { Content =
                    new MessageContentParam(JsonSerializer.SerializeToElement(new[] { new { type = "tool_result", tool_use_id = id, content = "Rain" } })) },
            ],
        });
        second.Validate();
        second.Content[0].TryPickText(out var said).ShouldBeTrue();
        said!.Text.ShouldBe("It rains.");
        gateway.Upstream.Requests[1].BodyText.ShouldContain("Rain");
        gateway.Upstream.Requests[1].BodyText.ShouldNotContain("__nano");
    }

    [Fact]
    public async Task A_stream()
    {
        gateway.Script(UpstreamScript.Sse(Chunk("""{"role":"assistant","content":"It "}"""), Chunk("""{"content":"rains."}"""), Chunk("{}", "\"stop\""),
            $"data: {{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],{ChatUsage}}}\n\n", "data: [DONE]\n\n"));
        using var client = Client();
        var text = new StringBuilder();
        long? output = null;
        await foreach (var item in client.Messages.CreateStreaming(Ask("openai/gpt-4o")))
        {
            item.Validate();
            if (item.TryPickStart(out var start)) start.Message.Usage.InputTokens.ShouldBeGreaterThan(0);
            if (item.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var piece)) text.Append(piece.Text);
            if (item.TryPickDelta(out var end)) output = end.Usage.OutputTokens;
        }
        text.ToString().ShouldBe("It rains.");
        output.ShouldBe(9);
    }

    /// <summary>In both forms, also the one that was not stored.</summary>
    [Fact]
    public async Task A_cached_response()
    {
        gateway.Script(UpstreamScript.Json(Chat("""{"role":"assistant","content":"It rains."}""", "stop")));
        using var cache = new CacheHandler();
        using var client = Client(handler: cache);
        for (var i = 0; i < 2; i++)
        {
            var whole = await client.Messages.Create(Ask("openai/gpt-4o"));
            whole.Validate();
            whole.Content[0].TryPickText(out var said).ShouldBeTrue();
            (said!.Text, whole.Usage.InputTokens, whole.Usage.OutputTokens).ShouldBe(("It rains.", 20, 9));
        }
        var text = new StringBuilder();
        await foreach (var item in client.Messages.CreateStreaming(Ask("openai/gpt-4o")))
        {
            item.Validate();
            if (item.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var piece)) text.Append(piece.Text);
        }
        text.ToString().ShouldBe("It rains.");
        cache.Seen.ShouldBe(["miss", "hit", "hit"]);
    }

    [Fact]
    public async Task An_error_in_a_stream_raises()
    {
        gateway.Script(UpstreamScript.Sse(Chunk("""{"role":"assistant","content":"It "}"""), "data: {\"error\":{\"message\":\"It fell over.\",\"type\":\"server_error\"}}\n\n"));
        using var client = Client();
        var error = await Should.ThrowAsync<Exception>(async () =>
        {
            await foreach (var _ in client.Messages.CreateStreaming(Ask("openai/gpt-4o"))) { }
        });
        (error is AnthropicSseException or AnthropicApiException or IOException or HttpRequestException).ShouldBeTrue(error.ToString());
    }

    [Fact]
    public async Task Tokens_are_counted()
    {
        gateway.Script(UpstreamScript.Json("""{"totalTokens":21}"""));
        using var client = Client();
        (await client.Messages.CountTokens(new() { Model = "google/gemini-3.8-flash", Messages = [new UserMessageParam { Content = "Hello" }] })).InputTokens.ShouldBe(21);
        (await client.Messages.CountTokens(new() { Model = "nano/echo", Messages = [new UserMessageParam { Content = "hello world" }] })).InputTokens.ShouldBe(6);
    }

    [Theory]
    [InlineData(400, """{"error":{"message":"Bad schema.","type":"invalid_request_error"}}""", typeof(AnthropicBadRequestException), 400)]
    [InlineData(429, """{"error":{"message":"Slow down.","type":"rate_limit_error"}}""", typeof(AnthropicRateLimitException), 429)]
    [InlineData(503, """{"error":{"message":"Busy."}}""", typeof(Anthropic5xxException), 529)]
    [InlineData(401, """{"error":{"message":"Incorrect API key provided."}}""", typeof(Anthropic5xxException), 502)]
    public async Task Errors_have_their_types(int status, string body, System.Type type, int told)
    {
        gateway.Script(UpstreamScript.Json(body, status));
        using var client = Client();
        var error = await Should.ThrowAsync<AnthropicApiException>(() => client.Messages.Create(Ask("openai/gpt-4o")));
        type.IsInstanceOfType(error).ShouldBeTrue(error.GetType().ToString());
        error.StatusCode.ShouldBe((HttpStatusCode)told);
    }

    [Fact]
    public async Task A_busy_provider_is_tried_again()
    {
        gateway.Script(UpstreamScript.Json("{}", 503).Header("retry-after", "0"), UpstreamScript.Json(Chat("""{"role":"assistant","content":"Hi"}""", "stop")));
        using var client = Client(retries: 2);
        (await client.Messages.Create(Ask("openai/gpt-4o"))).Content.Count.ShouldBe(1);
        gateway.Upstream.Requests.Count.ShouldBe(2);
    }

    private AnthropicClient Client(int retries = 0, HttpMessageHandler? handler = null) => new(new ClientOptions
    {
        BaseUrl = gateway.Client.BaseAddress!.ToString().TrimEnd('/'),
        ApiKey = GatewayFixture.CallerKey,
        MaxRetries = retries,
        ResponseValidation = true,
        HttpClient = new HttpClient(handler ?? new SocketsHttpHandler { UseProxy = false }),
    });

    private static MessageCreateParams Ask(string model) => new()
    {
        Model = model, MaxTokens = 1000, Messages = [new UserMessageParam { Content = "Weather in Bergen?" }],
        Tools = [new Tool { Name = "get_weather", Description = "The weather of a city.",
            InputSchema = new() { Properties = new Dictionary<string, JsonElement> { ["city"] = JsonSerializer.SerializeToElement(new { type = "string" }) },
                Required = ["city"] } }],
    };
}
