using System.Text.Json;
using Nano.Chat;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects;

/// <summary>The only callers of dialect readers and writers: they turn exceptions into a <see cref="GatewayError"/>.</summary>
internal static class DialectCalls
{
    /// <summary>Reads a caller's request; exactly one of the two results is set.</summary>
    /// <param name="isCount">The body asks for the count of a request's tokens.</param>
    public static (ChatRequest? Request, GatewayError? Error) TryReadRequest(this IDialect dialect, ReadOnlyMemory<byte> body, bool isCount = false)
    {
        try
        {
            return (dialect.ReadRequest(isCount && dialect.TokenCounts is { } counts ? counts.Unwrap(body) : body), null);
        }
        catch (DialectException e)
        {
            return (null, e.Error);
        }
        catch (JsonException e)
        {
            return (null, GatewayError.Invalid($"The request body is not a valid request: {Describe(e)}"));
        }
    }

    /// <summary>Prepares a caller's request for another dialect; the error is the reason why that is not possible.</summary>
    public static (RequestMemo? Memo, GatewayError? Error) TryAdapt(this IDialect dialect, ChatRequest request, IUpstreamDialect target, LossReport losses)
    {
        try
        {
            return (dialect.Adapt(request, target, losses), null);
        }
        catch (DialectException e)
        {
            return (null, e.Error);
        }
        catch (JsonException e)
        {
            return (null, GatewayError.Invalid($"The request cannot be converted: {Describe(e)}"));
        }
    }

    /// <summary>Writes a request for a provider; the result is the reason why the target cannot express it, or null.</summary>
    public static GatewayError? TryWriteRequest(
        this IUpstreamDialect dialect, ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        try
        {
            dialect.WriteRequest(request, target, output, losses);
            return null;
        }
        catch (DialectException e)
        {
            return e.Error;
        }
        catch (JsonException e)
        {
            return GatewayError.Invalid($"The request cannot be converted: {Describe(e)}");
        }
    }

    /// <summary>Turns a request that is valid in its dialect into the provider's form; the result is the reason why that is not possible, or null.</summary>
    public static GatewayError? TryEdit(
        this IWireQuirks quirks, ReadOnlyMemory<byte> body, in RequestTarget target, JsonOutput output, LossReport losses, out bool isEdited)
    {
        isEdited = false;
        try
        {
            isEdited = quirks.TryEditRequest(body, target, output, losses);
            return null;
        }
        catch (JsonException e)
        {
            return GatewayError.Invalid($"The request body is not a valid request: {Describe(e)}");
        }
    }

    /// <summary>Removes another model's state from a caller's request; the result is the reason why that is not possible.</summary>
    public static GatewayError? TryRemoveState(this IDialect dialect, ReadOnlyMemory<byte> body, JsonOutput output, LossReport losses, out bool isChanged)
    {
        isChanged = false;
        try
        {
            isChanged = dialect.TryRemoveSealedState(body, output, losses);
            return null;
        }
        catch (JsonException e)
        {
            return GatewayError.Invalid($"The request body is not a valid request: {Describe(e)}");
        }
    }

    /// <summary>Reads a provider's whole response; exactly one of the two results is set.</summary>
    public static (ChatResponse? Response, GatewayError? Error) TryReadResponse(
        this IUpstreamDialect dialect, ReadOnlyMemory<byte> body, UsageRules usage, string provider)
    {
        try
        {
            var response = dialect.ReadResponse(body, usage);
            return response.Error is { } error ? (null, error with { Provider = provider }) : (response, null);
        }
        catch (Exception e) when (e is JsonException or DialectException)
        {
            return (null, Unreadable(provider));
        }
    }

    /// <summary>Reads one event of a provider's stream; the result is an error when it is not valid.</summary>
    public static GatewayError? TryRead(
        this IEventReader reader, ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, IChatEventSink sink, string provider)
    {
        try
        {
            reader.Read(type, data, sink);
            return null;
        }
        catch (Exception e) when (e is JsonException or DialectException)
        {
            return Unreadable(provider);
        }
    }

    /// <summary>Reads a provider's count; null if the response has none.</summary>
    public static long? TryReadCount(this ITokenCounts counts, ReadOnlyMemory<byte> body)
    {
        try
        {
            var cursor = new JsonCursor(body);
            var value = cursor.TakeValue();
            cursor.ExpectEnd();
            return counts.ReadCount(value.Memory) is >= 0 and <= Usage.MostTokens and var count ? count : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Passes one event to a tap; an error means that the event is not valid.</summary>
    public static (TapVerdict Verdict, GatewayError? Error) TryOnEvent(
        this IUsageTap tap, ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, string provider)
    {
        try
        {
            return (tap.OnEvent(type, data), null);
        }
        catch (Exception e) when (e is JsonException or DialectException)
        {
            return (TapVerdict.Error, Unreadable(provider));
        }
    }

    /// <summary>Passes a whole response to a tap; the result is an error if it is not valid.</summary>
    public static GatewayError? TryOnBody(this IUsageTap tap, ReadOnlyMemory<byte> body, string provider)
    {
        try
        {
            tap.OnBody(body);
            return null;
        }
        catch (Exception e) when (e is JsonException or DialectException)
        {
            return Unreadable(provider);
        }
    }

    private static GatewayError Unreadable(string provider) =>
        new(GatewayErrorKind.ProviderUnreachable, 502, $"The response of provider '{provider}' cannot be read: it is not what its API documents.")
        {
            Provider = provider,
            Code = "provider_invalid_response",
        };

    private static string Describe(JsonException e)
    {
        var message = e.Message;
        var end = message.IndexOf(" Path: ", StringComparison.Ordinal);
        return end > 0 ? message[..end] : message;
    }
}
