using System.Net.Mime;
using Nano.Errors;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// A whole response to a caller that wants its connection kept alive (<see cref="Header"/>). White space before JSON is not part of
/// the value (RFC 8259, section 2), so line feeds fill the silence before the body. The first of them sends the status 200; after that, an error is sent as the
/// body, and then the connection is broken, since the status no longer distinguishes it from a response.
/// </summary>
internal sealed class CallerBody(Exchange exchange, Heartbeat heartbeat, TimeSpan silence) : CallerResponse(exchange, heartbeat, silence)
{
    public const string Header = "x-nano-keep-alive";

    private static readonly byte[] WhiteSpace = "\n"u8.ToArray();

    private bool _hasContent;

    public override bool TakesErrors => !_hasContent;

    public override bool EndsWithError => false;

    protected override string ContentType => MediaTypeNames.Application.Json;

    protected override ReadOnlyMemory<byte> KeepAlive => WhiteSpace;

    /// <summary>The response itself follows.</summary>
    public void BeginContent() => _hasContent = true;

    public override async ValueTask WriteErrorAsync(GatewayError error)
    {
        using var output = ErrorWriter.Write(Exchange.Dialect, error, Exchange.Record.RequestId);
        await SendAsync(output.Written);
    }
}
