using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Errors;

/// <summary>Errors that come where a response should: in a 200 body or inside a stream.</summary>
internal static class StreamErrors
{
    /// <param name="holder">The object whose <c>error</c> member it is, or that is the error itself.</param>
    public static GatewayError Read(JsonSlice holder) => Read(ErrorObjectReader.Read(holder.Span), StatusOf(holder));

    private static GatewayError Read(in ErrorDetails details, int status)
    {
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
        };
    }

    /// <summary>The status that the error names (OpenRouter <c>code</c>, Azure <c>status</c>, Groq <c>status_code</c>), else 502.</summary>
    private static int StatusOf(JsonSlice holder)
    {
        var error = holder.Member("error"u8);
        if (!error.IsObject) error = holder;
        return Status(error.Member("status"u8)) ?? Status(error.Member("status_code"u8)) ?? Status(error.Member("code"u8)) ?? 502;
    }

    private static int? Status(JsonSlice value) => value.AsInt64() is { } status and >= 400 and <= 599 ? (int)status : null;
}
