using Nano.Errors;

namespace Nano.Upstream;

/// <summary>The result of sending a request once: a response with its status and headers, or why there is none.</summary>
internal readonly record struct AttemptOutcome
{
    public HttpResponseMessage? Response { get; init; }

    public GatewayError? Error { get; init; }

    /// <summary>The provider never received the request, so it may be sent again.</summary>
    public bool NothingSent { get; init; }
}
