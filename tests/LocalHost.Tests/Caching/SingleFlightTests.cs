using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Caching;

/// <summary>Identical requests wait for the first one only while its response may still be stored. The clock stands still: they never wait long enough.</summary>
public sealed class SingleFlightTests(SingleFlightTests.FrozenGateway gateway) : IClassFixture<SingleFlightTests.FrozenGateway>
{
    [Fact]
    public async Task Identical_requests_do_not_wait_for_a_response_that_is_too_large()
    {
        const string single = "x-nano-cache: ttl=600, single-flight";
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var large = UpstreamScript.Sse(CacheTests.Chunk(new string('x', CacheGateway.MaxEntry))).WaitFor(end.Task);
        var rest = CacheTests.Stream();
        gateway.Script(large with { Steps = [.. large.Steps, .. rest.Steps] }, rest);
        var request = gateway.Ask("openai/gpt-4o", ",\"stream\":true");
        var leading = gateway.OwnerChatAsync(request, single);
        await Testing.Wait.UntilAsync(() => gateway.Upstream.Requests.Count == 1);
        var following = await gateway.OwnerChatAsync(request, single).WaitAsync(TimeSpan.FromMinutes(2));
        (following.Status, following.Headers["x-nano-cache"], leading.IsCompleted).ShouldBe((HttpStatusCode.OK, "miss", false));
        end.SetResult();
        (await leading).Text.ShouldEndWith("data: [DONE]\n\n");
    }

    public sealed class FrozenGateway : CacheGateway
    {
        protected override void Configure(WebApplicationBuilder builder) => builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider(DateTimeOffset.UtcNow));
    }
}
