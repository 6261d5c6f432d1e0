using System.Text;

namespace Nano.Testing.Upstream;

/// <summary>One step of a fake provider's response.</summary>
public abstract record UpstreamStep
{
    private UpstreamStep() { }

    /// <summary>Writes and flushes these bytes; the first ones, even if empty, send the headers.</summary>
    public sealed record Send(ReadOnlyMemory<byte> Bytes) : UpstreamStep;

    /// <summary>Continues when the test allows it.</summary>
    public sealed record WaitFor(Task Signal) : UpstreamStep;

    /// <summary>Sends nothing for a while.</summary>
    public sealed record Delay(TimeSpan Time) : UpstreamStep;

    /// <summary>Sends nothing until the gateway gives up.</summary>
    public sealed record Silence : UpstreamStep;

    /// <summary>Ends the connection in the middle of the response: the sent part arrives, the end never does.</summary>
    public sealed record Cut : UpstreamStep;

    /// <summary>Resets the connection, which may overtake bytes that were sent; as the first step, before any response.</summary>
    public sealed record Reset : UpstreamStep;
}

/// <summary>The response of a fake provider. Immutable; each method returns a script with another step.</summary>
public sealed record UpstreamScript(int Status = 200)
{
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public IReadOnlyList<UpstreamStep> Steps { get; init; } = [];

    public static UpstreamScript Json(string body, int status = 200) => Json(Encoding.UTF8.GetBytes(body), status);

    public static UpstreamScript Json(ReadOnlyMemory<byte> body, int status = 200) =>
        new UpstreamScript(status).Header("content-type", "application/json").Send(body);

    public static UpstreamScript Sse(params string[] events) =>
        events.Aggregate(new UpstreamScript().Header("content-type", "text/event-stream"), (script, item) => script.Send(item));

    /// <summary>Closes the connection without a response.</summary>
    public static UpstreamScript NoAnswer { get; } = new UpstreamScript().Reset();

    public UpstreamScript Header(string name, string value) => this with { Headers = [.. Headers, (name, value)] };

    public UpstreamScript Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    public UpstreamScript Send(ReadOnlyMemory<byte> bytes) => Then(new UpstreamStep.Send(bytes));

    /// <summary>Sends the bytes in pieces of this size, each flushed separately.</summary>
    public UpstreamScript SendInPieces(ReadOnlyMemory<byte> bytes, int size)
    {
        var pieces = new List<UpstreamStep>(Steps);
        for (var at = 0; at < bytes.Length; at += size) pieces.Add(new UpstreamStep.Send(bytes.Slice(at, Math.Min(size, bytes.Length - at))));
        return this with { Steps = pieces };
    }

    public UpstreamScript WaitFor(Task signal) => Then(new UpstreamStep.WaitFor(signal));

    public UpstreamScript Delay(TimeSpan time) => Then(new UpstreamStep.Delay(time));

    public UpstreamScript Silence() => Then(new UpstreamStep.Silence());

    public UpstreamScript Cut() => Then(new UpstreamStep.Cut());

    public UpstreamScript Reset() => Then(new UpstreamStep.Reset());

    private UpstreamScript Then(UpstreamStep step) => this with { Steps = [.. Steps, step] };
}
