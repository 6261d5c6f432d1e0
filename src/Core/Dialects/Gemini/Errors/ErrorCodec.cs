using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.Gemini.Responses;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Gemini.Errors;

/// <summary>
/// Google's errors: <c>{"error":{"code":400,"message":"...","status":"INVALID_ARGUMENT","details":[...]}}</c>, also as the
/// only element of an array; details are google.rpc messages (google/rpc/error_details.proto).
/// </summary>
internal static class ErrorCodec
{
    private const int MaxPlainText = 500;

    /// <summary>The code of an error about a quota per day, written back as one that Google's clients do not retry.</summary>
    private const string DailyQuota = "daily_quota_exceeded";

    public static ErrorDetails Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var whole = new JsonSlice(body.ToArray());
            if (!JsonSlice.IsValid(body)) return Plain(body);
            if (Trimmed(whole) is { IsArray: true } list)
            {
                var cursor = new JsonCursor(list.Memory);
                cursor.EnterArray();
                whole = cursor.NextElement() ? cursor.TakeValue() : default;
            }
            return ReadObject(Trimmed(whole));
        }
        catch (JsonException)
        {
            return Plain(body);
        }
    }

    /// <param name="whole">The response or event that contains it.</param>
    public static GatewayError ToGatewayError(JsonSlice error, JsonSlice whole)
    {
        var details = ReadError(error);
        var status = ErrorStatus.Of(details with { Status = details.Status ?? ErrorStatus.Numeric(whole) });
        var kind = status switch
        {
            401 or 403 => GatewayErrorKind.ProviderAuthFailed,
            429 or 503 => GatewayErrorKind.ProviderLimited,
            >= 500 => GatewayErrorKind.ProviderFailed,
            _ => GatewayErrorKind.ProviderRejected,
        };
        return new GatewayError(kind, kind == GatewayErrorKind.ProviderAuthFailed ? 502 : status, details.Message ?? "The provider reported an error without a message.")
        {
            Type = details.Type, Code = details.Code, Param = details.Param, RetryAfter = details.RetryAfter,
        };
    }

    /// <summary>A candidate that ends because the generation failed (MALFORMED_FUNCTION_CALL): its content cannot be used.</summary>
    public static GatewayError OfFinish(in Candidate candidate)
    {
        var word = FinishReasons.Native(candidate.Finish).ToString();
        var message = Text(candidate.Extras.From(GeminiDialect.DialectName, "finishMessage"u8));
        return new GatewayError(GatewayErrorKind.ProviderFailed, 502, message is null ? $"The model failed to respond: {word}." : $"The model failed to respond: {word}: {message}")
        {
            Type = word, Code = word.ToLowerInvariant(),
        };
    }

    public static void Write(GatewayError error, JsonOutput output)
    {
        output.BeginObject();
        output.Name("error"u8);
        output.BeginObject();
        output.Name("code"u8);
        output.Number(error.Status);
        output.Name("message"u8);
        output.Text(error.Message);
        output.Name("status"u8);
        output.Text(StatusWord(error));
        WriteDetails(error, output);
        output.EndObject();
        output.EndObject();
    }

    /// <summary>Writes an event whose data is the error object, as Google's own streams do.</summary>
    public static void WriteEvent(GatewayError error, JsonOutput output)
    {
        output.NewValue();
        output.Bytes("data: "u8);
        Write(error, output);
        output.Bytes("\r\n\r\n"u8);
        output.NewValue();
    }

    private static ErrorDetails ReadObject(JsonSlice whole)
    {
        if (whole.IsText) return new ErrorDetails(Text(whole), null, null, null);
        var error = whole.Member("error"u8);
        // A text beside a message is the name of the status.
        if (error.IsText) return new ErrorDetails(Text(whole.Member("message"u8)) ?? Text(error), null, null, null) { Status = ErrorStatus.Numeric(whole) };
        if (!error.IsObject) return ReadError(whole);
        var details = ReadError(error);
        return details with { Status = details.Status ?? ErrorStatus.Numeric(whole) };
    }

    private static ErrorDetails ReadError(JsonSlice error)
    {
        if (!error.IsObject) return new ErrorDetails(error.IsText ? Text(error) : null, null, null, null);
        string? reason = null, field = null, delay = null;
        var isDaily = false;
        var details = error.Member("details"u8);
        if (details.IsArray)
        {
            var cursor = new JsonCursor(details.Memory);
            cursor.EnterArray();
            while (cursor.NextElement())
            {
                var detail = cursor.TakeValue();
                reason ??= Text(detail.Member("reason"u8));
                delay ??= Seconds(Text(detail.Member("retryDelay"u8)));
                isDaily |= IsPerDay(detail.Member("violations"u8));
                var violations = detail.Member("fieldViolations"u8);
                if (field is null && violations.IsArray)
                {
                    var first = new JsonCursor(violations.Memory);
                    first.EnterArray();
                    if (first.NextElement()) field = Text(first.TakeValue().Member("field"u8));
                }
            }
        }
        // RetryInfo then names the limit per minute, whose end does not help.
        if (isDaily) (reason, delay) = (DailyQuota, null);
        // A proxy before the API may send OpenAI's or Anthropic's form.
        var status = Text(error.Member("status"u8)) ?? Text(error.Member("type"u8));
        return new ErrorDetails(Text(error.Member("message"u8)), status, reason ?? status, field) { RetryAfter = delay, Status = ErrorStatus.Numeric(error) };
    }

    /// <summary>Whether a QuotaFailure names a quota per day. Google's clients recognize it by these parts of its id.</summary>
    private static bool IsPerDay(JsonSlice violations)
    {
        if (!violations.IsArray) return false;
        var cursor = new JsonCursor(violations.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var id = cursor.TakeValue().Member("quotaId"u8).AsText().Span;
            if (id.IndexOf("PerDay"u8) >= 0 || id.IndexOf("Daily"u8) >= 0) return true;
        }
        return false;
    }

    /// <summary>A protobuf duration (<c>34.4s</c>) as whole seconds, rounded up.</summary>
    private static string? Seconds(string? duration)
    {
        if (duration is null || !duration.EndsWith('s')) return null;
        return double.TryParse(duration.AsSpan(0, duration.Length - 1), System.Globalization.CultureInfo.InvariantCulture, out var seconds)
            && seconds is >= 0 and < 1e7
            ? ((long)Math.Ceiling(seconds)).ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
    }

    private static string? Text(JsonSlice value) => value.AsText() is { HasValue: true } text ? text.ToString() : null;

    /// <summary>A body that is not JSON: shown if it is plain text, not if it is an HTML page.</summary>
    private static ErrorDetails Plain(ReadOnlySpan<byte> body)
    {
        var text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, MaxPlainText)]).Trim();
        return text.Length == 0 || text[0] is '<' or '{' or '[' ? default : new ErrorDetails(text, null, null, null);
    }

    private static JsonSlice Trimmed(JsonSlice value)
    {
        var start = 0;
        var span = value.Span;
        while (start < span.Length && span[start] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') start++;
        var end = span.Length;
        while (end > start && span[end - 1] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') end--;
        return new JsonSlice(value.Memory[start..end]);
    }

    private static void WriteDetails(GatewayError error, JsonOutput output)
    {
        var seconds = long.TryParse(error.RetryAfter, out var s) && s >= 0 ? s : (long?)null;
        var reason = error.Code is { Length: > 0 } code && code != error.Type ? code : null;
        if (seconds is null && reason is null && error.Param is null) return;
        output.Name("details"u8);
        output.BeginArray();
        if (reason is not null)
        {
            Detail("type.googleapis.com/google.rpc.ErrorInfo"u8, "reason"u8, output);
            output.Text(reason);
            output.EndObject();
        }
        if (reason == DailyQuota)
        {
            Detail("type.googleapis.com/google.rpc.QuotaFailure"u8, "violations"u8, output);
            output.Raw("""[{"quotaId":"PerDay"}]"""u8);
            output.EndObject();
        }
        if (error.Param is { } param)
        {
            Detail("type.googleapis.com/google.rpc.BadRequest"u8, "fieldViolations"u8, output);
            output.BeginArray();
            output.BeginObject();
            output.Name("field"u8);
            output.Text(param);
            output.EndObject();
            output.EndArray();
            output.EndObject();
        }
        if (seconds is { } wait)
        {
            Detail("type.googleapis.com/google.rpc.RetryInfo"u8, "retryDelay"u8, output);
            output.Text($"{wait}s");
            output.EndObject();
        }
        output.EndArray();
    }

    private static void Detail(ReadOnlySpan<byte> type, ReadOnlySpan<byte> name, JsonOutput output)
    {
        output.BeginObject();
        output.Name("@type"u8);
        output.Literal(type);
        output.Name(name);
    }

    /// <summary>The google.rpc status name (google/rpc/code.proto): the provider's own, else the one for the HTTP status.</summary>
    private static string StatusWord(GatewayError error)
    {
        if (error.Type is { Length: > 0 and < 40 } type && type.All(c => char.IsAsciiLetterUpper(c) || c == '_')) return type;
        return error.Status switch
        {
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 or 405 => "NOT_FOUND",
            409 => "ABORTED",
            429 => "RESOURCE_EXHAUSTED",
            499 => "CANCELLED",
            501 => "UNIMPLEMENTED",
            502 or 503 => "UNAVAILABLE",
            408 or 504 => "DEADLINE_EXCEEDED",
            >= 500 => "INTERNAL",
            _ => "INVALID_ARGUMENT",
        };
    }
}
