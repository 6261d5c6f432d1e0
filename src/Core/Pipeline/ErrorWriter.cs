using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;

namespace Nano.Pipeline;

/// <summary>Writes a <see cref="GatewayError"/> as a whole response in the caller's dialect.</summary>
internal static class ErrorWriter
{
    public static async ValueTask WriteAsync(HttpContext context, IDialect dialect, GatewayError error)
    {
        using var output = new JsonOutput(512);
        dialect.WriteError(error, output);
        if (error.IsFinal) context.Response.Headers["x-should-retry"] = "false";
        if (error.RetryAfter is { } wait && IsRetryAfter(wait)) context.Response.Headers.RetryAfter = wait;
        await JsonResponse.WriteAsync(context, error.Status, output);
    }

    // A provider's word for it goes into our header: seconds or an HTTP date, nothing else.
    private static bool IsRetryAfter(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _)
        || DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}
