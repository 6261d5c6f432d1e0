using System.Text.Json;
using Nano.Functions.Tests.Hosting.Rpc;

namespace Nano.Functions.Tests.Hosting;

/// <summary>The HTTP trigger of a function, from the metadata that the worker reports.</summary>
/// <param name="Route">Empty: the function's name.</param>
/// <param name="Methods">Null: every method.</param>
internal sealed record HttpTrigger(string Function, string Route, IReadOnlyList<string>? Methods)
{
    public static HttpTrigger Of(FunctionMetadata function)
    {
        var binding = function.RawBindings.Select(raw => JsonDocument.Parse(raw).RootElement).Single(raw => raw.GetProperty("type").GetString() == "httpTrigger");
        var methods = binding.TryGetProperty("methods", out var named) ? named.EnumerateArray().Select(method => method.GetString()!.ToUpperInvariant()).ToArray() : null;
        return new HttpTrigger(function.Name, binding.TryGetProperty("route", out var route) ? route.GetString()! : "", methods);
    }
}
