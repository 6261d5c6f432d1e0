using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;
using Xunit.Abstractions;

namespace Nano.LocalHost.Tests.Stop;

/// <summary>
/// A gateway that is stopped at any moment of a load loses no usage record. <c>NANO_STOP_ROUNDS</c> sets the number of rounds.
/// </summary>
public sealed class StopUnderLoadTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_response_is_complete_and_has_a_usage_record()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Responder = StopLoad.Respond;
        var cutOff = 0;
        for (var round = 0; round < StopLoad.Rounds; round++)
        {
            await using var gateway = await GatewayProcess.StartAsync(new Dictionary<string, string>
            {
                ["API_KEY"] = GatewayFixture.CallerKey,
                ["OPENAI_API_KEY"] = "key-of-openai",
                ["OPENAI_BASE_URL"] = upstream.BaseUrl + "/v1",
                ["SHUTDOWN_SECONDS"] = "8",
            });
            await using var load = new StopLoad(gateway.Address, GatewayFixture.CallerKey, callers: 24);
            await load.RespondedAsync(Random.Shared.Next(1, 400), upstream).WaitAsync(GatewayProcess.Patience);
            await gateway.SignalAsync(round % 2 == 0 ? "TERM" : "INT");
            var exit = await gateway.ExitAsync();
            var figures = StopLoad.Compare(await load.EndAsync(), gateway.Output);
            output.WriteLine($"round {round}: {figures}");
            figures.Problems.ShouldBeEmpty();
            cutOff += figures.CutOff;
            exit.ShouldBe(0);
            upstream.Clear();
        }
        cutOff.ShouldBePositive("the endless requests were open");
    }
}
