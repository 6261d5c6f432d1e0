using System.Diagnostics;
using Nano.LocalHost.Tests.Hosting;

namespace Nano.Panel.Tests.Browser;

/// <summary>A program that runs the code that the panel shows. It finds the gateway's key where the panel documents it.</summary>
internal static class Command
{
    /// <returns>Its output; it has exited with success. Without the program the test is skipped, and fails in CI.</returns>
    public static async Task<string> RunAsync(string program, string[] arguments, string? input = null, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath() };
        foreach (var (name, value) in environment.Concat([("NANO_API_KEY", GatewayFixture.CallerKey), ("NO_PROXY", "*"), ("no_proxy", "*"), ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"),
            ("DOTNET_NOLOGO", "1")]))
            start.Environment[name] = value;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception) when (Environment.GetEnvironmentVariable("CI") is not { Length: > 0 })
        {
            throw new SkipException($"There is no {program} here.");
        }
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            await process.WaitForExitAsync(limit.Token);
            process.ExitCode.ShouldBe(0, $"{await output}\n{await errors}");
            return await output;
        }
    }
}
