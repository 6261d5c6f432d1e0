using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Errors;

/// <summary>
/// Failures that come where a response should: a response that failed or was cancelled, an <c>error</c> event (its members
/// at the top, as the reference has it, or in <c>error</c>, as recorded in <c>openai-responses-sse-basic-8cf63f</c>).
/// </summary>
internal static class Failures
{
    /// <param name="holder">An <c>error</c> event, or the error object itself.</param>
    public static GatewayError Read(JsonSlice holder)
    {
        var details = ErrorObjectReader.Read(holder.Span);
        var status = StatusOf(details.Code) ?? StatusOf(details.Type) ?? 502;
        return new GatewayError(KindOf(status), status, details.Message ?? "The provider reported an error instead of a response.")
        {
            // The event's own name is no type of error.
            Type = details.Type is "error" ? null : details.Type,
            Code = details.Code,
            Param = details.Param,
            RetryAfter = details.RetryAfter,
        };
    }

    /// <summary>A response whose status is not a response; null when it is one.</summary>
    public static GatewayError? OfResponse(JsonText status, JsonSlice error)
    {
        if (error.HasValue || status.Is("failed"u8)) return Read(error.HasValue ? error : JsonSlice.Constant("{}"));
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

    /// <summary>The words of https://platform.openai.com/docs/api-reference/responses/object#responses-object-error-code, and of error bodies.</summary>
    private static int? StatusOf(string? word) => word switch
    {
        null => null,
        "rate_limit_exceeded" or "rate_limit_error" or "insufficient_quota" => 429,
        "vector_store_timeout" => 504,
        "server_error" => 502,
        "invalid_prompt" or "invalid_request_error" or "image_parse_error" or "image_content_policy_violation" or "failed_to_download_image"
            or "image_file_too_large" or "unsupported_image_media_type" or "empty_image_file" or "image_file_not_found" or "context_length_exceeded" => 400,
        _ when word.StartsWith("invalid_", StringComparison.Ordinal) || word.StartsWith("image_", StringComparison.Ordinal) => 400,
        _ => null,
    };

    private static GatewayErrorKind KindOf(int status) => status switch
    {
        429 => GatewayErrorKind.ProviderLimited,
        504 => GatewayErrorKind.ProviderTimeout,
        400 => GatewayErrorKind.ProviderRejected,
        _ => GatewayErrorKind.ProviderFailed,
    };
}
