using Nano.LocalHost;
using Nano.Routing;

var app = LocalHostApp.Build(GatewaySettings.FromEnvironment(), Console.Error.WriteLine);
if (app is null) return 1;
await app.RunAsync();
return 0;
