using System.Net;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>
/// Content that a provider's filter refuses in a response with status 200: Gemini blocks the prompt, Anthropic ends with <c>refusal</c>, OpenAI's API with
/// <c>content_filter</c>. A fallback for <c>content_filter</c> takes over, as after a 400.
/// </summary>
public sealed class FilterFallbackTests
{
    private const string Fallback = """, "fallbacks": [ { "model": "two/m", "on": ["content_filter"] } ] """;

    public static TheoryData<string, bool> Forms()
    {
        var forms = new TheoryData<string, bool>();
        foreach (var provider in (string[])["one", "gem", "ant"])
            foreach (var stream in (bool[])[false, true]) forms.Add(provider, stream);
        return forms;
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_fallback_takes_over_what_a_filter_refuses_before_any_content(string provider, bool stream)
    {
        await using var gateway = await StartAsync(provider, Fallback);
        gateway.Answer(name => name == "two" ? stream ? Responses.Stream("two") : Responses.Whole("two") : Refusal(name, stream));
        var reply = await gateway.ChatAsync("a", stream);
        (reply.Status, reply.Headers["x-nano-deployment"], reply.Headers["x-nano-attempts"]).ShouldBe((HttpStatusCode.OK, "two/m", "2"), reply.Text);
        reply.Text.ShouldContain("two");
        reply.Text.ShouldNotContain("content_filter");
        (await gateway.Usage.OneAsync())["Tried"].ShouldBe($"\"{provider}/m:content_filter two/m:ok\"");
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task Without_such_a_fallback_the_caller_gets_the_response_as_it_is(string provider, bool stream)
    {
        foreach (var other in (string[])["", """, "fallbacks": [ { "model": "two/m", "on": ["context_length"] } ] """])
        {
            await using var gateway = await StartAsync(provider, other);
            gateway.Answer(name => Refusal(name, stream));
            await CheckAsync(gateway, provider, stream);
        }
    }

    /// <summary>A response is better than none.</summary>
    [Theory, MemberData(nameof(Forms))]
    public async Task A_fallback_that_is_down_leaves_the_response_as_it_is(string provider, bool stream)
    {
        await using var gateway = await StartAsync(provider, Fallback);
        gateway.Answer(_ => Responses.Error(429).Header("retry-after", "3600"));
        (await gateway.ChatAsync("two")).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        gateway.Answer(name => Refusal(name, stream));
        await CheckAsync(gateway, provider, stream);
    }

    /// <summary>Text that was cut by a filter is content: nothing replaces it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_response_with_content_is_not_replaced(bool stream)
    {
        await using var gateway = await StartAsync("one", Fallback);
        gateway.Answer(_ => stream ? UpstreamScript.Sse(Responses.Content("Well"), End, "data: [DONE]\n\n") : Refusal("one", stream: false, text: "\"Well\""));
        var reply = await gateway.ChatAsync("a", stream);
        (reply.Headers["x-nano-deployment"], reply.Headers["x-nano-attempts"]).ShouldBe(("one/m", "1"), reply.Text);
        reply.Text.ShouldContain("Well");
    }

    /// <summary>As in a whole response, it takes all choices: whichever of them ends last.</summary>
    [Theory]
    [InlineData("stop", "content_filter", "one/m")]
    [InlineData("content_filter", "stop", "one/m")]
    [InlineData("content_filter", "content_filter", "two/m")]
    public async Task A_stream_of_several_choices_is_refused_if_all_are(string second, string first, string served)
    {
        await using var gateway = await StartAsync("one", Fallback);
        gateway.Answer(name => name == "two" ? Responses.Stream("two") : UpstreamScript.Sse(Ended(1, second), Ended(0, first), "data: [DONE]\n\n"));
        var reply = await gateway.ChatAsync("a", stream: true);
        reply.Headers["x-nano-deployment"].ShouldBe(served, reply.Text);

        static string Ended(int choice, string reason) => End.Replace("\"index\":0", $"\"index\":{choice}", StringComparison.Ordinal)
            .Replace("content_filter", reason, StringComparison.Ordinal);
    }

    private const string End = """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}""" + "\n\n";

    private static async Task CheckAsync(RoutingGateway gateway, string provider, bool stream)
    {
        var reply = await gateway.ChatAsync("a", stream);
        (reply.Status, reply.Headers["x-nano-deployment"], reply.Headers["x-nano-attempts"]).ShouldBe((HttpStatusCode.OK, provider + "/m", "1"), reply.Text);
        reply.Text.ShouldContain("content_filter");
        (await gateway.Usage.OneAsync())["Outcome"]?.ToString().ShouldBe("Ok");
    }

    private static Task<RoutingGateway> StartAsync(string provider, string more) => RoutingGateway.StartAsync(
        $$""" "models": { "a": { "targets": [ { "model": "{{provider}}/m" } ], "retries": 0 {{more}} }, "two": { "targets": [ { "model": "two/m" } ] } } """,
        providers: upstream => $$"""
            , "gem": { "type": "google", "base_url": "{{upstream}}/gem", "key": "ONE_API_KEY" }
            , "ant": { "type": "anthropic", "base_url": "{{upstream}}/ant", "key": "ONE_API_KEY" }
            """);

    private static UpstreamScript Refusal(string provider, bool stream, string text = "null") => (provider, stream) switch
    {
        ("gem", false) => UpstreamScript.Json(Blocked),
        ("gem", true) => UpstreamScript.Sse($"data: {Blocked}\n\n"),
        ("ant", false) => UpstreamScript.Json(
            """{"id":"m","type":"message","role":"assistant","model":"m","content":[],"stop_reason":"refusal","stop_details":{"type":"refusal","category":"cyber","explanation":"It was blocked."},"usage":{"input_tokens":3,"output_tokens":1}}"""),
        ("ant", true) => UpstreamScript.Sse(
            Event("""{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":3,"output_tokens":1}}}"""),
            Event("""{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","category":"cyber","explanation":"It was blocked."}},"usage":{"output_tokens":1}}"""), Event("""{"type":"message_stop"}""")),
        (_, false) => UpstreamScript.Json(
            $$$"""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":{{{text}}}},"finish_reason":"content_filter"}],"usage":{"prompt_tokens":3,"completion_tokens":0,"total_tokens":3}}"""),
        (_, true) => UpstreamScript.Sse(Responses.Role, End, "data: [DONE]\n\n"),
    };

    private const string Blocked =
        """{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3},"modelVersion":"m","responseId":"r"}""";

    private static string Event(string data) => $"event: {System.Text.Json.JsonDocument.Parse(data).RootElement.GetProperty("type").GetString()}\ndata: {data}\n\n";
}
