using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Errors;

/// <summary>Cohere's errors: <c>{"id":"...","message":"...","error_type":"TOO_MANY_TOKENS"}</c>, and generations that failed.</summary>
internal static class Failures
{
    public static ErrorDetails Read(ReadOnlySpan<byte> body)
    {
        var details = ErrorObjectReader.Read(body);
        if (details.Type is not null || !JsonSlice.IsValid(body)) return details;
        var type = new JsonSlice(body.ToArray()).Member("error_type"u8).AsText();
        return type.HasValue ? details with { Type = type.ToString() } : details;
    }

    /// <summary>
    /// A response that ended with ERROR ("the generation failed due to an internal error") or TIMEOUT ("it exceeded the allowed
    /// time limit"): its content is not a usable response.
    /// </summary>
    /// <param name="reason">The finish reason.</param>
    /// <param name="message">Cohere's message; absent if there is none.</param>
    public static GatewayError OfGeneration(JsonText reason, JsonText message)
    {
        var isTimeout = reason.Is("TIMEOUT"u8);
        var said = message.HasValue ? Bound(message.ToString())
            : isTimeout ? "The generation exceeded the provider's time limit." : "The generation failed with an internal error of the provider.";
        return new GatewayError(isTimeout ? GatewayErrorKind.ProviderTimeout : GatewayErrorKind.ProviderFailed, isTimeout ? 504 : 502, said)
        {
            Code = isTimeout ? "provider_timeout" : "provider_generation_failed",
        };
    }

    /// <summary>An error object in place of a response or an event.</summary>
    public static GatewayError OfObject(JsonSlice error)
    {
        var details = Read(error.Span);
        var status = ErrorStatus.Of(details);
        var kind = status switch
        {
            429 => GatewayErrorKind.ProviderLimited,
            >= 400 and < 500 => GatewayErrorKind.ProviderRejected,
            _ => GatewayErrorKind.ProviderFailed,
        };
        return new GatewayError(kind, status, details.Message ?? "an error without a message") { Code = details.Code, Type = details.Type };
    }

    private static string Bound(string text) => text.Length <= ErrorObjectReader.MaxLength ? text : text[..ErrorObjectReader.MaxLength];
}
