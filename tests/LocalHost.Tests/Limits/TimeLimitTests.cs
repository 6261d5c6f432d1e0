using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Limits;

/// <summary>Time limits, with a clock that the test advances.</summary>
public sealed class TimeLimitTests(TimeLimitTests.ClockedGateway gateway) : IClassFixture<TimeLimitTests.ClockedGateway>
{
    private const string Chunk = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";

    public sealed class ClockedGateway : GatewayFixture
    {
        public FakeTimeProvider Time { get; } = new();

        protected override void Configure(WebApplicationBuilder builder) => builder.Services.AddSingleton<TimeProvider>(Time);
    }

    [Fact]
    public async Task A_whole_response_that_does_not_come_is_a_504()
    {
        gateway.Script(new UpstreamScript().Silence());
        var sending = gateway.SendAsync(GatewayFixture.Ask("openai/a"));
        var reply = await GatewayReply.ReadAsync(await Passing(sending));
        ((int)reply.Status).ShouldBe(504);
        reply.Error().GetProperty("code").GetString().ShouldBe("provider_timeout");
    }

    [Fact]
    public async Task A_stream_that_never_begins_ends_as_an_error()
    {
        gateway.Script(new UpstreamScript().Silence());
        using var response = await Passing(gateway.SendAsync(GatewayFixture.Ask("openai/a", stream: true)));
        var reply = await Passing(GatewayReply.ReadAsync(response));
        reply.Text.ShouldStartWith(": keep-alive\n\n");
        reply.Text.ShouldContain("provider_timeout");
    }

    [Fact]
    public async Task Pings_do_not_move_the_limit_to_the_first_token()
    {
        var script = UpstreamScript.Sse();
        for (var i = 0; i < 2000; i++) script = script.Send(": processing\n\n").Delay(TimeSpan.FromMilliseconds(20));
        gateway.Script(script);
        using var response = await Passing(gateway.SendAsync(GatewayFixture.Ask("openai/a", stream: true)));
        var reply = await Passing(GatewayReply.ReadAsync(response));
        reply.Text.ShouldContain("provider_timeout");
    }

    [Fact]
    public async Task A_stream_that_falls_silent_ends_as_an_error()
    {
        gateway.Script(UpstreamScript.Sse(Chunk).Silence());
        using var response = await gateway.SendAsync(GatewayFixture.Ask("openai/a", stream: true));
        var reply = await Passing(GatewayReply.ReadAsync(response));
        reply.Text.ShouldStartWith(Chunk);
        reply.Text.ShouldContain("provider_timeout");
        reply.Text.ShouldNotContain("[DONE]");
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Broken");
        await gateway.Upstream.Request.ClientLeft.WaitAsync(TimeSpan.FromMinutes(2));
    }

    /// <summary>Advances the clock, second by second, until the task is done; fails after hours.</summary>
    private async Task<T> Passing<T>(Task<T> task)
    {
        for (var passed = 0; !task.IsCompleted; passed++)
        {
            passed.ShouldBeLessThan(10_000, "the gateway let the time pass");
            gateway.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(task, Task.Delay(5));
        }
        return await task;
    }
}
