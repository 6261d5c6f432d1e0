using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Caching;

/// <summary>Requests that wait for an identical one that came first.</summary>
public sealed class FollowerTests(CacheGateway gateway) : IClassFixture<CacheGateway>
{
    [Fact]
    public async Task A_caller_who_leaves_while_it_waits_is_not_sent_and_pays_nothing()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":5,"window":"day"}],"cache":{"seconds":600,"single_flight":true}}""");
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Script(new UpstreamScript().Header("content-type", "application/json").WaitFor(first.Task).Send(CacheTests.WholeJson()));
        var request = gateway.Ask("openai/gpt-4o");
        var leading = gateway.ChatAsync(key, request);
        await Wait.UntilAsync(() => gateway.Upstream.Requests.Count == 1);
        await Wait.UntilAsync(async () =>
        {
            await AskAndLeaveAsync(key, request);
            return gateway.Usage.Records.Any(record => record["Outcome"]!.ToString() == "CallerGone");
        });
        first.SetResult();
        await leading;
        gateway.Upstream.Requests.Count.ShouldBe(1);
        var attempts = (await gateway.OwnerAsync("GET", $"/api/usage/export?key={id}")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        attempts.Where(line => JsonDocument.Parse(line).RootElement.GetProperty("input_tokens").GetInt64() > 0).ShouldHaveSingleItem("only the first one was sent");
    }

    private async Task AskAndLeaveAsync(string key, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Client.BaseAddress!.Host, gateway.Client.BaseAddress.Port);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(request)}\r\n\r\n{request}"));
        // So that it waits. If it does not yet, there is nothing to charge either.
        await Task.Delay(300);
    }
}
