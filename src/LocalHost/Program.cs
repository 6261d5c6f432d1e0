using System.Net.Sockets;
using Nano.Configuration;
using Nano.LocalHost;

if (CommandLine.Run(args, Console.Out, Console.Error) is { } exit) return exit;

// For connections to providers, the same setting as LocalHostApp uses for callers' connections. The runtime reads it when the first
// socket is opened and has no other API for it; an existing value is kept.
const string inline = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
if (Environment.GetEnvironmentVariable(inline) is null) Environment.SetEnvironmentVariable(inline, "1");

var settings = LocalSettings.Load(Environment.CurrentDirectory, GatewaySettings.FromEnvironment());
foreach (var error in settings.Errors) Console.Error.WriteLine("error: " + error);
var configFiles = LocalSettings.ConfigFiles(Environment.CurrentDirectory);
// Disposed on every exit path: buffered data, such as the last usage records, is written then.
await using var app = LocalHostApp.Build(LocalSettings.WithDefaults(settings.Values), Console.Error.WriteLine, configFiles: configFiles);
if (app is null || settings.Errors.Count > 0)
{
    Console.Error.WriteLine("The gateway does not start with these settings.");
    return 1;
}
try
{
    await app.StartAsync();
}
catch (Exception e) when (e is IOException or SocketException)
{
    Console.Error.WriteLine("error: " + LocalHostApp.CannotListen(app, e));
    return 1;
}
Console.WriteLine(LocalHostApp.Welcome(app, [.. settings.Files, .. configFiles.Where(File.Exists).Take(1)]));
await LocalHostApp.RunAsync(app);
return 0;
