using Nano.Functions.Tests.Hosting;
using Nano.LocalHost.Tests.Stop;
using Nano.Testing.Upstream;
using Xunit.Abstractions;

namespace Nano.Functions.Tests;

/// <summary>
/// A worker that its host stops at any moment of a load loses no usage record. <c>NANO_STOP_ROUNDS</c> sets the number of rounds.
/// </summary>
public sealed class StopUnderLoadTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Every_response_is_complete_and_has_a_usage_record()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Responder = StopLoad.Respond;
        var cutOff = 0;
        for (var round = 0; round < StopLoad.Rounds; round++)
        {
            await using var functions = await FunctionsHost.StartAsync(new Dictionary<string, string>
            {
                ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
                ["API_KEY"] = BothHosts.CallerKey,
                ["OPENAI_API_KEY"] = "key-of-openai",
                ["OPENAI_BASE_URL"] = upstream.BaseUrl + "/v1",
            });
            await using var load = new StopLoad(functions.Address, BothHosts.CallerKey, callers: 24);
            await load.RespondedAsync(Random.Shared.Next(1, 400), upstream).WaitAsync(Patience);
            // The host's message, and the signal that Flex Consumption has been observed to send as well.
            if (round % 2 == 0) functions.Terminate();
            else await functions.SignalAsync("TERM");
            var exit = await functions.ExitAsync().WaitAsync(Patience);
            var figures = StopLoad.Compare(await load.EndAsync(), functions.Logs.Where(log => log.Category == "Nano.Usage").Select(log => log.Message));
            output.WriteLine($"round {round}: {figures}");
            figures.Problems.ShouldBeEmpty();
            cutOff += figures.CutOff;
            exit.ShouldBe(0);
            // The last message of a worker that found its queue and has emptied it.
            functions.Logs.ShouldContain(log => log.Category == "Nano.Functions.HostQueue" && log.Message == "The worker has stopped.");
            upstream.Clear();
        }
        cutOff.ShouldBePositive("the endless requests were open");
    }
}
