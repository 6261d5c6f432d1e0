using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Nano.Functions.Tests.Hosting;

/// <summary>The values that a host reads from the host.json beside the worker.</summary>
internal static class HostFile
{
    public static string RoutePrefix(string folder)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(PathIn(folder)));
        return file.RootElement.GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString()!;
    }

    /// <summary>Whether the host keeps a line, by the rules of Microsoft.Extensions.Logging over logging.logLevel.</summary>
    public static Func<HostLog, bool> LogFilter(string folder)
    {
        var logging = new ConfigurationBuilder().AddJsonFile(PathIn(folder)).Build().GetSection("logging");
        var services = new ServiceCollection().AddLogging(builder => builder.AddConfiguration(logging).AddProvider(new Everything())).BuildServiceProvider();
        var loggers = services.GetRequiredService<ILoggerFactory>();
        return log => loggers.CreateLogger(log.Category).IsEnabled(log.Level);
    }

    private static string PathIn(string folder) => Path.Combine(folder, "host.json");

    private sealed class Everything : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) { }

        public void Dispose() { }
    }
}
