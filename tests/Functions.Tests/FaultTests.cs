using Nano.Functions.Tests.Hosting;
using Nano.Functions.Tests.Hosting.Rpc;

namespace Nano.Functions.Tests;

/// <summary>To the worker, an exception ends the response: no exception, whatever its cause, may leave a function.</summary>
public sealed class FaultTests(FaultTests.Faulty hosts) : IClassFixture<FaultTests.Faulty>
{
    public sealed class Faulty : BothHosts
    {
        protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream))
        {
            ["DOTNET_STARTUP_HOOKS"] = typeof(Faulty).Assembly.Location,
            [StartupHook.PortSetting] = $"{new Uri(upstream).Port}",
        };
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_exception_is_a_500_and_not_an_empty_response(bool stream)
    {
        var reply = await hosts.ChatAsync($$"""{"model":"openai/gpt-x","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"Hello"}]}""");
        ((int)reply.Status).ShouldBe(500, reply.Text);
        reply.Error().GetProperty("code").GetString().ShouldBe("internal_error");
        (await BothHosts.SoonAsync(() => hosts.Results.FirstOrDefault())).Result.Status.ShouldBe(StatusResult.Types.Status.Success);
        var line = hosts.Logs.Single(log => log.Level == 4);
        line.Exception.Message.ShouldContain("a fault that nobody foresaw");
        line.InvocationId.ShouldNotBeEmpty();
    }
}
