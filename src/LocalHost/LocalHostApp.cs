using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Nano.Configuration;
using Nano.Export;
using Nano.Inbound;
using Nano.Telemetry;

namespace Nano.LocalHost;

/// <summary>The gateway on Kestrel: every request goes straight to <see cref="Gateway.HandleAsync"/>.</summary>
public static class LocalHostApp
{
    /// <summary>
    /// Builds the host from settings; it listens once started. Null if the settings have mistakes, all of which were
    /// reported to <paramref name="complain"/>.
    /// </summary>
    /// <param name="configFiles">Paths where <c>nano.json</c> may be; the first one that exists counts.</param>
    public static WebApplication? Build(IReadOnlyDictionary<string, string> settings, Action<string> complain, Action<WebApplicationBuilder>? configure = null,
        IReadOnlyList<string>? configFiles = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        // Created by the container, which therefore disposes it: an instance from outside would never write its last lines.
        builder.Services.AddSingleton<ILoggerProvider>(_ => new LineLoggerProvider(Console.OpenStandardOutput()));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // Program prints why the host does not start, in one line.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        var reading = builder.Services.AddGateway(settings, configFiles);
        foreach (var warning in reading.Warnings) complain("warning: " + warning);
        foreach (var error in reading.Errors) complain("error: " + error);
        if (reading.Errors.Count > 0) return null;

        var options = reading.Options;
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Shutdown);
        builder.WebHost.UseKestrelCore();
        // Requests run on the thread that received their bytes: at a few hundred requests a second, waking another thread for
        // each costs more than serving it (bench/README.md). Nothing in the gateway blocks; large bodies leave the thread.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The gateway's own limit (MAX_REQUEST_BYTES) gives a better error than Kestrel's, in the caller's dialect.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            Listen(kestrel, options);
        });
        var export = new ExportSettings(settings, hasHostTelemetry: false, options.MetricsEndpoint);
        foreach (var problem in export.Problems) complain("error: " + problem);
        if (export.Problems.Count > 0) return null;
        // Its spans and scopes are only for those who read spans or logs elsewhere: without them, requests cost 2 % less CPU.
        if (!export.IsAsked) builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        configure?.Invoke(builder);
        if (export.IsAsked) AddExport(builder.Services, export);
        var app = builder.Build();
        if (export.Scrape is not null) UseMetrics(app, export);
        var gateway = app.Services.GetRequiredService<Gateway>();
        app.Run(gateway.HandleAsync);
        return app;
    }

    /// <summary>Runs until a signal stops the host, and returns when its last response has ended. A second Ctrl+C ends open responses at once.</summary>
    public static async Task RunAsync(WebApplication app)
    {
        var gateway = app.Services.GetRequiredService<Gateway>();
        var interrupts = 0;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            if (Interlocked.Increment(ref interrupts) > 1) gateway.StopNow();
        });
        await app.WaitForShutdownAsync();
    }

    /// <summary>The first lines of output, once the host listens.</summary>
    /// <param name="files">The files that were read.</param>
    public static string Welcome(WebApplication app, IReadOnlyList<string> files)
    {
        var options = app.Services.GetRequiredService<GatewayOptions>();
        var address = app.Urls.FirstOrDefault() ?? "";
        var key = options.ApiKey == GatewayOptions.LaptopApiKey ? $"'{GatewayOptions.LaptopApiKey}'"
            : options.CallerKeyInVault ? $"the Key Vault secret api-key{(options.AllowsLaptopKey ? $", or '{GatewayOptions.LaptopApiKey}' if there is none" : "")}"
            : "the value of API_KEY";
        var read = files.Count == 0 ? "" : $"{Environment.NewLine}Files: {string.Join(", ", files)}";
        return $"Nano listens at {address}/v1 (API key: {key}), its access panel is {address}/access. "
            + $"Try the built-in model nano/echo; GET /v1/models lists all. Ctrl+C ends it.{read}";
    }

    /// <summary>Why the host does not listen, and what to do.</summary>
    public static string CannotListen(WebApplication app, Exception reason)
    {
        var options = app.Services.GetRequiredService<GatewayOptions>();
        var where = $"port {options.Port} of {(options.Host == "*" ? "any address" : options.Host)}";
        return IsInUse(reason)
            ? $"{where} is in use by another program, which may be a gateway that still runs. End it, or set {GatewaySettings.Port} to another port (0 for any free one)."
            : $"the gateway cannot listen on {where}: {reason.Message} Set {GatewaySettings.Host} or {GatewaySettings.Port} to another value.";
    }

    /// <summary>A separate method, so that the types it names are loaded only when it is called.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddExport(IServiceCollection services, ExportSettings settings) => TelemetryExport.Add(services, settings);

    /// <inheritdoc cref="AddExport"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void UseMetrics(WebApplication app, ExportSettings settings) => MetricsEndpoint.Use(app, settings);

    private static bool IsInUse(Exception? reason) =>
        reason is AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } || (reason?.InnerException is { } inner && IsInUse(inner));

    private static void Listen(Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions kestrel, GatewayOptions options)
    {
        if (options.Host is "localhost" or "127.0.0.1") kestrel.Listen(IPAddress.Loopback, options.Port);
        else if (options.Host == "*") kestrel.ListenAnyIP(options.Port);
        else kestrel.Listen(IPAddress.Parse(options.Host), options.Port);
    }
}
