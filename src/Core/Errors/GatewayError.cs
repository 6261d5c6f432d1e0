namespace Nano.Errors;

/// <summary>What went wrong, and on which side. Each kind has one status and one written form per dialect.</summary>
public enum GatewayErrorKind
{
    /// <summary>400: the caller's request is malformed, or cannot be converted.</summary>
    InvalidRequest,
    /// <summary>401: the caller's key is missing or wrong.</summary>
    Unauthenticated,
    /// <summary>403: the caller's key is valid, but not for this.</summary>
    Forbidden,
    /// <summary>404: the route or model does not exist.</summary>
    NotFound,
    /// <summary>405: the route exists, but not with this method.</summary>
    MethodNotAllowed,
    /// <summary>413: the body is larger than the gateway accepts.</summary>
    TooLarge,
    /// <summary>415: the body is not JSON, or is encoded.</summary>
    UnsupportedMedia,
    /// <summary>429: the gateway's own limits.</summary>
    TooManyRequests,
    /// <summary>500: a fault of the gateway.</summary>
    Internal,
    /// <summary>503: the gateway or the provider is not set up (a key is missing).</summary>
    NotConfigured,
    /// <summary>503: the gateway is stopping: it refused the request, or cut it off.</summary>
    Stopping,
    /// <summary>503: the gateway has no memory for this request now.</summary>
    Overloaded,
    /// <summary>The provider refused the request with a 4xx; status and message are the provider's.</summary>
    ProviderRejected,
    /// <summary>502: the provider refused the gateway's key.</summary>
    ProviderAuthFailed,
    /// <summary>429 or 503 with Retry-After: the provider limits requests.</summary>
    ProviderLimited,
    /// <summary>The provider failed with a 5xx.</summary>
    ProviderFailed,
    /// <summary>502: the provider cannot be reached, or its response broke off or is not valid.</summary>
    ProviderUnreachable,
    /// <summary>504: the provider took longer than allowed.</summary>
    ProviderTimeout,
}

/// <summary>
/// A failure as a value. <see cref="Message"/> is for the caller: it names the cause and what to do. It never contains a key, a stack trace
/// or an address with secrets.
/// </summary>
internal sealed record GatewayError(GatewayErrorKind Kind, int Status, string Message)
{
    /// <summary>The request member at fault (<c>messages[0].role</c>).</summary>
    public string? Param { get; init; }

    /// <summary>A code for programs (<c>model_not_found</c>, <c>provider_auth_failed</c>, or the provider's own).</summary>
    public string? Code { get; init; }

    /// <summary>The provider's error type (<c>overloaded_error</c>, <c>RESOURCE_EXHAUSTED</c>), if it has one.</summary>
    public string? Type { get; init; }

    /// <summary>The provider's id, if a provider was involved.</summary>
    public string? Provider { get; init; }

    /// <summary>When to try again: the provider's value or the gateway's.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>The id of the request, for a dialect whose errors contain it.</summary>
    public string? RequestId { get; init; }

    /// <summary>A JSON object with more of the provider's reason (Azure's <c>innererror</c>); null for none.</summary>
    public string? Inner { get; init; }

    /// <summary>A retry cannot fix it: the caller gets <c>x-should-retry: false</c>, which official SDKs follow.</summary>
    public bool IsFinal { get; init; }

    /// <summary>The process stopped before the response was complete.</summary>
    public static GatewayError CutOff { get; } = new(GatewayErrorKind.Stopping, 503, "The gateway was stopped before this response was complete. Send the request again.")
    {
        Code = "gateway_stopped",
        RetryAfter = "1",
    };

    public static GatewayError Invalid(string message, string? param = null, string? code = null) =>
        new(GatewayErrorKind.InvalidRequest, 400, message) { Param = param, Code = code };
}
