using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Nano;
using Nano.Configuration;
using Nano.Export;
using Nano.Functions;
using Nano.Telemetry;

// See LocalHost's Program for the reason.
const string inline = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
if (Environment.GetEnvironmentVariable(inline) is null) Environment.SetEnvironmentVariable(inline, "1");

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
builder.Services.Configure<KestrelServerOptions>(kestrel =>
{
    kestrel.AddServerHeader = false;
    // The gateway's own limit (MAX_REQUEST_BYTES) gives a better error than Kestrel's 30,000,000 bytes, in the caller's dialect.
    kestrel.Limits.MaxRequestBodySize = null;
    // The Functions host has checked the caller's request line and headers already, and adds its own: a request that passed there must
    // not fail here, where no error could reach the caller.
    kestrel.Limits.MaxRequestLineSize = 64 * 1024;
    kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
    kestrel.Limits.MaxRequestHeaderCount = 1000;
});

// The platform's host gives a worker 5 seconds between asking it to end and killing it (azure-functions-host,
// WorkerConstants.WorkerTerminateGracePeriodInSeconds); one of them is reserved for messages to the host.
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(4));
builder.Services.AddHostedService(services => new HostQueue(HostQueue.Find(builder.Services, services), services.GetRequiredService<ILogger<HostQueue>>()));

// If a worker does not start, the platform reports no reason. So it starts anyway: the
// gateway refuses every call and gives the reason in its responses, in /readyz and in the log.
var reading = builder.Services.AddGateway(GatewaySettings.FromEnvironment(), [Path.Combine(AppContext.BaseDirectory, "nano.json")]);
foreach (var warning in reading.Warnings) Console.Error.WriteLine("warning: " + warning);
foreach (var error in reading.Errors) Console.Error.WriteLine("error: " + error);

var export = new ExportSettings(GatewaySettings.FromEnvironment(), hasHostTelemetry: true, scrape: null);
foreach (var problem in export.Problems) Console.Error.WriteLine("warning: " + problem + " No telemetry is exported by the worker.");
if (export.IsAsked && export.Problems.Count == 0) AddExport(builder.Services, export);

builder.Build().Run();

// The types that a method names are loaded when it is first called: nothing of OpenTelemetry without a setting that requires it.
[MethodImpl(MethodImplOptions.NoInlining)]
static void AddExport(IServiceCollection services, ExportSettings settings) => TelemetryExport.Add(services, settings);
