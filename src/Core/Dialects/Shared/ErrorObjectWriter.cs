using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Writes <c>{"error":{"message","type","param","code"}}</c> (https://platform.openai.com/docs/guides/error-codes).
/// <c>type</c> is one of OpenAI's own values: its SDKs and their users compare it.
/// </summary>
internal static class ErrorObjectWriter
{
    public static void Write(GatewayError error, JsonOutput output)
    {
        output.BeginObject();
        output.Name("error"u8);
        output.BeginObject();
        output.Name("message"u8);
        output.Text(error.Message);
        output.Name("type"u8);
        output.Literal(TypeOf(error));
        TextOrNull(output, "param"u8, error.Param);
        TextOrNull(output, "code"u8, CodeOf(error));
        if (error.Provider is { } provider)
        {
            output.Name("provider"u8);
            output.Text(provider);
        }
        if (error.Inner is { } inner && System.Text.Encoding.UTF8.GetBytes(inner) is var json && JsonSlice.IsValid(json))
        {
            output.Name("innererror"u8);
            output.Raw(json);
        }
        output.EndObject();
        output.EndObject();
    }

    public static ReadOnlySpan<byte> TypeOf(GatewayError error) => error.Status switch
    {
        429 => error.Code == "insufficient_quota" ? "insufficient_quota"u8 : "rate_limit_error"u8,
        >= 500 => "server_error"u8,
        _ => "invalid_request_error"u8,
    };

    /// <summary>
    /// The error's code, or if it has none, the provider's type (<c>overloaded_error</c>) or OpenAI's code for the case. A request that is longer
    /// than the model's context always has OpenAI's code: Codex recognises it only by that.
    /// </summary>
    public static string? CodeOf(GatewayError error) => ContextOverflow.Is(error) ? ContextOverflow.Code : error.Code ?? error.Kind switch
    {
        GatewayErrorKind.Unauthenticated => "invalid_api_key",
        GatewayErrorKind.TooManyRequests => "rate_limit_exceeded",
        GatewayErrorKind.ProviderTimeout => "provider_timeout",
        GatewayErrorKind.ProviderUnreachable => "provider_unreachable",
        GatewayErrorKind.ProviderAuthFailed => "provider_auth_failed",
        GatewayErrorKind.ProviderLimited or GatewayErrorKind.ProviderRejected or GatewayErrorKind.ProviderFailed =>
            error.Type is "invalid_request_error" or "server_error" ? null : error.Type,
        _ => null,
    };

    private static void TextOrNull(JsonOutput output, ReadOnlySpan<byte> name, string? text)
    {
        output.Name(name);
        if (text is null) output.Null();
        else output.Text(text);
    }
}
