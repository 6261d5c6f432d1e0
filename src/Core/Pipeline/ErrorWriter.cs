using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;

namespace Nano.Pipeline;

/// <summary>Writes a <see cref="GatewayError"/> as a whole response in the caller's dialect.</summary>
internal static class ErrorWriter
{
    public static async ValueTask WriteAsync(HttpContext context, IDialect dialect, GatewayError error)
    {
        using var output = Write(dialect, error, RequestId.Of(context));
        error = dialect.ForCaller(error);
        WriteRetry(context.Response.Headers, error, WaitsAnyTime(context.Request.Headers.UserAgent));
        await JsonResponse.WriteAsync(context, error.Status, output);
    }

    /// <summary>The body alone.</summary>
    public static JsonOutput Write(IDialect dialect, GatewayError error, string requestId)
    {
        var output = new JsonOutput(512);
        dialect.WriteError(dialect.ForCaller(error) with { RequestId = requestId }, output);
        return output;
    }

    /// <summary>
    /// Whole seconds for every client, and milliseconds for those that read them (the official SDKs) if they are the shorter wait. Errors that a
    /// retry within a minute cannot fix must not be retried.
    /// </summary>
    /// <param name="waitsAnyTime">The client waits for a long delay in silence: it is not sent one, and its own few retries end with the error.</param>
    private static void WriteRetry(IHeaderDictionary headers, GatewayError error, bool waitsAnyTime)
    {
        var wait = RetryDelay.Parse(error.RetryAfter, TimeProvider.System.GetUtcNow());
        if (error.IsFinal || wait > RetryDelay.LongestUseful) headers["x-should-retry"] = "false";
        if (wait is not { } delay || (waitsAnyTime && delay > RetryDelay.LongestUseful)) return;
        var seconds = Math.Ceiling(delay.TotalSeconds);
        headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (delay.TotalSeconds < seconds) headers["retry-after-ms"] = Math.Ceiling(delay.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// The official .NET SDKs (System.ClientModel: <c>OpenAI/2.15.0 (.NET 10.0.12; ...)</c>, also inside those that are built on it) wait for <c>Retry-After</c> in full, three
    /// times, and read no header that forbids it: a call under a monthly budget would not return for weeks.
    /// </summary>
    private static bool WaitsAnyTime(StringValues userAgent) => userAgent.ToString().Contains("(.NET ", StringComparison.Ordinal);
}
