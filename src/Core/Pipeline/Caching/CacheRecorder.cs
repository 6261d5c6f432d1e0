using System.Text;
using Nano.Caching;
using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Providers;
using Nano.Telemetry;
using Nano.Upstream;

namespace Nano.Pipeline.Caching;

/// <summary>
/// Gathers a response that was not in the cache while it is sent to its caller, and stores it with its last bytes if it may be stored: the caller's
/// next request may follow at once. A response that is too large is not gathered further.
/// </summary>
/// <param name="keys">The keys under which it is looked up, by the deployment that generates it.</param>
/// <param name="led">Identical requests wait for it; null if this request does not lead.</param>
internal sealed class CacheRecorder(ResponseCache cache, Exchange exchange, IReadOnlyList<CacheCandidate> keys, TimeSpan lifetime, CacheFlight? led, TimeProvider time)
    : IResponseObserver
{
    private readonly JsonOutput _gathered = new(0, exchange.Budget);
    private bool _isGivenUp;

    public bool IsForOthers => true;

    public void OnSending(ReadOnlyMemory<byte> bytes, bool isStream, bool isLast)
    {
        if (_isGivenUp) return;
        if (_gathered.Length + bytes.Length > cache.MaxEntryBytes)
        {
            GiveUp();
            return;
        }
        try
        {
            _gathered.Bytes(bytes.Span);
            if (isLast) Store(isStream);
        }
        catch (BufferBudgetException)
        {
            GiveUp();
        }
    }

    public void OnEnd(UsageRecord record)
    {
        _gathered.Dispose();
        led?.Land();
    }

    private void GiveUp()
    {
        _isGivenUp = true;
        _gathered.Release();
        led?.Land();
    }

    private void Store(bool isStream)
    {
        _isGivenUp = true;
        var attempt = exchange.Attempt!;
        foreach (var candidate in keys)
        {
            if (!ReferenceEquals(candidate.Deployment, attempt.Deployment)) continue;
            if (EntryOf(attempt, candidate.Key, isStream) is { } entry) cache.Store(entry);
            break;
        }
        _gathered.Release();
        led?.Land();
    }

    private CacheEntry? EntryOf(Attempt attempt, string key, bool isStream)
    {
        var body = _gathered.WrittenSpan.ToArray();
        if (isStream)
        {
            using var clean = new JsonOutput(body.Length, exchange.Budget);
            SseComments.Remove(body, clean);
            body = clean.WrittenSpan.ToArray();
        }
        string? id = null;
        if (exchange.Operation == Operation.Chat)
        {
            using var told = new ToldResponse(exchange.Dialect, body, isStream, exchange.Budget);
            if (told.Response is not { } response || !Cacheable.Allows(response)) return null;
            id = response.Id.HasValue ? Encoding.UTF8.GetString(response.Id.Span) : null;
        }
        var (now, record) = (time.GetUtcNow(), attempt.Record);
        return new CacheEntry
        {
            Key = key, Form = isStream ? CacheForm.Stream : CacheForm.Whole, HasStreamUsage = isStream && exchange.Envelope.WantsStreamUsage, Body = body, Id = id,
            Provider = record.Provider, Model = record.Model, ResponseModel = record.ResponseModel, UpstreamDialect = record.Dialect,
            // Extras point into the provider's response, whose buffer is returned.
            Usage = record.Usage is { } usage ? usage with { Extras = null } : null, Finish = record.Finish,
            Losses = attempt.Losses.IsEmpty ? null : attempt.Losses.ToString(), CreatedAt = now, ExpiresAt = now + lifetime,
        };
    }
}

/// <summary>A deployment of the plan, and the key of the entry that it would create.</summary>
internal readonly record struct CacheCandidate(Routing.Deployment Deployment, string Key);

/// <summary>A cached response, read by its dialect. Its contents are valid until it is disposed.</summary>
internal sealed class ToldResponse : IDisposable
{
    private readonly Streaming.IFrameReader? _events;

    public ToldResponse(IDialect dialect, ReadOnlyMemory<byte> body, bool isStream, BufferBudget? budget)
    {
        if (!isStream)
        {
            Response = dialect.TryReadResponse(body, UsageRules.OpenAI, "cache").Response;
            return;
        }
        _events = Streaming.FrameReaders.Create(StreamFraming.ServerSentEvents, int.MaxValue, budget);
        body.CopyTo(_events.GetMemory(body.Length));
        _events.Advance(body.Length);
        var reader = dialect.CreateEventReader(UsageRules.OpenAI);
        var collector = new ResponseCollector(dialect.Name);
        while (_events.TryRead(out var item))
            if (item.HasData && !Streaming.SseEvent.IsBlank(item.Data.Span) && reader.TryRead(item.Type, item.Data, collector, "cache") is not null) return;
        if (reader.IsComplete && !collector.HasFailed) Response = collector.Complete();
    }

    /// <summary>Null when it cannot be read.</summary>
    public ChatResponse? Response { get; }

    public void Dispose() => _events?.Dispose();
}
