using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Streaming;
using Nano.Telemetry;

namespace Nano.Pipeline;

/// <summary>
/// The texts of a response as the caller gets it, for <see cref="ContentCapture"/>: of a stream as far as it was received, and of each choice as much as
/// fits. Not thread safe.
/// </summary>
internal sealed class ResponseCapture(Exchange exchange, ExchangeSpan span) : IResponseObserver, IChatEventSink
{
    /// <summary>Further choices are left out: each text would be cut to nearly nothing.</summary>
    private const int MaxChoices = 8;

    /// <summary>Characters that are kept of one choice, so that a key at the cut is still complete.</summary>
    private const int MaxKept = ContentCapture.MaxText + 4096;

    private readonly SortedDictionary<int, StringBuilder> _texts = [];
    private IFrameReader? _frames;
    private IEventReader? _reader;
    private bool _isOver;
    private ChoiceFinishes _finishes;

    public void OnSending(ReadOnlyMemory<byte> bytes, bool isStream, bool isLast)
    {
        if (_isOver) return;
        _isOver = isLast || !isStream;
        if (!isStream)
        {
            if (exchange.Dialect.TryReadResponse(bytes, UsageRules.OpenAI, "capture").Response is not { } response) return;
            foreach (var choice in response.Choices)
            {
                _finishes.Set(choice.Index, choice.Finish);
                foreach (var part in choice.Message.Parts)
                    if (part is TextPart text) Add(choice.Index, text.Text);
            }
            return;
        }
        _frames ??= FrameReaders.Create(StreamFraming.ServerSentEvents, int.MaxValue, exchange.Budget);
        _reader ??= exchange.Dialect.CreateEventReader(UsageRules.OpenAI);
        bytes.CopyTo(_frames.GetMemory(bytes.Length));
        _frames.Advance(bytes.Length);
        while (_frames.TryRead(out var item))
            if (item.HasData && !SseEvent.IsBlank(item.Data.Span) && _reader.TryRead(item.Type, item.Data, this, "capture") is not null) _isOver = true;
    }

    public void OnEnd(UsageRecord record)
    {
        _frames?.Dispose();
        if (_texts.Count == 0) return;
        using var output = new JsonOutput(512);
        output.BeginArray();
        foreach (var (choice, text) in _texts)
        {
            output.BeginObject();
            output.Member("role"u8, "assistant");
            output.Name("parts"u8);
            output.BeginArray();
            ContentCapture.WriteText(ContentCapture.Cut(ContentCapture.WithoutKeys(text.ToString(), exchange), ContentCapture.MaxText), output);
            output.EndArray();
            // Of one choice, the record's reason is the provider's own, which the caller's API may not have.
            var finish = _finishes.All is { } all ? all.ElementAtOrDefault(choice) : record.Finish;
            if (finish != FinishReason.None) output.Member("finish_reason"u8, GatewayErrorKinds.Snake(finish.ToString()));
            output.EndObject();
        }
        output.EndArray();
        span.SetOutput(Encoding.UTF8.GetString(output.WrittenSpan));
    }

    public void BeginFrame(in ChatFrame frame) { }

    public void On(in ChatEvent item)
    {
        if (item.Kind == ChatEventKind.Text) Add(item.Choice, item.Text);
        else if (item.Kind == ChatEventKind.Finish) _finishes.Set(item.Choice, item.Finish);
    }

    public void EndFrame() { }

    private void Add(int choice, JsonText text)
    {
        if (!_texts.TryGetValue(choice, out var known))
        {
            if (_texts.Count == MaxChoices) return;
            _texts[choice] = known = new StringBuilder();
        }
        if (known.Length < MaxKept && text.ToString() is { } more) known.Append(more.AsSpan(0, Math.Min(more.Length, MaxKept - known.Length)));
    }
}
