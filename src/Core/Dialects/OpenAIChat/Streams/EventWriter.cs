using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>
/// Writes a streamed response as chunks: one per upstream event if possible. A choice's finish reason waits for the end:
/// providers send more after theirs (<c>gemini-generatecontent-sse-code-065000</c>), but clients expect nothing after it.
/// </summary>
internal sealed class EventWriter : IEventWriter
{
    private readonly ResponseContext _context;
    private readonly JsonOutput _output;
    private readonly LossReport _losses;
    private readonly ChunkWriter _chunks;
    private readonly ForeignExtras _extras;
    private FrameWriter? _own;
    private bool _ownFrame;
    private bool _failed;
    private string? _cost;
    private FinishReason _finish; // the last one

    public EventWriter(in ResponseContext context, JsonOutput output, LossReport losses)
    {
        _context = context;
        _output = output;
        _losses = losses;
        _chunks = new ChunkWriter(context, output);
        _extras = new ForeignExtras(losses, OpenAIChatDialect.DialectName);
    }

    public Usage? Usage { get; private set; }

    public bool TakesTextAlone(string origin) => origin != OpenAIChatDialect.DialectName;

    public void BeginFrame(in ChatFrame frame)
    {
        _ownFrame = frame.Origin == OpenAIChatDialect.DialectName;
        if (_ownFrame) (_own ??= new FrameWriter(_context, _output)).Begin(frame);
        else
        {
            _chunks.Origin = frame.Origin;
            _extras.Answer(frame.Extras);
        }
    }

    public void EndFrame()
    {
        if (_ownFrame) _own!.End();
        else _chunks.Close();
    }

    public void On(in ChatEvent item)
    {
        switch (item.Kind)
        {
            case ChatEventKind.Usage:
                Usage = Merge(Usage, item.Usage);
                // Some providers repeat usage in every event; the last one is complete.
                if (!_ownFrame && _finish != FinishReason.None) _extras.Usage(item.Json);
                break;
            case ChatEventKind.Start when item.Usage is not null:
                Usage = Merge(Usage, item.Usage);
                break;
            case ChatEventKind.Finish:
                _finish = item.Finish;
                if (!_ownFrame) _extras.StopSequence(item.Text);
                break;
            case ChatEventKind.Error when item.Error is { } error && !_failed && !_ownFrame:
                _failed = true;
                _chunks.Close();
                _output.Bytes("data: "u8);
                _output.NewValue();
                ErrorObjectWriter.Write(error, _output);
                _output.Bytes("\n\n"u8);
                _output.NewValue();
                return;
            case ChatEventKind.Error:
                _failed = true;
                break;
        }
        if (_ownFrame) _own!.On(item);
        else if (!_failed)
        {
            _chunks.On(item, _losses);
            _extras.Event(item);
        }
    }

    public void Complete()
    {
        if (_failed) return;
        if (_own is null)
        {
            _chunks.Finish();
            if (_context.StreamUsage && Usage is { } usage) _chunks.WriteUsage(usage, _cost);
        }
        _output.Bytes("data: [DONE]\n\n"u8);
    }

    public bool TryTellCost(string usd)
    {
        if (_failed || _own is not null || !_context.StreamUsage || Usage is null) return false;
        _cost = usd;
        return true;
    }

    /// <summary>The last usage applies; its missing members keep their earlier values.</summary>
    private static Usage? Merge(Usage? before, Usage? now)
    {
        if (before is null || now is null) return now ?? before;
        if (now is { InputTokens: not null, OutputTokens: not null }) return now;
        return now with
        {
            InputTokens = now.InputTokens ?? before.InputTokens,
            OutputTokens = now.OutputTokens ?? before.OutputTokens,
            CacheReadTokens = now.CacheReadTokens ?? before.CacheReadTokens,
            CacheWriteTokens = now.CacheWriteTokens ?? before.CacheWriteTokens,
            LongCacheWriteTokens = now.LongCacheWriteTokens ?? before.LongCacheWriteTokens,
            ServiceTier = now.ServiceTier ?? before.ServiceTier,
        };
    }
}
