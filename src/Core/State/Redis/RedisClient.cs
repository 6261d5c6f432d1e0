using System.Runtime.CompilerServices;
using Azure.Core;
using Nano.Secrets;
using StackExchange.Redis;

namespace Nano.State.Redis;

/// <summary>Connects to a server of the Redis protocol, with its password or as the gateway's identity in Entra ID.</summary>
internal sealed class RedisClient : IDisposable
{
    private readonly RedisAddress _address;
    private readonly ConfigurationOptions _options;
    private readonly RedisSignIn? _signIn;

    /// <param name="address"><c>HOST:PORT[,options]</c>: the options of StackExchange.Redis and those of <see cref="RedisAddress"/>.</param>
    public RedisClient(string address, bool onAzure) : this(new RedisAddress(address))
    {
        if (_address.UsesEntra) _options.Defaults = _signIn = SignIn(_options.User!, onAzure);
    }

    /// <summary>Signs in with tokens of this credential.</summary>
    public RedisClient(string address, TokenCredential credential, TimeProvider time) : this(new RedisAddress(address)) =>
        _options.Defaults = _signIn = new RedisSignIn(credential, _options.User!, time);

    private RedisClient(RedisAddress address) => (_address, _options) = (address, Options(address.Configuration));

    /// <inheritdoc cref="RedisAddress.HasAtomicScripts"/>
    public bool HasAtomicScripts => _address.HasAtomicScripts;

    /// <summary>A new connection, which may still be down. Raises <see cref="StateUnavailableException"/> if the gateway cannot sign in.</summary>
    public async Task<ConnectionMultiplexer> ConnectAsync()
    {
        if (_signIn is not null) await _signIn.ReadyAsync().ConfigureAwait(false);
        var connection = await ConnectionMultiplexer.ConnectAsync(_options.Clone()).ConfigureAwait(false);
        _signIn?.Add(connection);
        return connection;
    }

    /// <summary>Closes a connection, whether it was made or not. Raises nothing.</summary>
    public async Task CloseAsync(Task<ConnectionMultiplexer> connecting)
    {
        try
        {
            var connection = await connecting.ConfigureAwait(false);
            _signIn?.Remove(connection);
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (IsFailure(e) || e is StateUnavailableException)
        {
            // It was never connected.
        }
    }

    public void Dispose() => _signIn?.Dispose();

    /// <summary>The server or the way to it has failed.</summary>
    public static bool IsFailure(Exception e) =>
        e is RedisException or RedisTimeoutException or ObjectDisposedException or IOException or TaskCanceledException or TimeoutException;

    /// <summary>Leaves out the library's message, which may repeat the configuration.</summary>
    public static StateUnavailableException Unavailable(Exception e) => new($"The Redis server failed: {e.GetType().Name}.", e);

    private static ConfigurationOptions Options(string configuration)
    {
        var options = ConfigurationOptions.Parse(configuration);
        options.AbortOnConnectFail = false;
        // Waiting for an unreachable server would take 5 s per call.
        options.BacklogPolicy = BacklogPolicy.FailFast;
        // By default, a server of a cluster that is back is found after up to 10 s. Also the least time to connect, which grows with each try.
        options.ReconnectRetryPolicy = new ExponentialRetry(deltaBackOffMilliseconds: 1_000, maxDeltaBackOffMilliseconds: 5_000);
        options.ClientName ??= "nano";
        // The library's word for commands such as INFO, which tells what the server is.
        options.AllowAdmin = true;
        return options;
    }

    /// <summary>A separate method, so that Azure's libraries are loaded only when it is called.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RedisSignIn SignIn(string user, bool onAzure) => new(AzureSignIn.Create(onAzure), user, TimeProvider.System);
}
