using System.Text;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Errors;

/// <summary>
/// Errors: <c>{"message": "..."}</c>, in some services <c>Message</c>; the type is in a header
/// (<c>x-amzn-ErrorType: ValidationException:http://...</c>), sometimes in <c>__type</c>; in a stream it is in the message's headers.
/// </summary>
internal static class ErrorReader
{
    private const int MaxMessageLength = 4096;

    public static ErrorDetails Read(ReadOnlySpan<byte> body)
    {
        var text = body.Trim(" \t\r\n"u8);
        if (text.Length == 0) return default;
        if (text[0] != (byte)'{' || !JsonSlice.IsValid(text)) return new ErrorDetails(Encoding.UTF8.GetString(text[..Math.Min(text.Length, MaxMessageLength)]), null, null, null);
        var value = new JsonSlice(text.ToArray());
        var type = value.Member("__type"u8);
        var word = type.IsText ? TypeOf(type.AsText().ToString()) : null;
        return new ErrorDetails(MessageOf(value), word, word, null) { Status = ErrorStatus.Numeric(value) };
    }

    /// <summary>An exception inside a stream as an error with the matching status (API_runtime_ConverseStream.html, Errors).</summary>
    public static GatewayError FromStream(string type, JsonSlice payload)
    {
        var (kind, status) = type switch
        {
            "validationException" => (GatewayErrorKind.ProviderRejected, 400),
            "accessDeniedException" => (GatewayErrorKind.ProviderAuthFailed, 502),
            "resourceNotFoundException" => (GatewayErrorKind.ProviderRejected, 404),
            "throttlingException" or "modelNotReadyException" or "serviceQuotaExceededException" => (GatewayErrorKind.ProviderLimited, 429),
            "serviceUnavailableException" => (GatewayErrorKind.ProviderLimited, 503),
            "modelTimeoutException" => (GatewayErrorKind.ProviderTimeout, 504),
            _ => (GatewayErrorKind.ProviderFailed, 502),
        };
        return new GatewayError(kind, status, MessageOf(payload) ?? $"The provider reports {(type.Length > 0 ? type : "an error")} without a message.")
        {
            Type = type.Length > 0 ? type : null,
            Code = type.Length > 0 ? type : null,
        };
    }

    /// <summary><c>com.amazon.coral.validate#ValidationException</c> becomes <c>ValidationException</c>.</summary>
    private static string TypeOf(string text) => text[(text.LastIndexOf('#') + 1)..];

    private static string? MessageOf(JsonSlice value)
    {
        var message = value.Member("message"u8);
        if (!message.IsText) message = value.Member("Message"u8);
        // modelStreamErrorException contains the model's own message.
        if (!message.IsText) message = value.Member("originalMessage"u8);
        if (!message.IsText) return null;
        var text = message.AsText().ToString();
        return text.Length <= MaxMessageLength ? text : text[..MaxMessageLength];
    }
}
