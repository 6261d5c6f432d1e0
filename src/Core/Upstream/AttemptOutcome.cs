using Nano.Errors;

namespace Nano.Upstream;

/// <summary>What came of sending a request once: a response with its status and headers, or why there is none.</summary>
internal readonly record struct AttemptOutcome
{
    public HttpResponseMessage? Response { get; init; }

    public GatewayError? Error { get; init; }

    /// <summary>The provider never got to see the request, so that it may be sent again.</summary>
    public bool NothingSent { get; init; }
}
