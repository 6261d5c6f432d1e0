using System.Net;
using Microsoft.Extensions.Time.Testing;
using Nano.Functions.Tests.Hosting;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.Functions.Tests;

/// <summary>
/// Whole responses that take longer than Azure's front end waits for a byte. The front end uses the test's clock, and the test advances
/// it only when the worker has sent something, so that no response is late on a slow machine.
/// </summary>
public sealed class KeepAliveTests(KeepAliveTests.ImpatientHosts hosts) : IClassFixture<KeepAliveTests.ImpatientHosts>
{
    private const string Ask = """{"model":"openai/gpt-x","messages":[{"role":"user","content":"Hello"}]}""";
    private const string Answer =
        """{"id":"1","object":"chat.completion","created":1,"model":"gpt-x","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]""" +
        ""","usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}}""";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public sealed class ImpatientHosts : BothHosts
    {
        protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream)) { ["KEEP_ALIVE_SECONDS"] = "1" };
    }

    [Fact]
    public async Task A_response_of_ten_minutes_arrives_with_white_space()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hosts.Script(new UpstreamScript().Header("content-type", "application/json").WaitFor(go.Task).Send(Answer));
        var clock = new FakeTimeProvider();
        await using var front = new FrontEnd(hosts.Functions.BaseAddress!, clock);
        using var client = ClientOf(front);
        using var response = await BothHosts.SendAsync(client, Request(keptAlive: true)).WaitAsync(Patience);
        for (var i = 0; i < 3; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(200));
            await PassedAsync(front);
        }
        go.SetResult();
        var reply = await GatewayReply.ReadAsync(response).WaitAsync(Patience);

        reply.IsBroken.ShouldBeFalse();
        reply.Text.ShouldStartWith("\n");
        reply.Text.TrimStart('\n').ShouldBe(Answer);
        var usage = await UsageAsync();
        usage.ShouldContain("outcome=Ok");
        usage.ShouldContain("input=3");
    }

    [Fact]
    public async Task Without_the_header_the_front_end_drops_the_connection()
    {
        hosts.Script(new UpstreamScript().Silence());
        var clock = new FakeTimeProvider();
        await using var front = new FrontEnd(hosts.Functions.BaseAddress!, clock);
        using var client = ClientOf(front);
        var sending = BothHosts.SendAsync(client, Request(keptAlive: false));
        await BothHosts.SoonAsync(() => hosts.Upstream.Requests.FirstOrDefault());
        front.Passed.ShouldBe(0);
        clock.Advance(FrontEnd.IdleLimit);

        await Should.ThrowAsync<HttpRequestException>(() => sending.WaitAsync(Patience));
        await hosts.Upstream.Request.ClientLeft.WaitAsync(Patience);
        (await UsageAsync()).ShouldContain("outcome=CallerGone");
    }

    [Fact]
    public async Task An_error_after_white_space_arrives_and_the_connection_breaks()
    {
        foreach (var client in new[] { hosts.Local, hosts.Functions })
        {
            var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            hosts.Script(new UpstreamScript(429).Header("content-type", "application/json").WaitFor(go.Task).Send("""{"error":{"message":"slow down"}}"""));
            using var response = await BothHosts.SendAsync(client, Request(keptAlive: true)).WaitAsync(Patience);
            go.SetResult();
            var reply = await GatewayReply.ReadAsync(response).WaitAsync(Patience);

            reply.Status.ShouldBe(HttpStatusCode.OK);
            reply.IsBroken.ShouldBeTrue(reply.Text);
            reply.Json.GetProperty("error").GetProperty("message").GetString()!.ShouldContain("slow down");
        }
        (await UsageAsync()).ShouldContain("outcome=Broken");
    }

    private static HttpClient ClientOf(FrontEnd front) => new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = front.Address, Timeout = Patience };

    private static HttpRequestMessage Request(bool keptAlive)
    {
        var request = BothHosts.Chat(Ask);
        if (keptAlive) request.Headers.Add("x-nano-keep-alive", "true");
        return request;
    }

    /// <summary>Waits for the second one from here: the first may have begun before the clock was advanced.</summary>
    private static async Task PassedAsync(FrontEnd front)
    {
        var enough = front.Passed + 2;
        using var limit = new CancellationTokenSource(Patience);
        while (front.Passed < enough) await Task.Delay(5, limit.Token);
    }

    private async Task<string> UsageAsync() => (await BothHosts.SoonAsync(() => hosts.Logs.FirstOrDefault(log => log.Category == "Nano.Usage"))).Message;
}
