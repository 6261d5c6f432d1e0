using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Nano.Configuration;
using Nano.LocalHost.Tests.Hosting;
using Nano.Routing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Errors;

/// <summary>A provider that falls silent is given up: before an answer with a 504, within a stream with an error event.</summary>
public class TimeLimitTests(TimeLimitTests.HastyGateway gateway) : IClassFixture<TimeLimitTests.HastyGateway>
{
    public sealed class HastyGateway : GatewayFixture
    {
        protected override void Configure(WebApplicationBuilder builder)
        {
            var options = (GatewayOptions)builder.Services.Last(s => s.ServiceType == typeof(GatewayOptions)).ImplementationInstance!;
            var soon = TimeSpan.FromMilliseconds(700);
            builder.Services.AddSingleton(options with { FirstTokenTimeout = soon, StreamIdleTimeout = soon, RequestTimeout = soon, KeepAlive = TimeSpan.FromMinutes(1) });
        }
    }

    [Theory]
    [InlineData("openai/m", false)]
    [InlineData("openai/m", true)]
    [InlineData("anthropic/m", false)]
    [InlineData("anthropic/m", true)]
    [InlineData("google/m", true)]
    public async Task Silence_instead_of_an_answer_is_a_504(string model, bool stream)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream), new UpstreamScript().Silence());

        ((int)reply.Status).ShouldBe(504);
        reply.Error().GetProperty("code").GetString().ShouldBe("provider_timeout");
        await gateway.Upstream.Request.ClientLeft.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("openai/m", false)]
    [InlineData("google/m", false)]
    public async Task Silence_in_the_middle_of_a_whole_answer_is_a_504(string model, bool stream)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream), UpstreamScript.Json("{\"id\":").Silence());

        ((int)reply.Status).ShouldBe(504);
        reply.Error();
    }

    [Theory]
    [MemberData(nameof(Cases.StreamCaseTests.Beginnings), MemberType = typeof(Cases.StreamCaseTests))]
    public async Task Silence_in_the_middle_of_a_stream_ends_it_as_an_error(string model, string[] events)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Sse(events).Silence());

        ((int)reply.Status).ShouldBe(200);
        reply.Text.ShouldContain("Hello");
        reply.Text.ShouldNotContain("[DONE]");
        reply.Error().GetProperty("code").GetString().ShouldBe("provider_timeout");
        reply.IsBroken.ShouldBeTrue();
        await gateway.Upstream.Request.ClientLeft.WaitAsync(TimeSpan.FromSeconds(30));
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Broken");
    }
}
