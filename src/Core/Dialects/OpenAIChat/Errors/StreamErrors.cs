using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Errors;

/// <summary>Errors in place of a response: in a 200 body or inside a stream.</summary>
internal static class StreamErrors
{
    /// <summary>A whole response or a finished stream without a choice.</summary>
    public static ErrorDetails NoChoice { get; } = new("The provider's response contains no choice.", null, "provider_invalid_response", null);

    /// <summary>A whole response whose choices have no message.</summary>
    public static ErrorDetails NoMessage { get; } = new("The provider's response contains no message.", null, "provider_invalid_response", null);

    /// <param name="holder">The object with the <c>error</c> member, or the error itself.</param>
    public static GatewayError Read(JsonSlice holder) => Of(ErrorObjectReader.Read(holder.Span));

    public static GatewayError Of(in ErrorDetails details)
    {
        var status = ErrorStatus.Of(details);
        var kind = status switch
        {
            429 => GatewayErrorKind.ProviderLimited,
            >= 400 and < 500 => GatewayErrorKind.ProviderRejected,
            _ => GatewayErrorKind.ProviderFailed,
        };
        return new GatewayError(kind, status, details.Message ?? "The provider reported an error instead of a response.")
        {
            Type = details.Type,
            Code = details.Code,
            Param = details.Param,
            RetryAfter = details.RetryAfter,
            Inner = details.Inner,
        };
    }
}
