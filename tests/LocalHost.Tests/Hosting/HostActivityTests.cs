using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Hosting;

/// <summary>ASP.NET Core creates an activity and a log scope per request for its own log entries, which the gateway does not write.</summary>
public sealed class HostActivityTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)] // As without the gateway's filter: proves that the test would see them.
    public async Task A_request_has_no_activity_and_no_scope_of_the_host(bool logs)
    {
        var seen = new Seen();
        await using var host = LocalHostApp.Build(new Dictionary<string, string> { ["PORT"] = "0" }, complaint => complaint.ShouldBeNull(), builder =>
        {
            builder.Services.AddSingleton<IStartupFilter>(seen);
            builder.Logging.AddProvider(seen);
            if (logs) builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        }).ShouldNotBeNull();
        await host.StartAsync();
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(host.Urls.First()) };
        await client.GetStringAsync("/healthz");
        // One for the connection.
        var scopes = seen.Scopes;
        await client.GetStringAsync("/healthz");
        seen.Requests.ShouldBe(2);
        (seen.Activity is not null).ShouldBe(logs);
        (seen.Scopes > scopes).ShouldBe(logs);
        await host.StopAsync();
    }

    private sealed class Seen : IStartupFilter, ILoggerProvider, ILogger
    {
        public int Requests { get; private set; }

        public int Scopes { get; private set; }

        public Activity? Activity { get; private set; }

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, rest) =>
            {
                Requests++;
                Activity = Activity.Current;
                return rest(context);
            });
            next(app);
        };

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            Scopes++;
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) { }

        public void Dispose() { }
    }
}
