using Nano.Dialects;
using Nano.Dialects.Embeddings;
using Nano.Errors;
using Nano.Json;
using Nano.Upstream;

namespace Nano.Pipeline.Embeddings;

/// <summary>
/// One attempt to embed with requests that the gateway writes: as many as the provider's limit requires, a few at a time. Served
/// requests are recorded as used, even if another one fails.
/// </summary>
internal sealed class EmbeddingWork(Exchange exchange, Attempt attempt, Dispatcher dispatcher, ResponseRelay responses, TimeSpan limit)
{
    /// <summary>Requests of one call that may be open at a time.</summary>
    private const int MaxParallel = 4;

    private readonly IEmbeddingFormat _format = attempt.Route!.Embeddings!;
    private readonly List<Attempt> _sends = [];
    private GatheredBytes[] _bodies = [];
    private EmbeddingResponse?[] _read = [];
    private IReadOnlyList<EmbeddingPart> _parts = [];
    private Range[] _ranges = [];
    private int _next;
    private GatewayError? _error;

    public async ValueTask<GatewayError?> RunAsync(EmbeddingRequest request, IReadOnlyList<EmbeddingPart> parts)
    {
        (_parts, _bodies, _read, _ranges) = (parts, new GatheredBytes[parts.Count], new EmbeddingResponse?[parts.Count], new Range[parts.Count]);
        var written = new JsonOutput(exchange.Body.Length + 256, exchange.Budget);
        try
        {
            // Write all of them before the first is sent: a loss in strict mode, or an input that the provider cannot take, then costs nothing.
            if (Write(written) is { } unwritable) return unwritable;
            if (UpstreamBody.RefuseLosses(attempt) is { } lossy) return lossy;
            var key = await attempt.Deployment.GetKeyAsync(exchange.Clock.Token);
            if (key.Error is not null) return key.Error;
            attempt.Key = key;

            exchange.Wait();
            try
            {
                var workers = new Task[Math.Min(MaxParallel, parts.Count)];
                for (var i = 0; i < workers.Length; i++) workers[i] = WorkAsync(written.Written);
                // Return only after the last one has ended: they use the same buffers.
                await Task.WhenAll(workers);
            }
            finally
            {
                await exchange.ResumeAsync();
            }
            return _error ?? await SendAsync(exchange, attempt, request, Joined());
        }
        finally
        {
            attempt.Record.Usage = EmbeddingRelay.UsageOf(Tokens());
            var isBeingSent = false;
            foreach (var send in _sends)
            {
                isBeingSent |= send.Content is { IsBeingSent: true };
                attempt.Record.Sends += send.Record.Sends;
                attempt.RefusedKey ??= send.RefusedKey;
            }
            if (isBeingSent) written.Abandon();
            else written.Dispose();
            foreach (var body in _bodies) body.Return();
        }
    }

    /// <summary>Writes a response in the caller's form and sends it.</summary>
    /// <param name="response">Null if the provider's response was invalid.</param>
    public static async ValueTask<GatewayError?> SendAsync(Exchange exchange, Attempt attempt, EmbeddingRequest request, EmbeddingResponse? response)
    {
        var unreadable = UpstreamErrors.BrokeOff(attempt.Provider, "is not what its API documents");
        if (response is null) return unreadable;
        attempt.Record.ResponseModel = response.Model;
        using var output = new JsonOutput(4096, exchange.Budget);
        if (!exchange.Format.Embeddings!.TryWriteResponse(response, request, attempt.Deployment.Model, output)) return unreadable;
        await ResponseRelay.SendAsync(exchange, attempt, output.Written);
        return null;
    }

    private GatewayError? Write(JsonOutput output)
    {
        var target = new RequestTarget { Model = attempt.Deployment.Model };
        for (var i = 0; i < _parts.Count; i++)
        {
            var start = output.Length;
            output.NewValue();
            if (_format.TryWriteRequest(_parts[i], target, output, attempt.Losses) is { } inexpressible) return inexpressible;
            output.ReplaceHalves(start);
            _ranges[i] = start..output.Length;
        }
        return null;
    }

    /// <summary>Sends the parts one after the other until none is left or one has failed.</summary>
    private async Task WorkAsync(ReadOnlyMemory<byte> written)
    {
        while (Volatile.Read(ref _error) is null && Interlocked.Increment(ref _next) - 1 is var index && index < _parts.Count)
        {
            exchange.Clock.Limit(limit);
            if (await SendPartAsync(index, BodySplice.Of(written[_ranges[index]])) is { } error) Interlocked.CompareExchange(ref _error, error, null);
        }
    }

    private async ValueTask<GatewayError?> SendPartAsync(int index, BodySplice body)
    {
        // A separate attempt object: each send keeps its content and a newer key there. It never commits and is not recorded.
        var send = new Attempt(exchange, attempt.Deployment, isLast: false) { Key = attempt.Key };
        lock (_sends) _sends.Add(send);
        var (response, refused) = await dispatcher.SendAsync(exchange, send, body);
        if (refused is not null) return refused;
        attempt.Deployment.MarkServed();
        exchange.Responded(attempt);
        using (response)
        {
            var (gathered, unread) = await responses.GatherAsync(exchange, send, response!);
            if (unread is not null) return unread;
            _bodies[index] = gathered;
            var read = _format.TryReadResponse(gathered.Bytes, _parts[index].Count);
            if (read is null) return UpstreamErrors.BrokeOff(attempt.Provider, "is not what its API documents");
            if (read.IsError) return UpstreamErrors.FromSuccess(attempt.Provider, attempt.Dialect.ReadError(gathered.Bytes.Span), send.Key);
            _read[index] = read;
            return null;
        }
    }

    private EmbeddingResponse Joined() => _read.Length == 1 ? _read[0]! : new EmbeddingResponse
    {
        Vectors = [.. _read.SelectMany(response => response!.Vectors)],
        Model = _read[0]!.Model,
        Tokens = Tokens(),
    };

    /// <summary>The sum over the served requests; null if a response reports none.</summary>
    private long? Tokens()
    {
        long sum = 0;
        var any = false;
        foreach (var response in _read)
        {
            if (response is null) continue;
            if (response.Tokens is not { } tokens) return null;
            (sum, any) = (sum + tokens, true);
        }
        return any ? sum : null;
    }
}
