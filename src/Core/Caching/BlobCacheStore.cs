using Azure;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nano.Secrets;
using Nano.State;

namespace Nano.Caching;

/// <summary>
/// A container of Azure Blob Storage, one blob per value. Blobs do not expire: each entry contains its expiry, and the container's lifecycle
/// rule deletes old blobs. The client does not retry.
/// </summary>
internal sealed class BlobCacheStore : ICacheStore
{
    private readonly BlobContainerClient _container;
    private readonly Lock _lock = new();
    private Task? _opening;

    /// <param name="address"><c>https://ACCOUNT.blob.core.windows.net/CONTAINER</c>, read with the identity of the process; or a connection string, for the container
    /// <c>nano-cache</c>.</param>
    /// <param name="onAzure">See <see cref="AzureSignIn.Create"/>.</param>
    public BlobCacheStore(string address, bool onAzure)
    {
        // Emulators support older versions of the API only.
        var options = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2024_11_04);
        options.Retry.MaxRetries = 0;
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
        options.Diagnostics.IsLoggingEnabled = options.Diagnostics.IsDistributedTracingEnabled = false;
        _container = Uri.TryCreate(address, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "https" or "http"
            ? new BlobContainerClient(endpoint!, AzureSignIn.Create(onAzure), options)
            : new BlobContainerClient(address, CacheAddress.Container, options);
    }

    public string Name => "blob";

    public ValueTask<byte[]?> ReadAsync(string name, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        try
        {
            return (await _container.GetBlobClient(name).DownloadContentAsync(cancellationToken).ConfigureAwait(false)).Value.Content.ToArray();
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return (byte[]?)null;
        }
    }, cancellationToken);

    public async ValueTask WriteAsync(string name, ReadOnlyMemory<byte> value, TimeSpan? lifetime, CancellationToken cancellationToken) =>
        await CallAsync(async () => await _container.GetBlobClient(name).UploadAsync(new BinaryData(value), overwrite: true, cancellationToken).ConfigureAwait(false),
        cancellationToken).ConfigureAwait(false);

    public async ValueTask<byte[]> ReadOrCreateAsync(string name, ReadOnlyMemory<byte> value, CancellationToken cancellationToken)
    {
        if (await ReadAsync(name, cancellationToken).ConfigureAwait(false) is { } known) return known;
        var isCreated = await CallAsync(async () =>
        {
            try
            {
                await _container.GetBlobClient(name)
                    .UploadAsync(new BinaryData(value), new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } }, cancellationToken)
                    .ConfigureAwait(false);
                return true;
            }
            // Another instance wrote it first.
            catch (RequestFailedException e) when (e.Status is 409 or 412)
            {
                return false;
            }
        }, cancellationToken).ConfigureAwait(false);
        if (isCreated) return value.ToArray();
        return await ReadAsync(name, cancellationToken).ConfigureAwait(false) ?? throw new StateUnavailableException("A blob was deleted right after it was written.");
    }

    private async ValueTask<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            return await call().ConfigureAwait(false);
        }
        catch (Exception e) when (e is RequestFailedException or AuthenticationFailedException or AggregateException or IOException)
        {
            throw new StateUnavailableException(
                $"The blob container failed: {(e is RequestFailedException { Status: > 0 } failed ? $"status {failed.Status}" : e.GetType().Name)}.", e);
        }
    }

    /// <summary>
    /// Signs in and creates the container, once for all callers. Signing in takes longer than a call may; if the call canceled it,
    /// the token would be lost each time.
    /// </summary>
    private Task OpenAsync()
    {
        lock (_lock)
        {
            if (_opening is { IsFaulted: false, IsCanceled: false }) return _opening;
            return _opening = CreateAsync();
        }

        async Task CreateAsync()
        {
            await Task.Yield();
            if (!await _container.ExistsAsync(CancellationToken.None).ConfigureAwait(false))
                await _container.CreateIfNotExistsAsync(cancellationToken: CancellationToken.None).ConfigureAwait(false);
        }
    }
}
