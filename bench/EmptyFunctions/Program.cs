using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
builder.Build().Run();

/// <summary>Returns a fixed chat completion, like bench/Empty.</summary>
public sealed class EmptyFunctions
{
    [Function("ChatCompletions")]
    public async Task<IResult> ChatCompletions([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/chat/completions")] HttpRequest request)
    {
        var response = request.HttpContext.Response;
        response.ContentType = "application/json";
        await response.WriteAsync(
            """{"id":"chatcmpl-0","object":"chat.completion","created":0,"model":"empty","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}""");
        return Results.Empty;
    }
}
