using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Nano.Configuration;
using Microsoft.Extensions.Time.Testing;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Errors;

/// <summary>A silent provider is given up: before a response with a 504, within a stream with an error event.</summary>
public class TimeLimitTests(TimeLimitTests.HastyGateway gateway) : IClassFixture<TimeLimitTests.HastyGateway>
{
    /// <summary>Its limits are shorter than the silence before the first comment. A test advances its clock once the silence has begun, however long that takes.</summary>
    public sealed class HastyGateway : GatewayFixture
    {
        private readonly FakeTimeProvider _time = new();

        protected override void Configure(WebApplicationBuilder builder)
        {
            var options = (GatewayOptions)builder.Services.Last(s => s.ServiceType == typeof(GatewayOptions)).ImplementationInstance!;
            var soon = TimeSpan.FromSeconds(20);
            builder.Services.AddSingleton(options with { FirstTokenTimeout = soon, StreamIdleTimeout = soon, RequestTimeout = soon, KeepAlive = TimeSpan.FromMinutes(1) });
            builder.Services.AddSingleton<TimeProvider>(_time);
        }

        /// <summary>The upstream has the request.</summary>
        public async Task AskedAsync()
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            while (Upstream.Requests.Count == 0) await Task.Delay(5, limit.Token);
        }

        /// <summary>Advances the clock, second by second, until the reply arrives; fails after hours.</summary>
        public async Task<GatewayReply> ReplyAsync(Task<GatewayReply> replying, Task silence)
        {
            await Task.WhenAny(replying, silence);
            for (var passed = 0; !replying.IsCompleted; passed++)
            {
                passed.ShouldBeLessThan(10_000, "the gateway let the time pass");
                _time.Advance(TimeSpan.FromSeconds(1));
                await Task.WhenAny(replying, Task.Delay(5));
            }
            return await replying;
        }
    }

    [Theory]
    [InlineData("openai/m", false)]
    [InlineData("openai/m", true)]
    [InlineData("anthropic/m", false)]
    [InlineData("anthropic/m", true)]
    [InlineData("google/m", true)]
    public async Task Silence_instead_of_a_response_is_a_504(string model, bool stream)
    {
        var replying = gateway.ChatAsync(GatewayFixture.Ask(model, stream), new UpstreamScript().Silence());
        var reply = await gateway.ReplyAsync(replying, gateway.AskedAsync());

        ((int)reply.Status).ShouldBe(504);
        reply.Error().GetProperty("code").GetString().ShouldBe("provider_timeout");
        await gateway.Upstream.Request.ClientLeft.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Theory]
    [InlineData("openai/m", false)]
    [InlineData("google/m", false)]
    public async Task Silence_in_the_middle_of_a_whole_response_is_a_504(string model, bool stream)
    {
        var replying = gateway.ChatAsync(GatewayFixture.Ask(model, stream), UpstreamScript.Json("{\"id\":").Silence());
        var reply = await gateway.ReplyAsync(replying, gateway.AskedAsync());

        ((int)reply.Status).ShouldBe(504);
        reply.Error();
    }

    [Fact]
    public async Task Silence_in_the_middle_of_a_resumed_stream_breaks_it()
    {
        gateway.Script(UpstreamScript.Sse("event: response.in_progress\ndata: {\"sequence_number\":6}\n\n").Silence());
        using var response = await gateway.Client.GetAsync("/v1/responses/resp_0123456789abcdef?stream=true&starting_after=5", HttpCompletionOption.ResponseHeadersRead);
        var reply = await gateway.ReplyAsync(GatewayReply.ReadAsync(response), Task.CompletedTask);

        ((int)reply.Status).ShouldBe(200);
        reply.IsBroken.ShouldBeTrue();
        await gateway.Upstream.Request.ClientLeft.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Theory]
    [MemberData(nameof(Cases.StreamCaseTests.Beginnings), MemberType = typeof(Cases.StreamCaseTests))]
    public async Task Silence_in_the_middle_of_a_stream_ends_it_as_an_error(string model, string[] events)
    {
        var begun = new TaskCompletionSource();
        var replying = gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), "Hello", begun, UpstreamScript.Sse(events).Silence());
        var reply = await gateway.ReplyAsync(replying, begun.Task);

        ((int)reply.Status).ShouldBe(200);
        reply.Text.ShouldContain("Hello");
        reply.Text.ShouldNotContain("[DONE]");
        reply.Error().GetProperty("code").GetString().ShouldBe("provider_timeout");
        reply.IsBroken.ShouldBeTrue();
        await gateway.Upstream.Request.ClientLeft.WaitAsync(TimeSpan.FromMinutes(2));
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Broken");
    }
}
