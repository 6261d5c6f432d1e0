using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Errors;

/// <summary>Callers that leave or do not read: the provider is released, and the usage is recorded.</summary>
public sealed class CallerTests
{
    private const string Chunk =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"},\"finish_reason\":null}]}\n\n";
    private const string Finish =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    private const string End = "data: [DONE]\n\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>xAI uses bare sockets.</summary>
    public sealed class SocketGateway : GatewayFixture, IAsyncLifetime
    {
        public SocketUpstream Provider { get; } = new();

        protected override Dictionary<string, string> Settings(string upstream)
        {
            Provider.Start();
            return new(base.Settings(upstream)) { ["XAI_BASE_URL"] = Provider.BaseUrl + "/v1" };
        }

        async Task IAsyncLifetime.DisposeAsync()
        {
            await DisposeAsync();
            await Provider.DisposeAsync();
        }
    }

    /// <summary>Uses a clock that the test advances.</summary>
    public sealed class ClockedGateway : GatewayFixture
    {
        public FakeTimeProvider Time { get; } = new();

        protected override void Configure(WebApplicationBuilder builder) => builder.Services.AddSingleton<TimeProvider>(Time);
    }

    public sealed class Leaving(SocketGateway gateway) : IClassFixture<SocketGateway>
    {
        private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

        /// <summary>One second of events; reading a connection to its end after the caller has left takes two.</summary>
        private const int Tolerated = 50;

        [Theory]
        [InlineData(false)]
        [InlineData(true)]
        public async Task A_flowing_stream_ends_at_the_provider_when_its_caller_leaves(bool unread)
        {
            gateway.Script();
            var sent = 0;
            var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            gateway.Provider.Serve = async (stream, stopping) =>
            {
                try
                {
                    await SocketUpstream.SendHeadAsync(stream, stopping);
                    while (true)
                    {
                        await SocketUpstream.SendChunkAsync(stream, Chunk, stopping);
                        Interlocked.Increment(ref sent);
                        await Task.Delay(Pace, stopping);
                    }
                }
                finally
                {
                    left.TrySetResult();
                }
            };
            var caller = await RawCaller.SendAsync(gateway.Client.BaseAddress!, GatewayFixture.Ask("xai/m", stream: true));
            await caller.ReadUntilAsync("Hello");
            // With unread data in its buffer, the caller's close is a reset.
            if (unread) await SoonAsync(() => Volatile.Read(ref sent) > 10);
            caller.Dispose();
            var record = await gateway.Usage.OneAsync();
            var before = Volatile.Read(ref sent);
            await left.Task.WaitAsync(Patience);

            (sent - before).ShouldBeLessThan(Tolerated);
            (record["Outcome"]!.ToString(), record["Error"]).ShouldBe(("CallerGone", "client_closed_request"));
            ((int)record["ContentEvents"]!).ShouldBePositive();
        }

        /// <summary>
        /// The caller's window is closed, so the gateway waits in a write and reads nothing from the provider. The caller's leaving still ends both,
        /// long before the limit for callers that do not read.
        /// </summary>
        [Theory]
        [InlineData(true)]
        [InlineData(false)]
        public async Task A_stream_whose_caller_reads_nothing_ends_at_the_provider_when_the_caller_leaves(bool isReset)
        {
            gateway.Script();
            var piece = string.Concat(Enumerable.Repeat(Chunk, 400));
            var sent = 0;
            var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            gateway.Provider.Serve = async (stream, stopping) =>
            {
                try
                {
                    await SocketUpstream.SendHeadAsync(stream, stopping);
                    while (true)
                    {
                        await SocketUpstream.SendChunkAsync(stream, piece, stopping);
                        Interlocked.Increment(ref sent);
                    }
                }
                finally
                {
                    left.TrySetResult();
                }
            };
            using var caller = await RawCaller.SendAsync(gateway.Client.BaseAddress!, GatewayFixture.Ask("xai/m", stream: true), buffer: 16 * 1024);
            await StalledAsync(() => Volatile.Read(ref sent));
            left.Task.IsCompleted.ShouldBeFalse();
            if (isReset) caller.Dispose();
            else caller.CloseSending();
            var record = await gateway.Usage.OneAsync();
            await left.Task.WaitAsync(Patience);

            (record["Outcome"]!.ToString(), record["Error"]).ShouldBe(("CallerGone", "client_closed_request"));
            ((int)record["ContentEvents"]!).ShouldBePositive();
        }

        [Fact]
        public async Task The_connection_of_a_complete_stream_is_used_again_and_its_caller_does_not_wait_for_that()
        {
            gateway.Script();
            var before = gateway.Provider.Connections;
            var callerHasEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            gateway.Provider.Serve = async (stream, stopping) =>
            {
                await SocketUpstream.SendHeadAsync(stream, stopping);
                await SocketUpstream.SendChunkAsync(stream, Chunk + Finish + End, stopping);
                await Task.WhenAny(callerHasEnd.Task, Task.Delay(Patience, stopping));
                await SocketUpstream.SendEndAsync(stream, stopping);
                return true;
            };
            for (var i = 0; i < 3; i++)
            {
                gateway.Usage.Clear();
                using var caller = await RawCaller.SendAsync(gateway.Client.BaseAddress!, GatewayFixture.Ask("xai/m", stream: true));
                await caller.ReadUntilAsync("\r\n0\r\n\r\n");
                callerHasEnd.TrySetResult();
                (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Ok");
            }
            (gateway.Provider.Connections - before).ShouldBe(1);
        }

        [Fact]
        public async Task A_provider_that_does_not_end_its_response_after_the_end_marker_is_disconnected()
        {
            gateway.Script();
            var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            gateway.Provider.Serve = async (stream, stopping) =>
            {
                await SocketUpstream.SendHeadAsync(stream, stopping);
                await SocketUpstream.SendChunkAsync(stream, Chunk + Finish + End, stopping);
                (await stream.ReadAsync(new byte[1], stopping)).ShouldBe(0);
                left.SetResult();
                return false;
            };
            using var caller = await RawCaller.SendAsync(gateway.Client.BaseAddress!, GatewayFixture.Ask("xai/m", stream: true));
            await caller.ReadUntilAsync("\r\n0\r\n\r\n");
            await left.Task.WaitAsync(Patience);
            (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Ok");
        }
    }

    public sealed class NotReading(ClockedGateway gateway) : IClassFixture<ClockedGateway>
    {
        /// <summary>More than all buffers between gateway and caller.</summary>
        private const int Large = 24 * 1024 * 1024;

        [Fact]
        public async Task A_caller_that_does_not_read_a_stream_is_given_up()
        {
            var piece = string.Concat(Enumerable.Repeat(Chunk, 2000));
            var script = UpstreamScript.Sse();
            for (var sent = 0; sent < Large; sent += piece.Length) script = script.Send(piece);
            gateway.Script(script.Silence());
            using var caller = await RawCaller.SendAsync(gateway.Client.BaseAddress!, GatewayFixture.Ask("openai/m", stream: true), buffer: 16 * 1024);
            var record = await PassingAsync(gateway.Usage.OneAsync());

            (record["Outcome"]!.ToString(), record["Error"], record["Status"]).ShouldBe(("CallerGone", "client_not_reading", 200));
            ((int)record["ContentEvents"]!).ShouldBePositive();
            await gateway.Upstream.Request.ClientLeft.WaitAsync(Patience);
        }

        [Fact]
        public async Task A_caller_that_does_not_read_a_whole_response_is_given_up()
        {
            gateway.Script(Whole());
            using var caller = await RawCaller.SendAsync(gateway.Client.BaseAddress!, GatewayFixture.Ask("openai/m"), buffer: 16 * 1024);
            var record = await PassingAsync(gateway.Usage.OneAsync());
            (record["Outcome"]!.ToString(), record["Error"]).ShouldBe(("CallerGone", "client_not_reading"));
        }

        [Fact]
        public async Task A_caller_that_does_not_read_the_error_of_a_stream_is_given_up()
        {
            var piece = string.Concat(Enumerable.Repeat(Chunk, 2000));
            gateway.Script(UpstreamScript.Sse(Chunk, string.Concat(Enumerable.Repeat(piece, 12)), "data: {\"error\":{\"message\":\"engine died\"}}\n\n"));
            using var caller = await RawCaller.SendAsync(gateway.Client.BaseAddress!, GatewayFixture.Ask("openai/m", stream: true), buffer: 16 * 1024);
            var record = await PassingAsync(gateway.Usage.OneAsync());
            record["Outcome"]!.ToString().ShouldBeOneOf("Broken", "CallerGone");
        }

        /// <summary>The limit applies to a caller that reads nothing, not to the whole response.</summary>
        [Fact]
        public async Task A_caller_that_reads_slowly_gets_a_response_that_takes_longer_than_the_limit()
        {
            gateway.Script(Whole());
            using var caller = await RawCaller.SendAsync(gateway.Client.BaseAddress!, GatewayFixture.Ask("openai/m"), buffer: 64 * 1024);
            await caller.ReadUntilAsync("\r\n\r\n");
            for (var read = 0; read < Large; read += 1024 * 1024)
            {
                await caller.ReadMoreAsync(1024 * 1024, "]}");
                gateway.Time.Advance(TimeSpan.FromSeconds(20));
                await Task.Delay(5);
            }
            await caller.ReadMoreAsync(int.MaxValue, "]}");
            var record = await gateway.Usage.OneAsync();
            record["Outcome"]!.ToString().ShouldBe("Ok");
        }

        private static UpstreamScript Whole() => UpstreamScript.Json(
            $$"""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"{{new string('x', Large)}}"},"finish_reason":"stop"}]}""");

        /// <summary>Advances the clock, second by second.</summary>
        private async Task<T> PassingAsync<T>(Task<T> task)
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

    /// <summary>Waits until a positive count no longer grows.</summary>
    private static async Task StalledAsync(Func<int> count)
    {
        using var limit = new CancellationTokenSource(Patience);
        for (var (last, unchanged) = (0, 0); unchanged < 20;)
        {
            await Task.Delay(20, limit.Token);
            var now = count();
            unchanged = now > 0 && now == last ? unchanged + 1 : 0;
            last = now;
        }
    }

    private static async Task SoonAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!condition()) await Task.Delay(5, limit.Token);
    }
}
