using Nano.Errors;
using Nano.Json;

namespace Nano.Upstream;

/// <summary>Reads a response without a success status.</summary>
internal static class UpstreamRefusal
{
    /// <summary>The rest of a longer body is not read.</summary>
    private const int MaxErrorBytes = 256 * 1024;

    /// <summary>The error that the response means, by its status alone if its body breaks off or is late. Raises only when the caller has left.</summary>
    public static async ValueTask<GatewayError> ReadAsync(DispatchRequest request, Attempt attempt, HttpResponseMessage response)
    {
        using (response)
        {
            var provider = attempt.Provider;
            var retryAfter = RetryAfter.Of(response);
            var body = BufferPool.Rent(4096);
            try
            {
                var length = 0;
                await using var stream = await response.Content.ReadAsStreamAsync(attempt.Token);
                while (length < MaxErrorBytes)
                {
                    if (length == body.Length)
                    {
                        var larger = BufferPool.Rent(length * 2);
                        body.AsSpan(0, length).CopyTo(larger);
                        BufferPool.Return(body);
                        body = larger;
                    }
                    var read = await stream.ReadAsync(body.AsMemory(length), attempt.Token);
                    if (read == 0) break;
                    length += read;
                }
                var details = UpstreamErrors.Details(provider, attempt.Dialect, response, body.AsSpan(0, length));
                return UpstreamErrors.FromStatus(provider, (int)response.StatusCode, details, retryAfter, attempt.Key);
            }
            catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && request.Clock.TimedOut))
            {
                return UpstreamErrors.FromStatus(provider, (int)response.StatusCode, default, retryAfter, attempt.Key);
            }
            finally
            {
                BufferPool.Return(body);
            }
        }
    }
}
