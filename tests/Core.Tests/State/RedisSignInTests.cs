using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Time.Testing;
using Nano.State;
using Nano.State.Redis;
using Nano.Testing;
using Nano.Testing.Stores;
using StackExchange.Redis;

namespace Nano.Tests.State;

/// <summary>Signing in to a server of the Redis protocol with tokens of Entra ID. Garnet takes the place of Azure Managed Redis: a token is a password.</summary>
public sealed class RedisSignInTests : IAsyncLifetime
{
    private const string User = "6a0d4f2e-0000-4000-8000-00000000c0de";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly TemporaryFolder _folder = new("nano-redis");
    private readonly TokensInTurn _credential = new();
    private StoreServer? _server;

    public async Task InitializeAsync()
    {
        var users = Path.Combine(_folder.FullName, "users.acl");
        await File.WriteAllTextAsync(users, $"user default on >of-the-test ~* +@all\nuser {User} on >token-1 >token-2 ~* +@all\n");
        _server = await StoreServer.StartGarnetAsync("--auth", "ACL", "--acl-file", users);
    }

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _folder.Dispose();
    }

    [SkippableFact]
    public async Task Connections_sign_in_with_a_token_and_with_the_next_one_before_it_expires()
    {
        await using var engine = Open();
        _credential.Take = Token("token-1", hours: 1);
        await WriteAsync(engine, 1);
        (await ReadAsync(engine)).ShouldBe(1);
        _credential.Requests.ShouldBe(1, "both connections have the same token");

        // Open connections stay signed in, also after the former token has expired.
        _credential.Take = Token("token-2", hours: 2);
        _time.Advance(TimeSpan.FromMinutes(55));
        _credential.Requests.ShouldBe(1);
        _time.Advance(TimeSpan.FromMinutes(2));
        await Wait.UntilAsync(() => _credential.Requests == 2);
        await using var admin = await AdminAsync();
        await RunAsync(admin, "ACL", "SETUSER", User, "resetpass", ">token-2");
        await WriteAsync(engine, 2);
        (await ReadAsync(engine)).ShouldBe(2);

        // New connections use the current token.
        await using var other = Open();
        _credential.Take = Token("token-2", hours: 2);
        (await ReadAsync(other)).ShouldBe(2);
        await RunAsync(admin, "CLIENT", "KILL", "TYPE", "NORMAL", "SKIPME", "yes");
        await UntilAsync(async () => await ReadAsync(engine) == 2);
        await UntilAsync(async () =>
        {
            await WriteAsync(engine, 3);
            return true;
        });
    }

    /// <summary>Seen by the commands that the server has run, which Redis counts and Garnet does not.</summary>
    [SkippableFact]
    public async Task Every_open_connection_sends_the_next_token()
    {
        await using var redis = await StoreServer.StartRedisAsync();
        Skip.If(redis is null, "Redis is not installed: run 'apt-get install redis-server'.");
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis!.Port},allowAdmin=true");
        await RunAsync(admin, "ACL", "SETUSER", User, "on", ">token-1", ">token-2", "~*", "&*", "+@all");
        await using var engine = Open(redis);
        _credential.Take = Token("token-1", hours: 1);
        await WriteAsync(engine, 1);
        (await ReadAsync(engine)).ShouldBe(1);
        var before = await SignInsAsync(admin);
        _credential.Take = Token("token-2", hours: 2);
        _time.Advance(TimeSpan.FromMinutes(57));
        // Reads and transactions have a connection each.
        await UntilAsync(async () => await SignInsAsync(admin) >= before + 2);
    }

    [SkippableFact]
    public async Task Without_a_token_the_store_is_unavailable_until_there_is_one()
    {
        await using var engine = Open();
        _credential.Take = () => throw new AuthenticationFailedException("AADSTS700016: secret-tenant has no such application");
        foreach (var call in (Func<Task>[])[() => ReadAsync(engine), () => WriteAsync(engine, 1)])
            (await call.ShouldThrowAsync<StateUnavailableException>()).Message.ShouldBe("Entra ID issued no token for the Redis server (AADSTS700016).");
        _credential.Take = Token("token-1", hours: 1);
        await WriteAsync(engine, 1);
        (await ReadAsync(engine)).ShouldBe(1);

        // No new token when the former one is about to expire: asked for again.
        _credential.Take = () => throw new AuthenticationFailedException("later");
        var requests = _credential.Requests;
        _time.Advance(TimeSpan.FromMinutes(57));
        await Wait.UntilAsync(() => _credential.Requests == requests + 1);
        _credential.Take = Token("token-2", hours: 2);
        await UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(31));
            return Task.FromResult(_credential.Requests == requests + 2);
        });
    }

    [Theory]
    [InlineData("host:10000,ssl=true,entra=true,user=x", true)]
    [InlineData("host:10000, SSL = true, Entra = True, User = x", true)]
    [InlineData("host:10000,password=p", true)]
    [InlineData("host:10000,entra=false,password=p", true)]
    [InlineData("host:10000,entra=true,user=x", false)]
    [InlineData("host:10000,ssl=false,entra=true,user=x", false)]
    [InlineData("host:10000,ssl=true,entra=true", false)]
    [InlineData("host:10000,ssl=true,entra=true,user=x,password=p", false)]
    [InlineData("host:10000,ssl=true,entra=yes,user=x", false)]
    public void An_address_that_would_send_a_token_without_TLS_or_without_a_user_is_refused(string address, bool isValid)
    {
        var mistakes = new List<string>();
        StateAddress.Read(new Dictionary<string, string> { ["STATE_STORE"] = "redis:" + address }, mistakes).Kind.ShouldBe(isValid ? StateAddress.Redis : StateAddress.None);
        mistakes.Count.ShouldBe(isValid ? 0 : 1);
        if (!isValid) mistakes[0].ShouldStartWith("STATE_STORE: entra must be true or false; entra=true requires ssl=true and user=OBJECT_ID");
        ConfigurationOptions.Parse(new RedisAddress(address).Configuration).EndPoints.Count.ShouldBe(1);
    }

    private RedisEngine Open()
    {
        Skip.If(_server is null, "Garnet is not installed: run 'dotnet tool restore'.");
        return Open(_server!);
    }

    private RedisEngine Open(StoreServer server) => new(new RedisClient($"127.0.0.1:{server.Port},user={User}", _credential, _time));

    private Func<AccessToken> Token(string text, int hours)
    {
        var expires = _time.GetUtcNow().AddHours(hours);
        return () => new AccessToken(text, expires);
    }

    private Task<ConnectionMultiplexer> AdminAsync() => ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{_server!.Port},user=default,password=of-the-test,allowAdmin=true");

    private static Task<RedisResult> RunAsync(ConnectionMultiplexer admin, string command, params object[] arguments) => admin.GetServers()[0].ExecuteAsync(command, arguments);

    /// <summary>AUTH commands that the server has run.</summary>
    private static async Task<long> SignInsAsync(ConnectionMultiplexer admin)
    {
        var statistics = (string)(await RunAsync(admin, "INFO", "commandstats"))!;
        var line = statistics.Split('\n').FirstOrDefault(line => line.StartsWith("cmdstat_auth:", StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : long.Parse(line[(line.IndexOf('=') + 1)..].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task WriteAsync(IStateEngine engine, long value)
    {
        var known = (await engine.ReadAsync("org:sign-in", ["row"], default))[0];
        (await engine.CommitAsync("org:sign-in", [StateWrite.Put("row", known, new StateFields().Set("value", value))], default)).ShouldNotBeNull();
    }

    private static async Task<long?> ReadAsync(IStateEngine engine) => (await engine.ReadAsync("org:sign-in", ["row"], default))[0]?.Fields.Number("value");

    /// <summary>A call may fail while connections are restored.</summary>
    private static async Task UntilAsync(Func<Task<bool>> isDone)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            try
            {
                if (await isDone()) return;
            }
            catch (StateUnavailableException)
            {
                limit.Token.ThrowIfCancellationRequested();
            }
            await Task.Delay(50, limit.Token);
        }
    }

    private sealed class TokensInTurn : TokenCredential
    {
        private int _requests;

        public Func<AccessToken> Take { get; set; } = () => throw new InvalidOperationException();

        public int Requests => Volatile.Read(ref _requests);

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            requestContext.Scopes.ShouldBe(["https://redis.azure.com/.default"]);
            Interlocked.Increment(ref _requests);
            return new(Take());
        }
    }
}
