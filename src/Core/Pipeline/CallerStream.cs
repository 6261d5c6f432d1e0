using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Streaming;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// The caller's side of a stream. The relay writes whole events into <see cref="Output"/> and flushes; keep-alives are in the form of the
/// inbound API, between events and never inside one, also before the first.
/// </summary>
internal sealed class CallerStream : CallerResponse
{
    private readonly JsonArrayStream? _array;

    /// <param name="silence">How long nothing may be sent.</param>
    public CallerStream(Exchange exchange, Heartbeat heartbeat, TimeSpan silence) : base(exchange, heartbeat, silence)
    {
        Output = new JsonOutput(512, exchange.Budget);
        _array = exchange.Format.Stream.IsJsonArray ? new JsonArrayStream(new JsonOutput(512, exchange.Budget)) : null;
    }

    /// <summary>What the next flush sends: always whole events.</summary>
    public JsonOutput Output { get; }

    /// <summary>The progress of the events that were written.</summary>
    public StreamPlace Place { get; set; }

    public override bool TakesErrors => true;

    public override bool EndsWithError => Exchange.Dialect.EndsFailedStreams;

    protected override string ContentType => Exchange.Format.Stream.ContentType;

    protected override ReadOnlyMemory<byte> KeepAlive => Exchange.Format.Stream.KeepAlive;

    /// <summary>Sends the contents of <see cref="Output"/> as one flush; raises the exceptions of <see cref="CallerWriter"/>.</summary>
    /// <param name="isLast">The stream is complete.</param>
    public async ValueTask FlushAsync(bool isLast = false)
    {
        if (Exchange.Observer is { } observer && (isLast || Output.Length > 0)) observer.OnSending(Output.Written, isStream: true, isLast);
        if (_array is not null) _array.Convert(Output, isLast);
        var output = _array?.Output ?? Output;
        if (output.Length == 0) return;
        await SendAsync(output.Written);
        output.Release();
    }

    /// <summary>The number of losses that the caller knows when a provider's stream begins: those in headers that were sent, or are about to be.</summary>
    public int CountKnown(LossReport losses) => HasBegun ? SentLosses : losses.Count;

    /// <summary>Appends a comment with all losses if some were found after the stream began (<see cref="CountKnown"/>).</summary>
    public void WriteLateLosses(LossReport losses, int known)
    {
        if (losses.Count <= known) return;
        Output.Bytes(": x-nano-loss: "u8);
        Output.AppendText(losses.ToString());
        Output.Bytes("\n\n"u8);
    }

    /// <summary>
    /// Tells what the response cost: in the usage at its end where the caller asked for usage, else in a comment, where the API's clients accept comments. A
    /// response that is recorded for other callers has it in a comment, which the recording leaves out.
    /// </summary>
    /// <param name="tryTell">Of what writes the events.</param>
    public void TellCost(string usd, Func<string, bool> tryTell)
    {
        if (Exchange.Observer is not { IsForOthers: true } && tryTell(usd)) return;
        if (!Exchange.Format.Stream.AllowsComments) return;
        Output.Bytes(": x-nano-cost: "u8);
        Output.AppendText(usd);
        Output.Bytes("\n\n"u8);
    }

    /// <summary>Appends a comment with the values that the headers would have contained if they had not been sent before an attempt committed.</summary>
    public void WriteLateDeployment(Attempt attempt)
    {
        if (!HasBegun || Exchange.HasSentDeployment) return;
        Output.Bytes(": x-nano-deployment: "u8);
        Output.AppendText(attempt.Deployment.Name);
        Output.Bytes("\n\n"u8);
    }

    public override ValueTask WriteErrorAsync(GatewayError error)
    {
        // After a fault of the gateway, the output may end within an event.
        EventBoundary.DropOpen(Output);
        Exchange.Dialect.WriteStreamError(error with { RequestId = Exchange.Record.RequestId }, Exchange.StreamPlace, Output);
        return FlushAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Output.Dispose();
        _array?.Output.Dispose();
    }
}
