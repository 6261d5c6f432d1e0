using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Errors;

/// <summary>
/// Failures in place of a response: a response that failed or was cancelled, or an <c>error</c> event (its members
/// at the top, as documented, or in <c>error</c>, as recorded in <c>openai-responses-sse-basic-8cf63f</c>).
/// </summary>
internal static class Failures
{
    /// <param name="holder">An <c>error</c> event, or the error object itself.</param>
    /// <param name="whole">The response that contains it and may name the status.</param>
    public static GatewayError Read(JsonSlice holder, JsonSlice whole = default)
    {
        var details = ErrorObjectReader.Read(holder.Span);
        var status = details.Status ?? ErrorStatus.Numeric(whole) ?? StatusOf(details.Code) ?? StatusOf(details.Type) ?? 502;
        return new GatewayError(KindOf(status), status, details.Message ?? "The provider reported an error instead of a response.")
        {
            // The event's own name is not an error type.
            Type = details.Type is "error" ? null : details.Type,
            Code = details.Code,
            Param = details.Param,
            RetryAfter = details.RetryAfter,
        };
    }

    /// <summary>The details of an error on the passthrough, and the matching status.</summary>
    /// <inheritdoc cref="Read"/>
    public static ErrorDetails Details(JsonSlice holder, JsonSlice whole = default)
    {
        var details = ErrorObjectReader.Read(holder.Span);
        return details with { Status = details.Status ?? ErrorStatus.Numeric(whole) ?? StatusOf(details.Code) ?? StatusOf(details.Type) };
    }

    /// <summary>The error for a response whose status means failure; null if the response is usable.</summary>
    /// <inheritdoc cref="Read"/>
    public static GatewayError? OfResponse(JsonText status, JsonSlice error, JsonSlice whole = default)
    {
        if (error.HasValue || status.Is("failed"u8)) return Read(error.HasValue ? error : JsonSlice.Constant("{}"), whole);
        if (status.Is("cancelled"u8))
            return new GatewayError(GatewayErrorKind.ProviderFailed, 502, "The provider cancelled the response.") { Code = "response_cancelled" };
        // openai-responses-one-toolres-2cdbfc
        if (status.Is("queued"u8) || status.Is("in_progress"u8))
            return new GatewayError(GatewayErrorKind.ProviderFailed, 502, "The provider is still generating the response in the background, and a chat cannot wait for it.")
            {
                Code = "response_not_finished",
            };
        return null;
    }

    /// <summary>The status for the codes of https://platform.openai.com/docs/api-reference/responses/object#responses-object-error-code and of error bodies.</summary>
    private static int? StatusOf(string? word) => word switch
    {
        null => null,
        "server_error" => 502,
        "failed_to_download_image" or "unsupported_image_media_type" or "empty_image_file" => 400,
        _ => ErrorStatus.OfWord(word)
            ?? (word.StartsWith("invalid_", StringComparison.Ordinal) || word.StartsWith("image_", StringComparison.Ordinal) ? 400 : null),
    };

    private static GatewayErrorKind KindOf(int status) => status switch
    {
        429 => GatewayErrorKind.ProviderLimited,
        504 => GatewayErrorKind.ProviderTimeout,
        >= 400 and < 500 => GatewayErrorKind.ProviderRejected,
        _ => GatewayErrorKind.ProviderFailed,
    };
}
