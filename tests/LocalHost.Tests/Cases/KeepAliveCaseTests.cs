using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Nano.Configuration;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>
/// Case 8: long silence is filled with comments, also before the first token, and never in the middle of an event. The
/// tests wait for a comment before they let the upstream continue, so no clock decides.
/// </summary>
public class KeepAliveCaseTests(KeepAliveCaseTests.ImpatientGateway gateway) : IClassFixture<KeepAliveCaseTests.ImpatientGateway>
{
    public sealed class ImpatientGateway : GatewayFixture
    {
        protected override void Configure(WebApplicationBuilder builder)
        {
            var options = (GatewayOptions)builder.Services.Last(s => s.ServiceType == typeof(GatewayOptions)).ImplementationInstance!;
            builder.Services.AddSingleton(options with { KeepAlive = TimeSpan.FromMilliseconds(300) });
        }
    }

    public static TheoryData<string, string[]> Streams => new()
    {
        { "openai/gpt-x", [
            "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hello\"},\"finish_reason\":null}]}\n\n",
            "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" world\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"] },
        { "anthropic/claude-x", [
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"model\":\"m\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" world\"}}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"] },
        { "google/gemini-x", [
            "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"Hello\"}]}}]}\n\n",
            "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\" world\"}]},\"finishReason\":\"STOP\"}]}\n\n"] },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Case08_Silence_before_the_first_token_is_filled(string model, string[] events)
    {
        var go = new TaskCompletionSource();
        gateway.Script(new UpstreamScript().Header("content-type", "text/event-stream").WaitFor(go.Task).Send(events[0]).Send(events[1]));

        (await ReadAsync(model, go)).ShouldBe("Hello world");
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Case08_Silence_between_events_is_filled(string model, string[] events)
    {
        var go = new TaskCompletionSource();
        gateway.Script(UpstreamScript.Sse(events[0]).WaitFor(go.Task).Send(events[1]));

        (await ReadAsync(model, go)).ShouldBe("Hello world");
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Case08_Silence_inside_an_event_is_filled_between_events(string model, string[] events)
    {
        var go = new TaskCompletionSource();
        var middle = events[1].Length / 3;
        gateway.Script(UpstreamScript.Sse(events[0], events[1][..middle]).WaitFor(go.Task).Send(events[1][middle..]));

        (await ReadAsync(model, go)).ShouldBe("Hello world");
    }

    [Fact]
    public async Task Case08_An_error_after_comments_is_sent_in_the_stream()
    {
        var go = new TaskCompletionSource();
        gateway.Script(new UpstreamScript(429).Header("content-type", "application/json").WaitFor(go.Task)
            .Send("""{"error":{"message":"slow down","type":"limit","param":null,"code":null}}"""));
        using var response = await gateway.SendAsync(GatewayFixture.Ask("openai/gpt-x", stream: true));
        await using var stream = await response.Content.ReadAsStreamAsync();
        var text = await StreamCaseTests.ReadUntilAsync(stream, ": ");
        go.SetResult();
        text += await StreamCaseTests.ReadUntilAsync(stream, "slow down");
        if (!text.EndsWith("\n\n", StringComparison.Ordinal)) text += await StreamCaseTests.ReadUntilAsync(stream, "\n\n");
        await Should.ThrowAsync<IOException>(() => new StreamReader(stream).ReadToEndAsync());

        text.ShouldNotContain("[DONE]");
        StrictChat.ReadError(SseText.Events(text).Last(e => e.HasData).Data).GetProperty("message").GetString()!.ShouldContain("slow down");
    }

    private async Task<string> ReadAsync(string model, TaskCompletionSource go)
    {
        using var response = await gateway.SendAsync(GatewayFixture.Ask(model, stream: true));
        await using var stream = await response.Content.ReadAsStreamAsync();
        var text = await StreamCaseTests.ReadUntilAsync(stream, ": ");
        go.SetResult();
        text += await new StreamReader(stream).ReadToEndAsync();
        text.ShouldContain("[DONE]");
        var answer = ChatOracle.ReadStream(text);
        answer.IsError.ShouldBeFalse(answer.Error);
        return answer.Choices[0].Text;
    }
}
