using System.Collections.Concurrent;
using Azure.Core;
using Azure.Identity;
using Nano.Secrets;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace Nano.State.Redis;

/// <summary>
/// Signs in with access tokens of Entra ID (Azure Managed Redis). A token is the password of an object id. The server closes connections whose token
/// has expired, so each is signed in again with a new token before that.
/// </summary>
internal sealed class RedisSignIn(TokenCredential credential, string user, TimeProvider time) : DefaultOptionsProvider, IDisposable
{
    private static readonly TokenRequestContext Request = new(["https://redis.azure.com/.default"]);

    /// <summary>Credentials return the same token until 5 minutes before it expires.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(4);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<ConnectionMultiplexer, bool> _connections = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private Task? _ready;
    private string? _token;

    /// <summary>Read whenever a connection is made or restored.</summary>
    public override string? Password => Volatile.Read(ref _token);

    /// <summary>Completes when there is a token. Raises <see cref="StateUnavailableException"/> if Entra ID issues none; the next call tries again.</summary>
    public Task ReadyAsync()
    {
        lock (_lock) return _ready is { IsFaulted: false, IsCanceled: false } ready ? ready : _ready = BeginAsync();
    }

    /// <summary>Keeps a connection signed in.</summary>
    public void Add(ConnectionMultiplexer connection) => _connections[connection] = true;

    public void Remove(ConnectionMultiplexer connection) => _connections.TryRemove(connection, out _);

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private async Task BeginAsync()
    {
        try
        {
            _ = RenewAsync(await TakeAsync(_end.Token).ConfigureAwait(false), _end.Token);
        }
        catch (AuthenticationFailedException e)
        {
            // The library's message names tenants and accounts.
            throw new StateUnavailableException($"Entra ID issued no token for the Redis server{AzureSignIn.Code(e)}.", e);
        }
    }

    private async Task RenewAsync(DateTimeOffset expires, CancellationToken end)
    {
        while (true)
        {
            try
            {
                var wait = expires - Ahead - time.GetUtcNow();
                await Task.Delay(wait > Pause ? wait : Pause, time, end).ConfigureAwait(false);
                expires = await TakeAsync(end).ConfigureAwait(false);
                foreach (var connection in _connections.Keys) await SignInAsync(connection).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                return;
            }
            catch (AuthenticationFailedException)
            {
                // Tried again after a pause. Meanwhile the former token is valid for some minutes.
            }
        }
    }

    private async ValueTask<DateTimeOffset> TakeAsync(CancellationToken end)
    {
        var token = await credential.GetTokenAsync(Request, end).ConfigureAwait(false);
        Volatile.Write(ref _token, token.Token);
        return token.ExpiresOn;
    }

    private async Task SignInAsync(ConnectionMultiplexer connection)
    {
        try
        {
            foreach (var server in connection.GetServers()) await server.ExecuteAsync("AUTH", user, Password!).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException or IOException)
        {
            // A connection that is down is restored with the new token.
        }
    }
}
