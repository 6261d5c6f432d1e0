using System.Text;
using System.Text.Json;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Reads error bodies of OpenAI and compatible providers: <c>{"error":{...}}</c>, <c>{"error":"text"}</c> (Venice, xAI),
/// members at the top level (Mistral, doubleword), FastAPI's <c>detail</c>, arrays around any of these, HTML, plain text.
/// Never throws, and never returns more than <see cref="MaxLength"/> characters of a text.
/// </summary>
internal static class ErrorObjectReader
{
    internal const int MaxLength = 2000;

    private const int MaxNesting = 4;

    public static ErrorDetails Read(ReadOnlySpan<byte> body)
    {
        body = body.Trim(" \t\r\n"u8);
        if (body.IsEmpty) return default;
        if (body[0] is (byte)'{' or (byte)'[' or (byte)'"')
        {
            try
            {
                if (JsonSlice.IsValid(body)) return Read(new JsonSlice(body.ToArray()), 0);
            }
            catch (JsonException)
            {
                // Not JSON: treat it as text.
            }
        }
        if (body[0] == (byte)'<') return new ErrorDetails("The provider returned a web page instead of an error object.", null, null, null);
        return new ErrorDetails(Bound(Encoding.UTF8.GetString(body[..Math.Min(body.Length, MaxLength * 4)])), null, null, null);
    }

    private static ErrorDetails Read(JsonSlice value, int nesting)
    {
        if (nesting > MaxNesting) return default;
        if (value.IsText) return OfText(value, nesting);
        if (value.IsArray) return ValidationErrors.Read(value) ?? (First(value) is { IsPresent: true } first ? Read(first, nesting + 1) : default);
        if (!value.IsObject) return default;

        var error = value.Member("error"u8);
        if (!error.HasValue) error = value.Member("errors"u8);
        if (!error.HasValue) error = value.Member("detail"u8);
        var inner = error.HasValue ? Read(error, nesting + 1) : default;
        // A message may itself be an object or a list (Mistral's {"message":{"detail":[...]}}), or JSON in a text.
        var message = value.Member("message"u8);
        // A text beside a message is the name of the status: {"statusCode":400,"error":"Bad Request","message":"..."}.
        if ((inner.Message is null || (error.IsText && message.IsText)) && message.HasValue)
        {
            var said = Read(message, nesting + 1);
            inner = new ErrorDetails(said.Message ?? (message.IsText ? null : Bound(message.ToString())), inner.Type ?? said.Type, inner.Code ?? said.Code,
                inner.Param ?? said.Param) { RetryAfter = inner.RetryAfter, Status = inner.Status };
        }
        var filter = value.Member("innererror"u8);
        var text = Upstream(value) ?? Generated(value) ?? inner.Message ?? Text(value.Member("Message"u8)) ?? Text(value.Member("msg"u8));
        return new ErrorDetails(
            text is not null && ContentFilters.Of(filter) is { } filters ? Bound($"{text} {filters}") : text,
            // The type in FastAPI's validation errors is the kind of mistake, which is less specific than the error's own type.
            Word(value.Member("type"u8)) is { } own && !error.HasValue ? own : inner.Type ?? Word(value.Member("type"u8)) ?? Text(value.Member("status"u8)),
            inner.Code ?? Word(value.Member("code"u8)),
            inner.Param ?? Word(value.Member("param"u8)))
        {
            RetryAfter = inner.RetryAfter,
            Status = inner.Status ?? ErrorStatus.Numeric(value),
            Inner = inner.Inner ?? (filter.IsObject && filter.Span.Length <= MaxLength ? filter.ToString() : null),
        };
    }

    /// <summary>A text may be JSON: <c>"{\"detail\":[...]}"</c>.</summary>
    private static ErrorDetails OfText(JsonSlice value, int nesting)
    {
        var text = Text(value);
        if (text is not { Length: > 1 } || text[0] is not ('{' or '[') || text.Length == MaxLength) return new ErrorDetails(text, null, null, null);
        var json = Encoding.UTF8.GetBytes(text);
        var inner = JsonSlice.IsValid(json) ? Read(new JsonSlice(json), nesting + 1) : default;
        return inner.Message is null ? new ErrorDetails(text, null, null, null) : inner;
    }

    /// <summary>OpenRouter sends "Provider returned error", with the provider's error in <c>metadata.raw</c>.</summary>
    private static string? Upstream(JsonSlice error)
    {
        var raw = error.Member("metadata"u8).Member("raw"u8);
        if (Text(error.Member("message"u8)) is not { } message || Text(raw) is not { } said) return null;
        var inner = Read(Encoding.UTF8.GetBytes(said)).Message ?? said;
        return Bound($"{message}: {inner}");
    }

    /// <summary>Groq's message refers to <c>failed_generation</c>, the model's output, for which no other error has a member (<c>groq-chat-one-error-eda294</c>).</summary>
    private static string? Generated(JsonSlice error)
    {
        if (Text(error.Member("failed_generation"u8)) is not { } written || Text(error.Member("message"u8)) is not { } message) return null;
        return Bound($"{message} failed_generation: {written}");
    }

    private static JsonSlice First(JsonSlice list)
    {
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        return cursor.NextElement() ? cursor.TakeValue() : default;
    }

    private static string? Text(JsonSlice value) => value.AsText() is { HasValue: true } text ? Bound(text.ToString()) : null;

    /// <summary>Codes are strings at some providers and numbers at others.</summary>
    private static string? Word(JsonSlice value) => value.IsText ? Text(value) : value.IsNumber ? value.ToString() : null;

    private static string Bound(string text) => text.Length <= MaxLength ? text : string.Concat(text.AsSpan(0, MaxLength - 3), "...");
}
