using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Stop;

/// <summary>The effect of a stop on open requests and on new ones.</summary>
public sealed class StopTests : IAsyncLifetime
{
    private const string First =
        "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"first\"},\"finish_reason\":null}]}\n\n";
    private const string Last =
        "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    /// <summary>Cuts off after 4 s, and leaves 3 s to send the error: enough for a busy machine.</summary>
    private const int CutSoon = 8;

    private FakeUpstream _upstream = null!;
    private GatewayProcess _gateway = null!;
    private HttpClient _client = null!;

    public async Task InitializeAsync() => _upstream = await FakeUpstream.StartAsync();

    public async Task DisposeAsync()
    {
        _client?.Dispose();
        if (_gateway is not null) await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task An_open_request_completes_while_new_ones_are_refused(string signal)
    {
        if (OperatingSystem.IsWindows()) return;
        await StartAsync(seconds: 3600);
        var release = new TaskCompletionSource();
        _upstream.Answer(UpstreamScript.Sse(First).WaitFor(release.Task).Send(Last));
        using var open = await SendAsync("openai/gpt-x", stream: true);
        await _gateway.SignalAsync(signal);

        await StoppingAsync();
        (await _client.GetAsync("/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using (var refused = await SendAsync("nano/echo", stream: true))
        {
            var told = await GatewayReply.ReadAsync(refused);
            told.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
            told.Error().GetProperty("code").GetString().ShouldBe("gateway_stopping");
            refused.Headers.RetryAfter!.Delta.ShouldNotBeNull();
            refused.Headers.ConnectionClose.ShouldBe(true);
        }
        release.SetResult();

        (await GatewayReply.ReadAsync(open)).Text.ShouldEndWith("data: [DONE]\n\n");
        (await _gateway.ExitAsync()).ShouldBe(0);
        Records().ShouldHaveSingleItem().ShouldContain(" outcome=Ok ");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_that_the_stop_cuts_off_gets_an_error_and_is_recorded_as_stopped(bool stream)
    {
        if (OperatingSystem.IsWindows()) return;
        await StartAsync(CutSoon);
        _upstream.Answer(stream ? UpstreamScript.Sse(First).Silence() : new UpstreamScript().Silence());
        var sending = SendAsync("openai/gpt-x", stream);
        await UpstreamAskedAsync();
        if (stream) await sending;
        await _gateway.SignalAsync("TERM");

        using var response = await sending;
        var reply = await GatewayReply.ReadAsync(response);
        reply.Error().GetProperty("code").GetString().ShouldBe("gateway_stopped");
        reply.Text.ShouldNotContain("[DONE]");
        reply.Status.ShouldBe(stream ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable);
        (response.Headers.RetryAfter is null, response.Headers.ConnectionClose is null).ShouldBe((stream, stream));
        await _upstream.Request.ClientLeft.WaitAsync(GatewayProcess.Patience);
        (await _gateway.ExitAsync()).ShouldBe(0);
        Records().ShouldHaveSingleItem().ShouldContain($" status={(stream ? 200 : 503)} outcome=Stopped ");
        Records().ShouldHaveSingleItem().ShouldContain(" error=gateway_stopped ");
    }

    [Fact]
    public async Task A_caller_that_has_not_sent_its_whole_request_is_cut_off()
    {
        if (OperatingSystem.IsWindows()) return;
        await StartAsync(CutSoon);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _gateway.Address.Port);
        await using var connection = socket.GetStream();
        await connection.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {GatewayFixture.CallerKey}\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"));
        var reader = new StreamReader(connection);
        (await reader.ReadLineAsync().WaitAsync(GatewayProcess.Patience)).ShouldBe("HTTP/1.1 100 Continue", "the gateway reads the body");
        await _gateway.SignalAsync("TERM");

        var response = await reader.ReadToEndAsync().WaitAsync(GatewayProcess.Patience);
        response.ShouldContain("HTTP/1.1 503 ");
        response.ShouldContain("\"gateway_stopped\"");
        (await _gateway.ExitAsync()).ShouldBe(0);
        Records().ShouldHaveSingleItem().ShouldContain(" outcome=Stopped ");
    }

    [Fact]
    public async Task A_caller_that_reads_nothing_does_not_keep_the_process_and_is_recorded_as_cut_off()
    {
        if (OperatingSystem.IsWindows()) return;
        await StartAsync(CutSoon);
        var much = First.Replace("first", new string('x', 1_000_000));
        var script = UpstreamScript.Sse();
        for (var i = 0; i < 64; i++) script = script.Send(much);
        _upstream.Answer(script.Silence());
        using var open = await SendAsync("openai/gpt-x", stream: true);
        await _gateway.SignalAsync("TERM");

        (await _gateway.ExitAsync()).ShouldBe(0);
        Records().ShouldHaveSingleItem().ShouldContain(" outcome=Stopped ");
    }

    [Fact]
    public async Task A_second_interrupt_cuts_off_at_once()
    {
        if (OperatingSystem.IsWindows()) return;
        await StartAsync(seconds: 3600);
        _upstream.Answer(UpstreamScript.Sse(First).Silence());
        using var open = await SendAsync("openai/gpt-x", stream: true);
        await _gateway.SignalAsync("INT");
        await StoppingAsync();
        await _gateway.SignalAsync("INT");

        (await GatewayReply.ReadAsync(open)).Error().GetProperty("code").GetString().ShouldBe("gateway_stopped");
        (await _gateway.ExitAsync()).ShouldBe(0);
        Records().ShouldHaveSingleItem().ShouldContain(" outcome=Stopped ");
    }

    [Fact]
    public async Task A_gateway_without_open_requests_ends_at_once()
    {
        if (OperatingSystem.IsWindows()) return;
        await StartAsync(seconds: 3600);
        using (var response = await SendAsync("nano/echo", stream: false)) (await GatewayReply.ReadAsync(response)).Status.ShouldBe(HttpStatusCode.OK);
        await _gateway.SignalAsync("TERM");

        (await _gateway.ExitAsync()).ShouldBe(0);
        Records().ShouldHaveSingleItem().ShouldContain(" outcome=Ok ");
    }

    private async Task StartAsync(int seconds)
    {
        _gateway = await GatewayProcess.StartAsync(new Dictionary<string, string>
        {
            ["API_KEY"] = GatewayFixture.CallerKey,
            ["OPENAI_API_KEY"] = "key-of-openai",
            ["OPENAI_BASE_URL"] = _upstream.BaseUrl + "/v1",
            ["SHUTDOWN_SECONDS"] = $"{seconds}",
        });
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = _gateway.Address, Timeout = GatewayProcess.Patience };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", GatewayFixture.CallerKey);
    }

    private Task<HttpResponseMessage> SendAsync(string model, bool stream) => _client.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
    {
        Content = new StringContent(GatewayFixture.Ask(model, stream), Encoding.UTF8, "application/json"),
    }, HttpCompletionOption.ResponseHeadersRead);

    /// <summary>Waits until <c>/readyz</c> reports the stop.</summary>
    private async Task StoppingAsync()
    {
        using var limit = new CancellationTokenSource(GatewayProcess.Patience);
        while (true)
        {
            using var ready = await _client.GetAsync("/readyz", limit.Token);
            if (ready.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                (await GatewayReply.ReadAsync(ready)).Json.GetProperty("status").GetString().ShouldBe("stopping");
                return;
            }
            await Task.Delay(10, limit.Token);
        }
    }

    private async Task UpstreamAskedAsync()
    {
        using var limit = new CancellationTokenSource(GatewayProcess.Patience);
        while (_upstream.Requests.Count == 0) await Task.Delay(10, limit.Token);
    }

    private IEnumerable<string> Records() => _gateway.Output.Where(line => line.Contains("usage id=", StringComparison.Ordinal));
}
