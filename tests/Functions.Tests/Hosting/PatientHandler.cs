namespace Nano.Functions.Tests.Hosting;

/// <summary>
/// A worker reports its HTTP address shortly before it listens there. The platform's host tries a request again, up to ten
/// times from 50 to 250 ms apart (Azure/azure-functions-host, RetryProxyHandler): without it, the first call would fail, and its
/// invocation would wait for a request that never arrives.
/// </summary>
internal sealed class PatientHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    public const int MaxAttempts = 10;
    private const int MaxPause = 250;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var pause = 50;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError && attempt < MaxAttempts)
            {
                await Task.Delay(pause, cancellationToken);
                pause = Math.Min(pause * 2, MaxPause);
            }
        }
    }
}
