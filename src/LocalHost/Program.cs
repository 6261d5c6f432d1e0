using Nano.LocalHost;
using Nano.Routing;

// The same for the connections to providers as LocalHostApp does for callers'. The runtime reads it when the first
// socket is opened and knows no other way to say it; a value that is set from outside stays.
const string inline = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
if (Environment.GetEnvironmentVariable(inline) is null) Environment.SetEnvironmentVariable(inline, "1");

var app = LocalHostApp.Build(GatewaySettings.FromEnvironment(), Console.Error.WriteLine);
if (app is null) return 1;
await app.RunAsync();
return 0;
