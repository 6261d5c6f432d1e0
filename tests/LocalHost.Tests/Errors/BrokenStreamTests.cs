using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Errors;

/// <summary>A stream that fails ends with an error event and a broken connection, and the event arrives first.</summary>
public sealed class BrokenStreamTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string Failure = "data: {\"error\":{\"message\":\"engine died\",\"type\":\"server_error\",\"param\":null,\"code\":500}}\n\n";

    private static readonly string Ask = GatewayFixture.Ask("openai/gpt-x", stream: true);

    [Fact]
    public async Task The_error_event_arrives_and_the_last_chunk_does_not()
    {
        using var caller = await HelloThenFailureAsync();
        await caller.ReadToEndAsync();

        caller.Text.ShouldContain("engine died");
        caller.Text.ShouldNotContain("[DONE]");
        caller.HasEnd.ShouldBeFalse();
        var record = await gateway.Usage.OneAsync();
        (record["Outcome"]!.ToString(), record["ContentEvents"]).ShouldBe(("Broken", 1));
    }

    [Fact]
    public async Task A_stream_that_ends_well_has_its_last_chunk()
    {
        gateway.Script(UpstreamScript.Sse(Event("Hello"), Event("", "stop"), "data: [DONE]\n\n"));
        using var caller = await RawCaller.SendAsync(gateway.Client.BaseAddress!, Ask);
        await caller.ReadUntilAsync("\r\n0\r\n\r\n");
        caller.HasEnd.ShouldBeTrue();
    }

    /// <summary>HTTP/1.0 responses end with the connection: only a reset shows that one failed.</summary>
    [Fact]
    public async Task A_caller_that_speaks_HTTP_1_0_gets_a_reset_after_the_error_event()
    {
        using var caller = await HelloThenFailureAsync("1.0");
        await caller.ReadToEndAsync();
        caller.Text.ShouldContain("engine died");
        caller.WasReset.ShouldBeTrue();
    }

    /// <summary>The error follows megabytes that the caller has not read: part of them is still in buffers of the system and Kestrel when the last are written.</summary>
    [Fact]
    public async Task A_slow_caller_still_gets_all_events_and_the_error()
    {
        const int events = 160;
        var text = new string('x', 64 * 1024);
        var script = UpstreamScript.Sse();
        for (var i = 0; i < events; i++) script = script.Send(Event($"{text}{i};"));
        gateway.Script(script.Send(Failure));
        using var caller = await RawCaller.SendAsync(gateway.Client.BaseAddress!, Ask, buffer: 32 * 1024);
        await caller.ReadUntilAsync("x0;");
        // Long enough for the stream to fill every buffer in between; the test is also correct when it does not.
        await Task.Delay(TimeSpan.FromMilliseconds(300));
        await caller.ReadToEndAsync();

        caller.Text.ShouldContain($"x{events - 1};");
        caller.Text.ShouldContain("engine died");
        caller.HasEnd.ShouldBeFalse();
    }

    [Fact]
    public async Task Streams_that_fail_at_the_same_time_all_get_their_error()
    {
        var failing = Enumerable.Range(0, 200).ToArray();
        var failure = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Script([.. failing.Select(_ => UpstreamScript.Sse(Event("first;")).WaitFor(failure.Task).Send(Event("second;")).Send(Failure))]);
        var callers = await Task.WhenAll(failing.Select(_ => RawCaller.SendAsync(gateway.Client.BaseAddress!, Ask)));
        await Task.WhenAll(callers.Select(caller => caller.ReadUntilAsync("first;")));
        failure.SetResult();
        await Task.WhenAll(callers.Select(caller => caller.ReadToEndAsync()));

        foreach (var caller in callers)
        {
            caller.Text.ShouldContain("second;");
            caller.Text.ShouldContain("engine died");
            caller.HasEnd.ShouldBeFalse();
            caller.Dispose();
        }
    }

    [Fact]
    public async Task The_provider_is_released_before_a_slow_caller_has_read_the_error()
    {
        using var caller = await HelloThenFailureAsync();
        await gateway.Upstream.Request.ClientLeft.WaitAsync(TimeSpan.FromMinutes(2));
        await caller.ReadToEndAsync();
        caller.Text.ShouldContain("engine died");
    }

    /// <summary>A caller that has read the first event of a stream that then fails, and whose provider does not end it.</summary>
    private async Task<RawCaller> HelloThenFailureAsync(string version = "1.1")
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Script(UpstreamScript.Sse(Event("Hello")).WaitFor(seen.Task).Send(Failure).Silence());
        var caller = await RawCaller.SendAsync(gateway.Client.BaseAddress!, Ask, version: version);
        await caller.ReadUntilAsync("Hello");
        seen.SetResult();
        return caller;
    }

    private static string Event(string text, string? finish = null) => new StringBuilder("data: ")
        .Append($$"""{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"{{text}}"},"finish_reason":{{(finish is null ? "null" : $"\"{finish}\"")}}}]}""")
        .Append("\n\n").ToString();
}
