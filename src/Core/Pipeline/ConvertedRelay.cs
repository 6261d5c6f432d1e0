using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Reasoning;
using Nano.Streaming;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>Two dialects: the caller's writer writes what the provider's reader reads.</summary>
internal sealed class ConvertedRelay : IEventRelay, IChatEventSink
{
    private readonly Attempt _attempt;
    private readonly IEventReader _reader;
    private readonly IEventWriter _writer;
    private readonly HalfPairs _halves;
    private GatewayError? _error;
    private int _content;
    private int _refusals;
    private ChoiceFinishes _finishes;

    public ConvertedRelay(Attempt attempt, in ResponseContext context, JsonOutput output)
    {
        _attempt = attempt;
        _reader = attempt.Dialect.CreateEventReader(attempt.Route!.Usage);
        _writer = attempt.Request.Dialect.CreateEventWriter(context, output, attempt.Losses);
        _halves = new HalfPairs(new StreamSealer(attempt.Seal, context.FallbackId, _writer));
    }

    public bool HasEnded { get; private set; }

    public bool IsComplete => _reader.IsComplete;

    public int ContentEvents => _content + (HoldsRefusals ? 0 : _refusals);

    /// <summary>The provider's message about a refusal does not count as content if a fallback takes it over. Whether it does shows at the end.</summary>
    private bool HoldsRefusals => _attempt.HandsOverRefusals && Finish is (FinishReason.None or FinishReason.Refusal or FinishReason.ContentFilter);

    public Usage? Usage => _reader.HeldUsage ?? _writer.Usage;

    public FinishReason Finish => _finishes.First;

    public IReadOnlyList<FinishReason>? Finishes => _finishes.All;

    public string? Model { get; private set; }

    public StreamPlace Place => _writer.Place;

    public GatewayError? Take(in SseEvent received, JsonOutput output)
    {
        var item = ValidText.Of(received);
        var data = item.HasData ? item.Data : Stray(item.Raw);
        if (SseEvent.IsBlank(data.Span)) return null;
        var before = output.Length;
        var understood = false;
        try
        {
            var unreadable = _reader.TryRead(item.Type, data, this, _attempt.Provider.Id);
            understood = unreadable is null;
            return unreadable ?? _error;
        }
        finally
        {
            // The output of an event that turned out to be invalid is half a frame: remove it before the error is written.
            if (!understood) Undo(output, before);
            else output.ReplaceHalves(before);
        }
    }

    public void Complete(JsonOutput output)
    {
        var before = output.Length;
        if (_reader.HeldUsage is { } usage) _writer.On(new ChatEvent(ChatEventKind.Usage) { Part = -1, Usage = usage });
        _writer.Complete();
        output.ReplaceHalves(before);
    }

    public bool TryTellCost(string usd) => _writer.TryTellCost(usd);

    public void Interrupt(JsonOutput output)
    {
        var before = output.Length;
        _writer.Interrupt();
        output.ReplaceHalves(before);
    }

    bool IChatEventSink.TakesTextAlone(string origin) => _writer.TakesTextAlone(origin);

    void IChatEventSink.BeginFrame(in ChatFrame frame) => _writer.BeginFrame(frame);

    void IChatEventSink.On(in ChatEvent item)
    {
        switch (item.Kind)
        {
            case ChatEventKind.Error:
                _error = item.Error is { } error
                    ? UpstreamErrors.FromResponse(_attempt.Provider, error, _attempt.Key)
                    : UpstreamErrors.BrokeOff(_attempt.Provider, "is an error without a message");
                return;
            case ChatEventKind.End:
                HasEnded = true;
                break;
            case ChatEventKind.Start when Model is null && item.Model.IsPresent:
                Model = item.Model.ToString();
                break;
            case ChatEventKind.Text or ChatEventKind.Reasoning or ChatEventKind.ToolCallStart or ChatEventKind.Media:
                _content++;
                break;
            case ChatEventKind.Refusal:
                _refusals++;
                break;
            case ChatEventKind.Finish:
                _finishes.Set(item.Choice, item.Finish);
                break;
        }
        _halves.On(item);
    }

    void IChatEventSink.EndFrame() => _writer.EndFrame();

    private static void Undo(JsonOutput output, int length)
    {
        output.TruncateTo(length);
        output.NewValue();
    }

    /// <summary>Google ends a failed stream with a bare error object between the events (vertexai-generatecontent-sse-basic-2169d8).</summary>
    private static ReadOnlyMemory<byte> Stray(ReadOnlyMemory<byte> raw)
    {
        var start = raw.Span.IndexOfAnyExcept(" \t\r\n"u8);
        return start >= 0 && raw.Span[start] == (byte)'{' ? raw[start..raw.Span.TrimEnd(" \t\r\n"u8).Length] : default;
    }
}
