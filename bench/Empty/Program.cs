using System.Net;

// The smallest possible ASP.NET Core minimal API: the slim builder, and one route that returns a fixed chat completion without
// binding anything.
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(Environment.GetEnvironmentVariable("PORT") ?? "7072")));
var app = builder.Build();
app.MapPost("/v1/chat/completions", context =>
{
    context.Response.ContentType = "application/json";
    return context.Response.WriteAsync(
        """{"id":"chatcmpl-0","object":"chat.completion","created":0,"model":"empty","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}""");
});
app.Run();
