namespace Nano.Functions.Tests.Facts;

/// <summary>A behaviour of the Functions host that the stand-in shares.</summary>
/// <param name="Says">The fact. Each has a different text.</param>
/// <param name="Source">Where the host's public code shows it: repository and path.</param>
/// <param name="Check">Checks that the stand-in behaves in the same way.</param>
internal sealed record HostFact(string Says, string Source, Func<Task> Check)
{
    private const string Host = "Azure/azure-functions-host: src/";

    public const string Routes = Host + "WebJobs.Script.WebHost/WebScriptHostHttpRoutesManager.cs";
    public const string Order = Host + "WebJobs.Script/Host/FunctionMetadataManager.cs";
    public const string Forwarding = Host + "WebJobs.Script.Grpc/Server/DefaultHttpProxyService.cs";
    public const string Retries = Host + "WebJobs.Script.Grpc/Server/RetryProxyHandler.cs";
    public const string Channel = Host + "WebJobs.Script.Grpc/Channel/GrpcWorkerChannel.cs";
    public const string Status = Host + "WebJobs.Script.Grpc/MessageExtensions/StatusResultExtensions.cs";
    public const string Exceptions = Host + "WebJobs.Script.WebHost/Middleware/ExceptionMiddleware.cs";
    public const string BodySize = Host + "WebJobs.Script.WebHost/Middleware/HttpRequestBodySizeMiddleware.cs";
    public const string DefaultBodySize = Host + "WebJobs.Script/ScriptConstants.cs";
    public const string RouteBuilder = "Azure/azure-webjobs-sdk-extensions: src/WebJobs.Extensions.Http/Routing/WebJobsRouteBuilder.cs";
    public const string AspNetRouting = "dotnet/aspnetcore: src/Http/Routing/src/Template/TemplateMatcher.cs";
    public const string Forwarder = "microsoft/reverse-proxy: src/ReverseProxy/Forwarder/HttpForwarder.cs";
    public const string YarpHeaders = "microsoft/reverse-proxy: src/ReverseProxy/Forwarder/RequestUtilities.cs";
}
