using System.Globalization;
using Nano.Caching;
using Nano.Chat;
using Nano.Dialects;
using Nano.Json;

namespace Nano.Pipeline.Caching;

/// <summary>
/// Sends a cached response, whole or as a stream, with a new id. In the form in which it was stored it
/// is sent unchanged; in the other form it is read and written again in the caller's dialect.
/// </summary>
internal sealed class CacheReplay(Exchange exchange, CacheEntry entry) : IDisposable
{
    private JsonOutput? _whole;

    /// <summary>Writes the response; false when the entry cannot be converted to the form that the caller asks for.</summary>
    public bool TryWrite()
    {
        var output = exchange.IsStream ? exchange.BeginStream().Output : _whole = new JsonOutput(256, exchange.Budget, expected: entry.Body.Length + 256);
        if (IsAsStored)
        {
            WriteWithNewId(output);
            return true;
        }
        using var told = new ToldResponse(exchange.Dialect, entry.Body, entry.Form == CacheForm.Stream, exchange.Budget);
        if (told.Response is not { } response) return false;
        if (entry.Id is not null) response.Id = JsonText.From(NewId(entry.Id));
        // As counted when the response was generated, whatever its provider's way of counting.
        if (entry.Usage is { } usage) response.Usage = usage with { Extras = response.Usage?.Extras };
        var context = ContextOf(exchange.Dialect.TryReadRequest(exchange.Body).Request);
        if (!exchange.IsStream)
        {
            exchange.Dialect.WriteResponse(response, context, output, new LossReport());
            return true;
        }
        var writer = exchange.Dialect.CreateEventWriter(context, output, new LossReport());
        ResponseReplay.Tell(response, writer);
        writer.Complete();
        return true;
    }

    /// <summary>Sends the written bytes. Raises the exceptions of <see cref="CallerWriter"/>.</summary>
    public async ValueTask SendAsync(DateTimeOffset now)
    {
        WriteHeaders(now);
        exchange.Record.TimeToFirstToken = exchange.Time.GetElapsedTime(exchange.StartedAt).TotalMilliseconds;
        if (exchange.IsStream)
        {
            await exchange.Stream!.FlushAsync(isLast: true);
            return;
        }
        var response = exchange.Context.Response;
        response.StatusCode = 200;
        response.ContentType = "application/json";
        response.ContentLength = _whole!.Length;
        exchange.Observer?.OnSending(_whole.Written, isStream: false, isLast: true);
        await CallerWriter.WriteAsync(exchange.Context, _whole.Written, exchange.Clock);
    }

    public void Dispose() => _whole?.Dispose();

    /// <summary>The caller asks for the form in which the entry is stored.</summary>
    private bool IsAsStored => exchange.IsStream ? entry.Form == CacheForm.Stream && entry.HasStreamUsage == exchange.Envelope.WantsStreamUsage : entry.Form == CacheForm.Whole;

    /// <param name="request">Some dialects repeat parts of it in their responses; null when it cannot be read.</param>
    private ResponseContext ContextOf(ChatRequest? request) => new()
    {
        Memo = request is null ? null : exchange.Dialect.TryAdapt(request, exchange.Dialect, new LossReport()).Memo,
        FallbackId = exchange.Record.RequestId,
        Model = entry.Model,
        Created = entry.CreatedAt.ToUnixTimeSeconds(),
        StreamUsage = exchange.Envelope.WantsStreamUsage,
        ReadsFunctionCall = exchange.Envelope.ReadsFunctionCall,
    };

    private void WriteWithNewId(JsonOutput output)
    {
        if (entry.Id is null) output.Bytes(entry.Body);
        else StoredIds.Replace(entry.Body, entry.Id, NewId(entry.Id), output);
    }

    /// <summary>The request's id after the prefix of the original one: <c>chatcmpl-</c>, <c>msg_</c>, <c>resp_</c>.</summary>
    private string NewId(string former)
    {
        var end = former.AsSpan().IndexOfAny('-', '_');
        var isPrefix = end is > 0 and <= 12 && !former.AsSpan(0, end).ContainsAnyExceptInRange('a', 'z');
        return isPrefix ? string.Concat(former.AsSpan(0, end + 1), exchange.Record.RequestId) : exchange.Record.RequestId;
    }

    private void WriteHeaders(DateTimeOffset now)
    {
        var headers = exchange.Context.Response.Headers;
        headers[CacheWish.Header] = "hit";
        headers.Age = ((long)entry.Age(now).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        headers["x-nano-deployment"] = entry.Deployment;
        headers["x-nano-attempts"] = "0";
        if (exchange.Caller.Policy is not null) headers["x-nano-cost"] = "0";
        if (entry.Losses is { } losses) headers["x-nano-loss"] = losses;
    }
}
