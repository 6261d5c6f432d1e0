using System.Diagnostics;
using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Providers;
using Nano.Reasoning;
using Nano.Routing;
using Nano.Telemetry;

namespace Nano.Upstream;

/// <summary>
/// One try of an exchange at one deployment: its dialect, credential, losses, buffers and seal. It commits when its first content
/// event, or its whole response, is about to be sent to the caller; until then another attempt can replace it without a trace.
/// </summary>
/// <param name="earlier">The content of the attempt before this one: it may still be sending, and reads from the same body.</param>
internal sealed class Attempt(DispatchRequest request, Deployment deployment, bool isLast, SplicedContent? earlier = null) : IDisposable
{
    private StateSeal? _seal;

    public DispatchRequest Request { get; } = request;

    public Deployment Deployment { get; } = deployment;

    public Provider Provider => Deployment.Provider;

    /// <summary>No other deployment is left in the route plan.</summary>
    public bool IsLast { get; } = isLast;

    /// <summary>The dialect of the deployment for this request, with its address and usage rules; null when the model does not offer the operation.</summary>
    public DeploymentDialect? Route { get; } = deployment.Choose(request.Api, request.Operation, request.Envelope.Needs);

    public IUpstreamDialect Dialect => Route!.Dialect;

    /// <summary>Caller and provider speak the same dialect: bytes are forwarded, except for members that the provider's quirks change.</summary>
    public bool IsPassthrough => Route!.IsPassthroughFor(Request.Api);

    /// <summary>Named in the caller's terms.</summary>
    public LossReport Losses { get; } = new(request.Dialect.NameOfLoss);

    /// <summary>The parts of a converted request that the caller's dialect needs for its response.</summary>
    public RequestMemo? Memo { get; set; }

    /// <summary>The provider's key; kept only in this attempt, never in a record.</summary>
    public ProviderKey Key { get; set; }

    /// <summary>A key that the provider refused before <see cref="Key"/> replaced it: it must not appear in messages either.</summary>
    public string? RefusedKey { get; set; }

    /// <summary>The seal of the deployment and its dialect.</summary>
    public StateSeal Seal => _seal ??= Request.StateKey!.Of(Route!.StateHome);

    /// <summary>The request to the provider; its content borrows from the caller's body or <see cref="Converted"/>.</summary>
    public SplicedContent? Content { get; set; } = earlier;

    /// <summary>The provider's request body, if it had to be written.</summary>
    public JsonOutput? Converted { get; private set; }

    /// <inheritdoc cref="ResponseContext.InputEstimate"/>
    public long? InputEstimate { get; set; }

    public AttemptRecord Record { get; } = new() { Provider = deployment.Provider.Id, Model = deployment.Model, Credential = deployment.Credential,
        ProviderName = deployment.Provider.TelemetryName };

    /// <summary>Null when nothing listens to spans.</summary>
    public Activity? Span { get; set; }

    /// <summary>The attempt that this one runs beside, because that one is late.</summary>
    public Attempt? Beside { get; init; }

    /// <summary>The provider cannot have served the request: no connection carried it, or each send was refused before its time limit passed.</summary>
    public bool IsUnsent { get; set; }

    /// <summary>How many of its sends never reached the provider, or were refused by it.</summary>
    public int UnservedSends { get; set; }

    /// <summary>Cancels only this attempt, of several concurrent ones; null if it runs alone.</summary>
    public CancellationTokenSource? Cancellation { get; init; }

    /// <summary>Cancelled when the attempt is given up, or its whole request.</summary>
    public CancellationToken Token => Cancellation?.Token ?? Request.Clock.Token;

    /// <summary>The minimum speed of its stream before it commits; null for no check.</summary>
    public StreamPace? Pace { get; init; }

    /// <summary>A fallback of the plan takes over what the provider's content filter refuses.</summary>
    public bool HandsOverRefusals { get; init; }

    /// <summary>Called when the attempt commits; null for nothing.</summary>
    public Action? Committed { get; set; }

    /// <summary>The caller gets this attempt's response, and no other one.</summary>
    public bool IsCommitted => Record.IsCommitted;

    /// <summary>From here on the caller sees failures. Calling it again has no effect.</summary>
    public void Commit()
    {
        if (Record.IsCommitted) return;
        Record.IsCommitted = true;
        Committed?.Invoke();
    }

    /// <summary>Replaces what was written before.</summary>
    public ReadOnlyMemory<byte> Hold(JsonOutput written)
    {
        Converted?.Dispose();
        Converted = written;
        return written.Written;
    }

    /// <summary>
    /// The provider has responded: the request's buffers are no longer needed. Buffers that are still being sent from (an early
    /// response, a caller who left) are left to the garbage collector.
    /// </summary>
    public void ReleaseRequest()
    {
        var isBeingSent = ReleaseConverted();
        if (IsLast) Request.ReleaseBody(isBeingSent);
        if (!isBeingSent) Content = null;
    }

    public void Dispose() => ReleaseConverted();

    private bool ReleaseConverted()
    {
        var isBeingSent = Content is { IsBeingSent: true };
        if (isBeingSent) Converted?.Abandon();
        else Converted?.Dispose();
        Converted = null;
        return isBeingSent;
    }
}
