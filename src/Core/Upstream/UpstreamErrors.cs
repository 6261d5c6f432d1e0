using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Nano.Dialects;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Providers;
using Nano.Routing;
using Nano.Secrets;

namespace Nano.Upstream;

/// <summary>Maps a provider's failures to the caller's errors: status, kind, message and what to do.</summary>
internal static class UpstreamErrors
{
    /// <summary>The details of a response with an error status, from its body and headers.</summary>
    public static ErrorDetails Details(Provider provider, IUpstreamDialect dialect, HttpResponseMessage response, ReadOnlySpan<byte> body)
    {
        var details = dialect.ReadError(body);
        // A proxy or a framework before the API responds in its own form (FastAPI's "detail").
        if (details.Message is not { Length: > 0 } && ErrorObjectReader.Read(body) is { Message.Length: > 0 } other)
            details = details with { Message = other.Message, Param = details.Param ?? other.Param, Code = details.Code ?? other.Code, Type = details.Type ?? other.Type };
        details = details with { IsFinal = IsFinal(response) };
        if (details.Type is not null || provider.ErrorTypeHeader is not { } name || !response.Headers.NonValidated.TryGetValues(name, out var said)) return details;
        var type = Word(said.ToString());
        return details with { Type = type, Code = details.Code ?? type };
    }

    /// <summary>A response with an error status.</summary>
    /// <param name="key">The gateway's key: a message that quotes it is not passed on, and its place is named if it was refused.</param>
    public static GatewayError FromStatus(Provider provider, int status, in ErrorDetails details, string? retryAfter, in ProviderKey key) =>
        From(provider, status, details, retryAfter, key, $"Provider '{provider.Id}' returned status {status} and no message.");

    /// <param name="unsaid">The message if the provider sent none.</param>
    private static GatewayError From(Provider provider, int status, in ErrorDetails details, string? retryAfter, in ProviderKey key, string unsaid)
    {
        if (status == 401 || provider.Credentials.IsRefusal(status, details)) return KeyRefused(provider, status, details, key);
        var message = Safe(details.Message, key.Value) is { Length: > 0 } said ? said : unsaid;
        var (kind, told) = status switch
        {
            429 => (GatewayErrorKind.ProviderLimited, 429),
            // Anthropic's "overloaded": callers of other dialects know 503.
            503 or 529 => (GatewayErrorKind.ProviderLimited, 503),
            504 => (GatewayErrorKind.ProviderTimeout, 504),
            >= 400 and < 500 => (GatewayErrorKind.ProviderRejected, status),
            >= 500 => (GatewayErrorKind.ProviderFailed, 502),
            _ => (GatewayErrorKind.ProviderUnreachable, 502),
        };
        var error = new GatewayError(kind, told, message)
        {
            Provider = provider.Id,
            Code = Safe(details.Code, key.Value),
            Type = Safe(details.Type, key.Value),
            Param = Safe(details.Param, key.Value),
            RetryAfter = retryAfter ?? details.RetryAfter,
            IsFinal = details.IsFinal || status == 402 || IsSpent(details),
            Inner = Safe(details.Inner, key.Value),
        };
        // A 403 that refuses the prompt or the model says nothing about other requests with the key.
        return status == 403 && FailureTable.Classify(error) is not (FailureClass.ContentFilter or FailureClass.NotFound) ? KeyRefused(provider, status, details, key) : error;
    }

    /// <summary>OpenAI and Anthropic report it in the header that their SDKs follow.</summary>
    private static bool IsFinal(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("x-should-retry", out var values) && values.ToString().Equals("false", StringComparison.OrdinalIgnoreCase);

    private static bool IsSpent(ErrorDetails details) => Array.Exists(FailureTable.SpentWords,
        word => word.Equals(details.Code, StringComparison.OrdinalIgnoreCase) || word.Equals(details.Type, StringComparison.OrdinalIgnoreCase));

    /// <summary>An error inside a 200 response: it gets the status that it names, as a number or as a known code or type.</summary>
    public static GatewayError FromSuccess(Provider provider, in ErrorDetails details, in ProviderKey key)
    {
        var status = details.Status
            ?? (int.TryParse(details.Code, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 400 and < 600 ? code : default(int?))
            ?? ErrorStatus.OfWord(details.Code) ?? ErrorStatus.OfWord(details.Type) ?? 502;
        return From(provider, status, details, null, key, InSuccess(provider));
    }

    /// <summary>An error inside a 200 response that a codec has read: the same rules apply as to a response with an error status.</summary>
    public static GatewayError FromResponse(Provider provider, GatewayError error, in ProviderKey key) =>
        From(provider, error.Kind == GatewayErrorKind.ProviderAuthFailed ? 403 : error.Status,
        new ErrorDetails(error.Message, error.Type, error.Code, error.Param) { Inner = error.Inner }, error.RetryAfter, key, InSuccess(provider));

    private static string InSuccess(Provider provider) => $"Provider '{provider.Id}' returned status 200, but with neither a choice nor an error message.";

    public static GatewayError Unreachable(Provider provider, string reason) =>
        new(GatewayErrorKind.ProviderUnreachable, 502, $"Provider '{provider.Id}' cannot be reached: {reason}. Try again, or check the network and {provider.AddressSource}.")
        {
            Provider = provider.Id,
            Code = "provider_unreachable",
        };

    public static GatewayError BrokeOff(Provider provider, string how) =>
        new(GatewayErrorKind.ProviderUnreachable, 502, $"The response of provider '{provider.Id}' {how}.")
        {
            Provider = provider.Id,
            Code = "provider_stream_broken",
        };

    public static GatewayError TooSlow(Provider provider) =>
        new(GatewayErrorKind.ProviderTimeout, 504,
        $"Provider '{provider.Id}' took longer than the gateway waits. The limits are settings: FIRST_TOKEN_TIMEOUT_SECONDS, STREAM_IDLE_TIMEOUT_SECONDS, REQUEST_TIMEOUT_SECONDS.")
        {
            Provider = provider.Id,
            Code = "provider_timeout",
        };

    /// <summary>The provider was not asked.</summary>
    public static GatewayError NotSent(Provider provider) =>
        new(GatewayErrorKind.ProviderTimeout, 504, $"The time limit passed before the request could be sent to provider '{provider.Id}'. Try again.")
        {
            Provider = provider.Id,
            Code = "provider_timeout",
        };

    /// <summary>
    /// A stop of the process ends attempts in the same way as a time limit, which is not the provider's fault; a refusal by the provider itself
    /// stays its refusal.
    /// </summary>
    public static GatewayError OrCutOff(GatewayError error, RequestClock clock) =>
        clock.Stopped && error.Kind is GatewayErrorKind.ProviderTimeout or GatewayErrorKind.ProviderUnreachable ? GatewayError.CutOff : error;

    /// <summary>The model does not support this operation.</summary>
    public static GatewayError NotOffered(Deployment deployment, Operation operation) => operation switch
    {
        // Agents show every 404 as a wrong path or model.
        Operation.Compaction => new(GatewayErrorKind.InvalidRequest, 400,
            $"The provider of '{deployment.Name}' does not compact conversations. Send the items that are still needed, or a summary of them as a message.")
                { Code = "unsupported_operation", Param = "model" },
        Operation.Embeddings => GatewayError.Invalid(
            $"{deployment.Provider.DisplayName} offers no embeddings with '{deployment.Model}'. docs/embeddings.md lists the providers that do.", "model",
            "embeddings_not_supported"),
        _ => new(GatewayErrorKind.NotFound, 404, $"The model '{deployment.Name}' does not generate responses.") { Code = "model_not_found", Param = "model" },
    };

    /// <summary>The same error without keys other than the one it was created with.</summary>
    public static GatewayError Without(GatewayError error, string key) => error with
    {
        Message = Safe(error.Message, key)!,
        Code = Safe(error.Code, key),
        Type = Safe(error.Type, key),
        Param = Safe(error.Param, key),
        Inner = Safe(error.Inner, key),
    };

    private static GatewayError KeyRefused(Provider provider, int status, in ErrorDetails details, in ProviderKey key)
    {
        var place = key.PlaceAt(provider);
        // A 403 can have causes other than the key (a region, a role), which its message names.
        var said = status == 403 && Safe(details.Message, key.Value) is { Length: > 0 } text ? $" It says: {text}" : "";
        var advice = provider.Credentials.Advice(status, details, place) ?? provider.Credentials.SignIn?.Advice(place) ?? $"Check {place}.";
        if (provider.HasSeveralCredentials) advice += " The usage record names the key.";
        return new GatewayError(GatewayErrorKind.ProviderAuthFailed, 502,
            $"Provider '{provider.Id}' refused the gateway's {provider.Credentials.SignIn?.Word ?? "key"} (status {status}). {advice}{said}")
        {
            Provider = provider.Id,
            Code = "provider_auth_failed",
            IsFinal = true,
        };
    }

    /// <summary>Amazon appends an address: <c>ValidationException:http://internal.amazon.com/...</c>.</summary>
    private static string Word(string type) => type.AsSpan().IndexOfAny(':', ',') is >= 0 and var end ? type[..end] : type;

    /// <summary>The text without a provider's key: a provider may quote it, and a long message may be cut in the middle of one.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Safe(string? text, string? key)
    {
        const int tooShortToTell = 4;
        if (text is null || key is null || key.Length < tooShortToTell) return text;
        // One of several parts (JointKeySource): Amazon quotes only the token.
        if (key.Contains(JointKeySource.Separator, StringComparison.Ordinal))
        {
            foreach (var part in key.Split(JointKeySource.Separator)) text = Safe(text, part);
            return text;
        }
        text = text.Replace(key, "[key]", StringComparison.Ordinal);
        for (var length = Math.Min(key.Length - 1, text.Length); length >= tooShortToTell; length--)
            if (text.AsSpan().EndsWith(key.AsSpan(0, length), StringComparison.Ordinal)) return text[..^length] + "[key]";
        return text;
    }
}
