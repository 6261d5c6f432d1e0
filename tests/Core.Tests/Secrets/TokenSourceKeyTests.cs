using Microsoft.Extensions.Time.Testing;
using Nano.Secrets;
using Nano.Testing;

namespace Nano.Tests.Secrets;

/// <summary>Tokens that are fetched with a key: a token belongs to one key, and is dropped with it.</summary>
public sealed class TokenSourceKeyTests
{
    private static readonly string[] Names = ["VERTEX_CREDENTIALS", "VERTEX_API_KEY"];

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly Dictionary<string, string> _settings = new() { ["VERTEX_CREDENTIALS"] = "{one}" };
    private readonly FakeExchange _exchange = new();

    [Fact]
    public async Task A_token_has_the_setting_and_the_origin_of_its_key()
    {
        var source = Source();
        var secret = await source.FindAsync(Names, default);
        (secret.Value, secret.Setting, secret.Origin).ShouldBe(("token 1 of {one}", "VERTEX_CREDENTIALS", SecretOrigin.KeyVault));
        (await source.FindAsync(Names, default)).Value.ShouldBe("token 1 of {one}");
        _exchange.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task Concurrent_requests_share_one_fetch()
    {
        _exchange.Gate = new TaskCompletionSource();
        var source = Source();
        var all = Enumerable.Range(0, 50).Select(_ => source.FindAsync(Names, default).AsTask()).ToArray();
        _exchange.Gate.SetResult();
        (await Task.WhenAll(all)).ShouldAllBe(secret => secret.Value == "token 1 of {one}");
        _exchange.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task Another_key_gets_its_own_token_immediately()
    {
        var source = Source();
        await source.FindAsync(Names, default);
        _settings["VERTEX_CREDENTIALS"] = "{two}";
        (await source.FindAsync(Names, default)).Value.ShouldBe("token 2 of {two}");
        // An invalid key is reported, although the previous key's token would still be valid.
        _exchange.Problem = "it is revoked.";
        _settings["VERTEX_CREDENTIALS"] = "{three}";
        (await source.FindAsync(Names, default)).Unavailable.ShouldBe("it is revoked.");
        // A valid key after it does not wait for the invalid key's pause.
        _exchange.Problem = null;
        _settings["VERTEX_CREDENTIALS"] = "{four}";
        (await source.FindAsync(Names, default)).Value.ShouldBe("token 4 of {four}");
    }

    [Fact]
    public async Task The_late_token_of_an_old_key_does_not_replace_the_new_one()
    {
        var old = _exchange.Gate = new TaskCompletionSource();
        var source = Source();
        var first = source.FindAsync(Names, default).AsTask();
        await _exchange.StartedAsync(1);
        _exchange.Gate = null;
        _settings["VERTEX_CREDENTIALS"] = "{two}";
        (await source.FindAsync(Names, default)).Value.ShouldBe("token 2 of {two}");
        old.SetResult();
        (await first).Value.ShouldBe("token 1 of {one}");
        (await source.FindAsync(Names, default)).Value.ShouldBe("token 2 of {two}");
        _exchange.Calls.ShouldBe(2);
    }

    /// <summary>The keys of one provider are used in turn: each has its own token, which stays in use.</summary>
    [Fact]
    public async Task Several_keys_have_one_token_each()
    {
        _settings["VERTEX_CREDENTIALS_B"] = "{b}";
        string[] second = ["VERTEX_CREDENTIALS_B"];
        var source = Source();
        for (var i = 0; i < 3; i++)
        {
            (await source.FindAsync(Names, default)).Value.ShouldBe("token 1 of {one}");
            (await source.FindAsync(second, default)).Value.ShouldBe("token 2 of {b}");
        }
        _exchange.Calls.ShouldBe(2);
        _settings["VERTEX_CREDENTIALS_B"] = "{c}";
        (await source.RereadAsync(second, "token 2 of {b}", default)).Value.ShouldBe("token 3 of {c}");
        (await source.RereadAsync(Names, "token 1 of {one}", default)).Value.ShouldBe("token 1 of {one}");
    }

    [Fact]
    public async Task Removing_a_key_removes_its_token()
    {
        var source = Source();
        await source.FindAsync(Names, default);
        _settings.Clear();
        (await source.FindAsync(Names, default)).IsMissing.ShouldBeTrue();
    }

    [Fact]
    public async Task A_key_that_is_not_for_tokens_is_sent_unchanged()
    {
        _settings.Clear();
        _settings["VERTEX_API_KEY"] = "AIza-key";
        var source = Source();
        var secret = await source.FindAsync(Names, default);
        (secret.Value, secret.Setting).ShouldBe(("AIza-key", "VERTEX_API_KEY"));
        (await source.RereadAsync(Names, "AIza-key", default)).Value.ShouldBe("AIza-key");
        _exchange.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task A_refused_token_is_fetched_again_only_with_a_newer_key()
    {
        var source = Source();
        var refused = (await source.FindAsync(Names, default)).Value;
        (await source.RereadAsync(Names, refused, default)).Value.ShouldBe(refused);
        _exchange.Calls.ShouldBe(1);
        _settings["VERTEX_CREDENTIALS"] = "{two}";
        (await source.RereadAsync(Names, refused, default)).Value.ShouldBe("token 2 of {two}");
    }

    [Theory]
    // Its lifetime; the time after which it is replaced, and after which it is not used; all in seconds.
    [InlineData(3600, 3300, 3570)]
    [InlineData(200, 100, 170)]
    public async Task It_is_replaced_before_its_end_and_not_used_after_it(int lives, int due, int end)
    {
        _exchange.Lives = TimeSpan.FromSeconds(lives);
        var source = Source();
        var start = _time.GetUtcNow();
        await source.FindAsync(Names, default);
        _exchange.Problem = "it is down.";
        _time.SetUtcNow(start.AddSeconds(due - 1));
        (await source.FindAsync(Names, default)).Value.ShouldBe("token 1 of {one}");
        _exchange.Calls.ShouldBe(1);
        _time.SetUtcNow(start.AddSeconds(due));
        (await source.FindAsync(Names, default)).Value.ShouldBe("token 1 of {one}");
        await _exchange.StartedAsync(2);
        _time.SetUtcNow(start.AddSeconds(end - 1));
        (await source.FindAsync(Names, default)).Value.ShouldBe("token 1 of {one}");
        _time.SetUtcNow(start.AddSeconds(end));
        (await source.FindAsync(Names, default)).Value.ShouldBeNull();
    }

    /// <summary>A request at the end of a token waits for the fetch in progress, and never gets an expired token.</summary>
    [Fact]
    public async Task A_token_that_ends_while_the_next_one_is_fetched_is_not_used()
    {
        var source = Source();
        await source.FindAsync(Names, default);
        (_exchange.Problem, _exchange.Gate) = ("it is down.", new TaskCompletionSource());
        _time.Advance(TimeSpan.FromSeconds(3569));
        (await source.FindAsync(Names, default)).Value.ShouldBe("token 1 of {one}");
        await _exchange.StartedAsync(2);
        _time.Advance(TimeSpan.FromSeconds(1));
        var waiting = source.FindAsync(Names, default);
        waiting.IsCompleted.ShouldBeFalse();
        _exchange.Gate.SetResult();
        (await waiting).Unavailable.ShouldBe("it is down.");
    }

    [Fact]
    public async Task A_token_that_arrives_expired_is_not_used()
    {
        _exchange.Lives = TimeSpan.FromSeconds(-5);
        (await Source().FindAsync(Names, default)).Unavailable.ShouldBe("Google gives tokens that have ended. Check this machine's clock.");
    }

    [Fact]
    public async Task An_exception_of_an_exchange_is_reported_only_by_its_type()
    {
        _exchange.Raise = new HttpRequestException("a secret address");
        var secret = await Source().FindAsync(Names, default);
        secret.Unavailable.ShouldBe("Google cannot be reached (HttpRequestException).");
        secret.RetryAfterSeconds.ShouldBe("10");
    }

    [Fact]
    public async Task An_exchange_that_hangs_is_abandoned_after_ten_seconds()
    {
        _exchange.Gate = new TaskCompletionSource();
        var source = Source();
        var waiting = source.FindAsync(Names, default).AsTask();
        await _exchange.StartedAsync(1);
        await Wait.UntilAsync(() => waiting.IsCompleted, () => _time.Advance(TimeSpan.FromSeconds(1)));
        (await waiting).Unavailable.ShouldBe("Google has not responded within 10 seconds.");
    }

    [Fact]
    public async Task A_known_token_costs_no_allocation()
    {
        var source = Source();
        await source.FindAsync(Names, default);
        Loop(10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Loop(1000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Loop(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var pending = source.FindAsync(Names, default);
                if (!pending.IsCompletedSuccessfully || pending.GetAwaiter().GetResult().Value is null) throw new InvalidOperationException();
            }
        }
    }

    [Fact]
    public async Task An_issuer_of_tokens_that_are_already_due_is_not_called_at_every_use()
    {
        _exchange.ReplaceAt = _time.GetUtcNow();
        var source = Source();
        for (var i = 0; i < 100; i++) (await source.FindAsync(Names, default)).Value.ShouldBe("token 1 of {one}");
        _time.Advance(TimeSpan.FromSeconds(10));
        await source.FindAsync(Names, default);
        await _exchange.StartedAsync(2);
    }

    private TokenSource Source() => new(new SettingsSecretSource(_settings), Names[0], () => _exchange.At(_time), _time);

    private sealed class FakeExchange : ITokenExchange
    {
        private TimeProvider _time = TimeProvider.System;
        private int _calls;

        public int Calls => Volatile.Read(ref _calls);

        public TaskCompletionSource? Gate { get; set; }

        public string? Problem { get; set; }

        public Exception? Raise { get; set; }

        public TimeSpan Lives { get; set; } = TimeSpan.FromHours(1);

        public DateTimeOffset? ReplaceAt { get; set; }

        public string Issuer => "Google";

        public bool WantsKey => true;

        public FakeExchange At(TimeProvider time)
        {
            _time = time;
            return this;
        }

        public bool Takes(in Secret key) => key.Value?.StartsWith('{') == true;

        public async Task<TokenResponse> FetchAsync(Secret key, CancellationToken cancellationToken)
        {
            var gate = Gate;
            var number = Interlocked.Increment(ref _calls);
            if (gate is not null) await gate.Task;
            if (Raise is { } raised) throw raised;
            return Problem is { } problem ? TokenResponse.Failed(problem)
                : TokenResponse.Found($"token {number} of {key.Value}", _time.GetUtcNow() + Lives, SecretOrigin.KeyVault, key.Setting, ReplaceAt);
        }

        public Task StartedAsync(int calls) => Wait.UntilAsync(() => Calls >= calls);
    }
}
