using System.Net.Http.Headers;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;

namespace Nano.Upstream;

/// <summary>A free request about a provider's models: a GET with the gateway's key, of whose response a limited part is read.</summary>
internal sealed class ModelsQuestion(UpstreamClient client, TimeProvider time)
{
    /// <summary>Raises nothing that a provider can cause.</summary>
    /// <param name="key">Null when the provider needs none.</param>
    /// <param name="most">The number of bytes of the response that are read at most.</param>
    /// <param name="clock">It has the time limit for the whole request.</param>
    public async Task<ModelsResponse> AskAsync(Provider provider, Uri uri, string? key, int most, RequestClock clock)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, uri);
        message.Headers.TryAddWithoutValidation("User-Agent", "nano");
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        provider.Credentials.Sign(message, default, key);
        var started = time.GetTimestamp();
        var outcome = await client.SendAsync(message, provider, clock, clock.Token).ConfigureAwait(false);
        var latency = time.GetElapsedTime(started);
        if (outcome.Response is not { } response) return new ModelsResponse { Error = outcome.Error, Latency = latency };
        using (response)
        {
            var answer = new ModelsResponse { Status = (int)response.StatusCode, Latency = latency, Body = new JsonOutput(4096) };
            answer.End = await ReadAsync(response, answer.Body, most, clock).ConfigureAwait(false);
            if (!answer.IsSuccess) answer.Refusal = UpstreamErrors.Details(provider, provider.Dialect, response, answer.Body.WrittenSpan);
            return answer;
        }
    }

    private static async Task<ResponseEnd> ReadAsync(HttpResponseMessage response, JsonOutput body, int most, RequestClock clock)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(clock.Token).ConfigureAwait(false);
            while (body.Length < most)
            {
                var read = await stream.ReadAsync(body.GetMemory(1024), clock.Token).ConfigureAwait(false);
                if (read == 0) return ResponseEnd.Whole;
                body.Advance(read);
            }
            return ResponseEnd.TooLong;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            return ResponseEnd.BrokeOff;
        }
    }
}

/// <summary>Why reading a response ended.</summary>
internal enum ResponseEnd
{
    Whole,
    /// <summary>The response is longer than the limit.</summary>
    TooLong,
    /// <summary>The connection broke off, or the time limit passed.</summary>
    BrokeOff,
}

/// <summary>A provider's response, or why there is none.</summary>
internal sealed class ModelsResponse : IDisposable
{
    /// <summary>Set if there is no response.</summary>
    public GatewayError? Error { get; init; }

    public int Status { get; init; }

    /// <summary>The time until the response began, or failed to arrive.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>The part of the body that was read.</summary>
    public JsonOutput Body { get; init; } = new(0);

    public ResponseEnd End { get; set; }

    /// <summary>The provider's error, for an error status.</summary>
    public ErrorDetails Refusal { get; set; }

    public bool IsSuccess => Error is null && Status is >= 200 and < 300;

    public void Dispose() => Body.Dispose();
}
