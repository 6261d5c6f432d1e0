using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>
/// A provider may end its stream without the blank line of its last event. Anything that the gateway appends (an end marker, an error)
/// comes after that event and not into it.
/// </summary>
public sealed class OpenEventTests(OpenEventTests.AnyServer gateway) : IClassFixture<OpenEventTests.AnyServer>
{
    /// <summary>Uses a provider whose streams get the end marker from the gateway.</summary>
    public sealed class AnyServer : GatewayFixture
    {
        protected override Dictionary<string, string> Settings(string upstream)
        {
            var settings = base.Settings(upstream);
            AddVendors(settings, upstream);
            return settings;
        }
    }

    private const string Hello =
        """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"finish_reason":null}]}""";
    private const string Finish = """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""";
    private const string FinishAndUsage =
        """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}""";
    private const string Usage =
        """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}""";

    public static TheoryData<string, string> LastEvents()
    {
        var cases = new TheoryData<string, string>();
        foreach (var model in new[] { "any-server/m", "openai/m" })
            foreach (var end in new[] { "", "\n", "\r", "\r\n", "\n\n" })
            {
                cases.Add(model, $"data: {FinishAndUsage}{end}");
                cases.Add(model, $"data: {Finish}\n\ndata: {Usage}{end}");
                cases.Add(model, $"data: {FinishAndUsage}\n\ndata: [DONE]{end}");
                cases.Add(model, $"data: {FinishAndUsage}\n\n: processing{end}");
                cases.Add(model, $"data: {FinishAndUsage}\n\nevent: done{end}");
                cases.Add(model, $"data: {FinishAndUsage}\n\ndata:{end}");
                cases.Add(model, $"id: 1\nevent: chunk\ndata: {FinishAndUsage}{end}");
            }
        return cases;
    }

    [Theory]
    [MemberData(nameof(LastEvents))]
    public async Task Finish_and_usage_are_sent_in_separate_events(string model, string last)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Sse($"data: {Hello}\n\n", last));

        reply.IsBroken.ShouldBeFalse();
        var events = Closed(reply);
        if (model == "any-server/m") events[^1].ShouldBe("[DONE]");
        var chunks = events.Where(data => data != "[DONE]").Select(data => JsonDocument.Parse(data).RootElement).ToList();
        chunks.SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray()).Last().GetProperty("finish_reason").GetString().ShouldBe("stop");
        chunks.Any(chunk => chunk.TryGetProperty("usage", out _)).ShouldBeTrue();
        var record = await gateway.Usage.OneAsync();
        (record["Outcome"]!.ToString(), record["Finish"]!.ToString(), record["InputTokens"], record["OutputTokens"]).ShouldBe(("Ok", "Stop", 7L, 3L));
    }

    /// <summary>The complete events of an incomplete stream are kept.</summary>
    [Theory]
    [InlineData("any-server/m", "")]
    [InlineData("any-server/m", "\r")]
    [InlineData("openai/m", "")]
    [InlineData("openai/m", "\n")]
    [InlineData("openai/m", "\r\n")]
    public async Task The_error_of_a_stream_without_an_end_comes_after_its_last_event(string model, string end)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Sse($"data: {Hello}\n\n", $"data: {Hello}{end}"));

        var events = Closed(reply);
        events.Count.ShouldBe(3);
        events[1].ShouldContain("Hello");
        reply.Error().GetProperty("code").GetString().ShouldBe("provider_stream_broken");
    }

    /// <summary>A stream that is cut within an event is not complete, even after a finish reason.</summary>
    [Theory]
    [InlineData("any-server/m")]
    [InlineData("openai/m")]
    public async Task A_part_of_an_event_is_not_relayed_and_is_an_error(string model)
    {
        for (var cut = 1; cut < Usage.Length; cut += 13)
        {
            var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Sse($"data: {Hello}\n\n", $"data: {Finish}\n\n", $"data: {Usage[..cut]}"));
            var events = Closed(reply);
            events.Count.ShouldBe(3, reply.Text);
            reply.Error().GetProperty("code").GetString().ShouldBe("provider_stream_broken");
            (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Broken");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task A_converted_stream_keeps_its_last_event(string end)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("google/m", stream: true), UpstreamScript.Sse(
            "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"Hello\"}]}}]}\r\n\r\n",
            "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"!\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":7,\"candidatesTokenCount\":3,\"totalTokenCount\":10}}" + end));

        reply.ReadStrictly(usageAsked: true).IsError.ShouldBeFalse();
        Closed(reply)[^1].ShouldBe("[DONE]");
        (await gateway.Usage.OneAsync())["OutputTokens"].ShouldBe(3L);
    }

    [Theory]
    [InlineData("any-server/m", "data:\n\n")]
    [InlineData("any-server/m", "data\n\n")]
    [InlineData("openai/m", "data: \n\n")]
    [InlineData("openai/m", "data:  \r\n\r\n")]
    [InlineData("openai/m", "event: ping\ndata:\n\n")]
    [InlineData("openai/m", "data:\ndata:\n\n")]
    [InlineData("google/m", "data:  \n\n")]
    [InlineData("anthropic/m", "data:  \n\n")]
    public async Task An_event_without_data_is_not_relayed(string model, string empty)
    {
        string[] events = model switch
        {
            "google/m" => ["""{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},"finishReason":"STOP"}]}"""],
            "anthropic/m" =>
            [
                """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"m","stop_reason":null,"usage":{"input_tokens":9,"output_tokens":1}}}""",
                """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}""",
                """{"type":"content_block_stop","index":0}""",
                """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}""",
                """{"type":"message_stop"}""",
            ],
            _ => [Hello, Finish, "[DONE]"],
        };
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Sse([.. events.Select(data => $"{empty}data: {data}\n\n")]));

        reply.IsBroken.ShouldBeFalse(reply.Text);
        Closed(reply).ShouldAllBe(data => data.Trim().Length > 0);
        reply.Text.ShouldContain("Hello");
    }

    /// <summary>The data of all events, each of which must end with its blank line and be a JSON object or the end marker.</summary>
    private static List<string> Closed(GatewayReply reply)
    {
        var events = SseText.Events(reply.Text);
        foreach (var item in events)
        {
            (item.Raw.EndsWith("\n\n", StringComparison.Ordinal) || item.Raw.EndsWith("\r\n\r\n", StringComparison.Ordinal)).ShouldBeTrue($"an open event: {item.Raw}");
            if (item.HasData && item.Data != "[DONE]") Should.NotThrow(() => JsonDocument.Parse(item.Data), $"'{item.Data}' in {reply.Text}");
        }
        return [.. events.Where(item => item.HasData).Select(item => item.Data)];
    }
}
