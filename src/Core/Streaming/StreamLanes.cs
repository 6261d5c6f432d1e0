using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;
using Nano.Reasoning;
using Nano.Upstream;

namespace Nano.Streaming;

/// <summary>How the events of one provider stream become the caller's. Not thread safe.</summary>
internal interface IStreamLane
{
    /// <summary>Takes one event and writes what the caller gets of it. A result means that the stream has failed.</summary>
    GatewayError? Take(in SseEvent item, JsonOutput output);

    /// <summary>The provider's end marker was seen: nothing may follow.</summary>
    bool HasEnded { get; }

    /// <summary>The stream may end here.</summary>
    bool IsComplete { get; }

    /// <summary>Events with content so far.</summary>
    int ContentEvents { get; }

    /// <summary>Writes what ends a good stream, where the provider's bytes do not hold it already.</summary>
    void Complete(JsonOutput output);

    Usage? Usage { get; }

    FinishReason Finish { get; }

    string? Model { get; }
}

/// <summary>The same dialect on both sides: events pass as the bytes they came in, and a tap looks on. Only a provider's quirks are edited.</summary>
/// <param name="edit">Null for a provider whose events need none.</param>
internal sealed class ByteStreamLane(IUsageTap tap, IEventEdit? edit, Provider provider, bool keepUsage, string? key) : IStreamLane
{
    public bool HasEnded { get; private set; }

    public bool IsComplete => tap.IsComplete;

    public int ContentEvents { get; private set; }

    public Usage? Usage => tap.Usage;

    public FinishReason Finish => tap.Finish;

    public string? Model => tap.Model;

    public GatewayError? Take(in SseEvent item, JsonOutput output)
    {
        if (!item.HasData)
        {
            output.Bytes(item.Raw.Span);
            return null;
        }
        // An event without data (some providers send one as keep-alive) is an error to clients that parse it as JSON.
        if (SseEvent.IsBlank(item.Data.Span)) return null;
        var (verdict, unreadable) = tap.TryOnEvent(item.Type, item.Data, provider.Id);
        if (unreadable is not null) return unreadable;
        switch (verdict)
        {
            case TapVerdict.UsageOnly when !keepUsage:
                return null;
            case TapVerdict.Error:
                return UpstreamErrors.FromSuccess(provider, tap.Error ?? default, key);
            case TapVerdict.Content:
                ContentEvents++;
                break;
            case TapVerdict.End:
                HasEnded = true;
                break;
        }
        if (edit is null || !TryEdit(item, output)) output.Bytes(item.Raw.Span);
        return null;
    }

    private bool TryEdit(in SseEvent item, JsonOutput output)
    {
        var before = output.Length;
        var edited = false;
        try
        {
            output.Bytes("data: "u8);
            output.NewValue();
            if (!edit!.TryEdit(item.Data, output)) return false;
            output.PutOnOneLine(before);
            output.Bytes("\n\n"u8);
            return edited = true;
        }
        finally
        {
            // Half an event is none: where there was no memory for all of it, an error comes next.
            if (!edited) output.TruncateTo(before);
        }
    }

    public void Complete(JsonOutput output)
    {
        if (edit is { AddsEnd: true } && !HasEnded) output.Bytes("data: [DONE]\n\n"u8);
    }
}

/// <summary>Two dialects: what the provider's reader says goes to the caller's writer.</summary>
internal sealed class ConvertedStreamLane : IStreamLane, IChatEventSink
{
    private readonly IEventReader _reader;
    private readonly IEventWriter _writer;
    private readonly HalfPairs _halves;
    private readonly LossReport _losses;
    private readonly Provider _provider;
    private readonly int _told;
    private readonly string? _key;
    private GatewayError? _error;

    public ConvertedStreamLane(IDialect frontDoor, IUpstreamDialect dialect, UsageRules usage, Provider provider, in ResponseContext context, StateSeal seal, JsonOutput output, LossReport losses, string? key)
    {
        _key = key;
        _reader = dialect.CreateEventReader(usage);
        _writer = frontDoor.CreateEventWriter(context, output, losses);
        _halves = new HalfPairs(new StreamSealer(seal, context.FallbackId, _writer));
        _provider = provider;
        _losses = losses;
        _told = losses.Dropped.Count + losses.Emulated.Count;
    }

    public bool HasEnded { get; private set; }

    public bool IsComplete => _reader.IsComplete;

    public int ContentEvents { get; private set; }

    public Usage? Usage => _writer.Usage;

    public FinishReason Finish => _writer.Finish;

    public string? Model { get; private set; }

    public GatewayError? Take(in SseEvent item, JsonOutput output)
    {
        var data = item.HasData ? item.Data : Stray(item.Raw);
        if (SseEvent.IsBlank(data.Span)) return null;
        var before = output.Length;
        var understood = false;
        try
        {
            var unreadable = _reader.TryRead(item.Type, data, this, _provider.Id);
            understood = unreadable is null;
            return unreadable ?? _error;
        }
        finally
        {
            // What was written of an event that then made no sense is half a frame: the error must not run into it.
            if (!understood) Undo(output, before);
            else output.ReplaceHalves(before);
        }
    }

    private static void Undo(JsonOutput output, int length)
    {
        output.TruncateTo(length);
        output.NewValue();
    }

    /// <summary>Google breaks a stream off with a bare error object between the events (vertexai-generatecontent-sse-basic-2169d8).</summary>
    private static ReadOnlyMemory<byte> Stray(ReadOnlyMemory<byte> raw)
    {
        var start = raw.Span.IndexOfAnyExcept(" \t\r\n"u8);
        return start >= 0 && raw.Span[start] == (byte)'{' ? raw[start..raw.Span.TrimEnd(" \t\r\n"u8).Length] : default;
    }

    public void Complete(JsonOutput output)
    {
        // What was lost after the headers went out can only be told here.
        if (_losses.Dropped.Count + _losses.Emulated.Count > _told)
        {
            output.Bytes(": x-nano-loss: "u8);
            output.AppendText(_losses.ToString());
            output.Bytes("\n\n"u8);
        }
        var before = output.Length;
        _writer.Complete();
        output.ReplaceHalves(before);
    }

    void IChatEventSink.BeginFrame(in ChatFrame frame) => _writer.BeginFrame(frame);

    void IChatEventSink.On(in ChatEvent item)
    {
        switch (item.Kind)
        {
            case ChatEventKind.Error:
                _error = item.Error is { } error
                    ? UpstreamErrors.FromAnswer(_provider, error, _key)
                    : UpstreamErrors.BrokeOff(_provider, "is an error without a message");
                return;
            case ChatEventKind.End:
                HasEnded = true;
                break;
            case ChatEventKind.Start when Model is null && item.Model.IsPresent:
                Model = item.Model.ToString();
                break;
            case ChatEventKind.Text or ChatEventKind.Reasoning or ChatEventKind.Refusal or ChatEventKind.ToolCallStart or ChatEventKind.Media:
                ContentEvents++;
                break;
        }
        _halves.On(item);
    }

    void IChatEventSink.EndFrame() => _writer.EndFrame();
}
