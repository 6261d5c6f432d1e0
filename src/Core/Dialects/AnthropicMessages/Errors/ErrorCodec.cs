using System.Text;
using System.Text.Json;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Errors;

/// <summary>Errors as <c>{"type":"error","error":{"type":"...","message":"..."}}</c>.</summary>
internal static class ErrorCodec
{
    private const int MaxMessageBytes = 4096;

    private static readonly HashSet<string> Types = [
        "invalid_request_error", "billing_error", "not_found_error", "request_too_large", "rate_limit_error", "api_error", "timeout_error", "overloaded_error"];

    public static ErrorDetails Read(ReadOnlySpan<byte> body)
    {
        var text = body.Trim(" \t\r\n"u8);
        if (text.Length == 0) return default;
        if (text[0] is not ((byte)'{' or (byte)'[' or (byte)'"') || !JsonSlice.IsValid(text)) return new ErrorDetails(Shorten(text), null, null, null);
        return Details(new JsonSlice(text.ToArray()));
    }

    /// <summary>Reads the error's object, the whole body around it, or any other value.</summary>
    public static ErrorDetails Details(JsonSlice value)
    {
        if (value.IsArray) return FirstOf(value);
        if (!value.IsObject) return new ErrorDetails(value.IsText ? Text(value) : null, null, null, null);
        var inner = value.Member("error"u8);
        if (inner.IsObject)
        {
            var details = Details(inner);
            return details with { Status = details.Status ?? ErrorStatus.Numeric(value) };
        }
        var message = value.Member("message"u8);
        if (!message.IsText) message = inner.IsText ? inner : value.Member("detail"u8);
        // If the error is a string, the type beside it is the event's.
        var type = inner.IsText ? null : Text(value.Member("type"u8));
        return new ErrorDetails(Text(message), type, Text(value.Member("code"u8)), Text(value.Member("param"u8))) { Status = ErrorStatus.Numeric(value) };
    }

    /// <summary>
    /// Turns an error inside a 200 response or stream into one with the matching status
    /// (https://platform.claude.com/docs/en/api/errors). A proxy before the API may name the status as a number.
    /// </summary>
    public static GatewayError FromResponse(ErrorDetails details)
    {
        var (kind, status) = details.Type switch
        {
            "invalid_request_error" => (GatewayErrorKind.ProviderRejected, 400),
            "authentication_error" or "permission_error" => (GatewayErrorKind.ProviderAuthFailed, 502),
            "billing_error" => (GatewayErrorKind.ProviderRejected, 402),
            "not_found_error" => (GatewayErrorKind.ProviderRejected, 404),
            "request_too_large" => (GatewayErrorKind.ProviderRejected, 413),
            "rate_limit_error" => (GatewayErrorKind.ProviderLimited, 429),
            "overloaded_error" => (GatewayErrorKind.ProviderLimited, 529),
            "timeout_error" => (GatewayErrorKind.ProviderTimeout, 504),
            _ => OfStatus(ErrorStatus.Of(details)),
        };
        return new GatewayError(kind, status, details.Message ?? "The provider reported an error without a message.")
        {
            Type = details.Type,
            Code = details.Code ?? details.Type,
            Param = details.Param,
        };
    }

    private static (GatewayErrorKind Kind, int Status) OfStatus(int status) => status switch
    {
        401 or 403 => (GatewayErrorKind.ProviderAuthFailed, 502),
        429 or 503 or 529 => (GatewayErrorKind.ProviderLimited, status),
        504 => (GatewayErrorKind.ProviderTimeout, 504),
        >= 400 and < 500 => (GatewayErrorKind.ProviderRejected, status),
        _ => (GatewayErrorKind.ProviderFailed, 502),
    };

    public static void Write(GatewayError error, JsonOutput output)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("error"u8);
        output.Name("error"u8);
        output.BeginObject();
        output.Name("type"u8);
        if (OwnType(error) is { } type) output.Text(type);
        else output.Literal(TypeWord(error));
        output.Name("message"u8);
        output.Text(ContextLength.MessageOf(error));
        output.EndObject();
        if (error.RequestId is { } id)
        {
            output.Name("request_id"u8);
            output.Text(id);
        }
        output.EndObject();
    }

    public static void WriteEvent(GatewayError error, JsonOutput output)
    {
        output.Bytes("event: error\ndata: "u8);
        output.NewValue();
        Write(error, output);
        output.Bytes("\n\n"u8);
    }

    /// <summary>Clients of this API recognise an overloaded provider by status 529, some of them only by that.</summary>
    public static GatewayError ForCaller(GatewayError error) => error is { Kind: GatewayErrorKind.ProviderLimited, Status: 503 } ? error with { Status = 529 } : error;

    /// <summary>
    /// The provider's own type, if this API defines it (platform.claude.com/docs/en/api/errors): clients match on it. OpenAI calls
    /// every refusal an <c>invalid_request_error</c>, even an unknown model's 404; then the status is more precise.
    /// </summary>
    private static string? OwnType(GatewayError error) =>
        error.Kind >= GatewayErrorKind.ProviderRejected && error.Kind != GatewayErrorKind.ProviderAuthFailed && error.Type is { } type && Types.Contains(type)
        && (type != "invalid_request_error" || error.Status is not (404 or 413 or 429)) ? type : null;

    private static ReadOnlySpan<byte> TypeWord(GatewayError error) => error.Kind switch
    {
        // The provider refused the gateway's key, not the caller's: for the caller that is a failure of the service.
        GatewayErrorKind.ProviderAuthFailed or GatewayErrorKind.NotConfigured => "api_error"u8,
        GatewayErrorKind.ProviderTimeout => "timeout_error"u8,
        _ => error.Status switch
        {
            401 => "authentication_error"u8,
            402 => "billing_error"u8,
            403 => "permission_error"u8,
            404 => "not_found_error"u8,
            413 => "request_too_large"u8,
            429 => "rate_limit_error"u8,
            503 when error.Kind is GatewayErrorKind.ProviderLimited or GatewayErrorKind.Overloaded => "overloaded_error"u8,
            504 => "timeout_error"u8,
            529 => "overloaded_error"u8,
            >= 400 and < 500 => "invalid_request_error"u8,
            _ => "api_error"u8,
        },
    };

    private static ErrorDetails FirstOf(JsonSlice array)
    {
        var cursor = new JsonCursor(array.Memory);
        cursor.EnterArray();
        return cursor.NextElement() && cursor.Token == JsonTokenType.StartObject ? Details(cursor.TakeValue()) : default;
    }

    private static string? Text(JsonSlice value) => value.IsText ? Cut(value.AsText().ToString()) : null;

    private static string Cut(string text) => text.Length <= MaxMessageBytes ? text : text[..MaxMessageBytes];

    private static string Shorten(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text[..Math.Min(text.Length, MaxMessageBytes)]);
}
