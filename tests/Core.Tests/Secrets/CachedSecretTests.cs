using Microsoft.Extensions.Time.Testing;
using Nano.Secrets;
using Nano.Testing;

namespace Nano.Tests.Secrets;

/// <summary>The life of one secret, by a clock that the test winds.</summary>
public sealed class CachedSecretTests
{
    private const string Name = "xai-api-key";

    private static readonly VaultTimes Times = new();

    private readonly FakeTimeProvider _time = new();
    private readonly FakeVault _vault = new();
    private readonly FakeVault.Log _log = new();
    private readonly CachedSecret _secret;

    public CachedSecretTests() => _secret = new CachedSecret("XAI_API_KEY", _vault, Times, _time, _log);

    [Fact]
    public async Task It_is_read_when_first_used_and_then_known()
    {
        _vault.Asked.ShouldBeEmpty();
        _vault.Answers[Name] = VaultReading.Found("one");

        var secret = await Find();

        (secret.Value, secret.Setting, secret.Origin).ShouldBe(("one", "XAI_API_KEY", SecretOrigin.KeyVault));
        _time.Advance(Times.Refresh - TimeSpan.FromSeconds(1));
        Now().Value.ShouldBe("one");
        _vault.Asked.ShouldBe([Name]);
    }

    [Fact]
    public async Task A_known_value_costs_no_allocation()
    {
        _vault.Answers[Name] = VaultReading.Found("one");
        await Find();
        Loop(10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Loop(1000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Loop(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var pending = _secret.FindAsync(CancellationToken.None);
                if (!pending.IsCompletedSuccessfully || pending.GetAwaiter().GetResult().Value != "one") throw new InvalidOperationException();
            }
        }
    }

    [Fact]
    public async Task An_old_value_is_used_while_a_new_one_is_fetched_and_no_one_waits()
    {
        _vault.Answers[Name] = VaultReading.Found("one");
        await Find();
        _vault.Silence = new TaskCompletionSource();
        _vault.Answers[Name] = VaultReading.Found("two");
        _time.Advance(Times.Refresh);

        for (var i = 0; i < 50; i++) Now().Value.ShouldBe("one");

        await Wait.UntilAsync(() => _vault.Asked.Count == 2);
        await Ended(() => _vault.Silence!.SetResult());
        Now().Value.ShouldBe("two");
        _vault.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task No_one_uses_it_and_no_one_reads_it()
    {
        _vault.Answers[Name] = VaultReading.Found("one");
        await Find();
        _time.Advance(TimeSpan.FromDays(1));
        _vault.Asked.Count.ShouldBe(1);
    }

    [Fact]
    public async Task All_who_come_before_the_first_value_share_one_call()
    {
        _vault.Silence = new TaskCompletionSource();
        _vault.Answers[Name] = VaultReading.Found("one");
        var waiting = Enumerable.Range(0, 100).Select(_ => _secret.FindAsync(CancellationToken.None).AsTask()).ToList();
        waiting.ShouldAllBe(task => !task.IsCompleted);

        _vault.Silence.SetResult();

        (await Task.WhenAll(waiting)).ShouldAllBe(secret => secret.Value == "one");
        _vault.Asked.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Who_leaves_takes_the_call_from_no_one()
    {
        _vault.Silence = new TaskCompletionSource();
        _vault.Answers[Name] = VaultReading.Found("one");
        using var leaving = new CancellationTokenSource();
        var gone = _secret.FindAsync(leaving.Token).AsTask();
        var staying = _secret.FindAsync(CancellationToken.None).AsTask();

        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone);
        _vault.Silence.SetResult();

        (await staying).Value.ShouldBe("one");
        _vault.Asked.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_slow_vault_is_waited_for_no_longer_than_patience_and_its_response_serves_later_ones()
    {
        _vault.Silence = new TaskCompletionSource();
        _vault.Answers[Name] = VaultReading.Found("one");
        var pending = _secret.FindAsync(CancellationToken.None).AsTask();
        await Wait.UntilAsync(() => _vault.Asked.Count == 1);

        _time.Advance(Times.Patience);

        var secret = await pending;
        secret.Unavailable.ShouldBe("Key Vault kv.vault.azure.net has not responded within 5 seconds.");
        secret.RetryAfterSeconds.ShouldBe("5");
        await Ended(() => _vault.Silence!.SetResult());
        Now().Value.ShouldBe("one");
        _vault.Asked.Count.ShouldBe(1);
    }

    /// <summary>Some ways of signing in heed no cancellation: the read is given up all the same, and the next one is another call.</summary>
    [Fact]
    public async Task A_call_that_never_ends_is_given_up()
    {
        _vault.Silence = new TaskCompletionSource();
        var pending = _secret.FindAsync(CancellationToken.None).AsTask();
        await Wait.UntilAsync(() => _vault.Asked.Count == 1);

        await Ended(() => _time.Advance(Times.Read));

        (await pending).Unavailable.ShouldNotBeNull();
        Now().Unavailable.ShouldBe("Key Vault kv.vault.azure.net has not responded within 30 seconds.");
        _vault.Silence = null;
        _vault.Answers[Name] = VaultReading.Found("one");
        _time.Advance(Times.Backoff);
        (await Find()).Value.ShouldBe("one");
    }

    /// <summary>Case 26: down at start. It recovers by itself, and no one is told meanwhile that there is not a key.</summary>
    [Fact]
    public async Task Case26_Down_at_start_then_back()
    {
        _vault.Answers[Name] = VaultReading.Failed("down");
        foreach (var pause in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            var calls = _vault.Asked.Count;
            var secret = await Find();
            secret.IsMissing.ShouldBeFalse();
            (secret.Unavailable, secret.RetryAfterSeconds).ShouldBe(("down", $"{pause}"));
            _time.Advance(TimeSpan.FromSeconds(pause - 0.5));
            Now().Unavailable.ShouldBe("down");
            _vault.Asked.Count.ShouldBe(calls + 1, $"a call within the pause of {pause} s");
            _time.Advance(TimeSpan.FromSeconds(0.5));
        }

        _vault.Answers[Name] = VaultReading.Found("one");

        (await Find()).Value.ShouldBe("one");
        _secret.Last!.Failure.ShouldBeNull();
        // Failures start over.
        _vault.Answers[Name] = VaultReading.Failed("down");
        _time.Advance(Times.Refresh);
        await Ended(() => Now());
        _time.Advance(TimeSpan.FromSeconds(1));
        await Ended(() => Now());
    }

    [Theory]
    [InlineData("a value")]
    [InlineData("missing")]
    [InlineData("disabled")]
    public async Task What_the_vault_last_said_holds_while_it_is_down(string said)
    {
        _vault.Answers[Name] = said switch
        {
            "a value" => VaultReading.Found("one"),
            "disabled" => VaultReading.Unusable("disabled"),
            _ => VaultReading.Missing,
        };
        var before = await Find();
        var since = _time.GetUtcNow();
        _vault.Answers[Name] = VaultReading.Failed("down");
        _time.Advance(Times.Refresh);
        await Ended(() => _secret.Start());

        for (var i = 0; i < 5; i++)
        {
            var secret = Now();
            (secret.Value, secret.Unavailable, secret.IsMissing).ShouldBe((before.Value, before.Unavailable, before.IsMissing));
            await Ended(() => _time.Advance(Times.MaxBackoff), andUse: true);
        }

        var known = _secret.Last!;
        (known.Failure, known.LastSuccess, known.FailingSince).ShouldBe(("down", since, since + Times.Refresh));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("disabled")]
    public async Task What_is_taken_away_in_the_vault_is_gone_with_the_next_reading(string said)
    {
        _vault.Answers[Name] = VaultReading.Found("one");
        await Find();
        _vault.Answers[Name] = said == "missing" ? VaultReading.Missing : VaultReading.Unusable("disabled");
        _time.Advance(Times.Refresh);

        await Ended(() => Now().Value.ShouldBe("one"));

        var secret = Now();
        (secret.Value, secret.IsMissing, secret.Unavailable).ShouldBe((null, said == "missing", said == "missing" ? null : "disabled"));
    }

    [Fact]
    public async Task What_is_missing_is_remembered_for_a_while_and_then_waited_for_a_little()
    {
        (await Find()).IsMissing.ShouldBeTrue();
        _time.Advance(Times.RefreshWithoutValue - TimeSpan.FromSeconds(1));
        Now().IsMissing.ShouldBeTrue();
        _vault.Asked.Count.ShouldBe(1);

        _vault.Answers[Name] = VaultReading.Found("one");
        _time.Advance(TimeSpan.FromSeconds(1));

        (await Find()).Value.ShouldBe("one");
    }

    [Fact]
    public async Task A_silent_vault_holds_up_a_missing_key_for_a_moment_only()
    {
        await Find();
        _vault.Silence = new TaskCompletionSource();
        _time.Advance(Times.RefreshWithoutValue);
        var pending = _secret.FindAsync(CancellationToken.None).AsTask();
        await Wait.UntilAsync(() => _vault.Asked.Count == 2);
        _time.Advance(Times.PatienceWithResponse);
        (await pending).IsMissing.ShouldBeTrue();
    }

    [Fact]
    public async Task A_value_that_expires_soon_is_read_again_then()
    {
        _vault.Answers[Name] = VaultReading.Found("one", _time.GetUtcNow() + TimeSpan.FromSeconds(20));
        await Find();
        _vault.Answers[Name] = VaultReading.Unusable("expired");
        _time.Advance(TimeSpan.FromSeconds(19));
        Now();
        _vault.Asked.Count.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Ended(() => Now());
        Now().Unavailable.ShouldBe("expired");
    }

    [Theory]
    // Until it ends, in 20 s.
    [InlineData(20, 20)]
    // It has ended, and the vault still gives it out: the two clocks differ.
    [InlineData(0, 1)]
    [InlineData(-3600, 1)]
    public async Task A_value_at_its_expiry_is_not_read_with_every_use(int expiresIn, int readAfter)
    {
        _vault.Answers[Name] = VaultReading.Found("one", _time.GetUtcNow() + TimeSpan.FromSeconds(expiresIn));
        await Find();
        _time.Advance(TimeSpan.FromSeconds(readAfter) - TimeSpan.FromMilliseconds(1));
        _vault.Answers[Name] = VaultReading.Found("two");
        var known = _secret.Last;

        for (var i = 0; i < 20; i++)
        {
            Now().Value.ShouldBe("one");
            // A read that was begun has the time to end.
            await Task.Delay(5);
        }
        _secret.Last.ShouldBeSameAs(known);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Ended(() => Now());
        Now().Value.ShouldBe("two");
        _vault.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_value_near_its_expiry_is_not_read_at_every_use()
    {
        _vault.Answers[Name] = VaultReading.Found("one", _time.GetUtcNow() + Times.Refresh / 2);
        await Find();

        await UseAsync(100);

        _vault.Asked.Count.ShouldBe(1);
        _time.Advance(Times.Refresh / 2 - TimeSpan.FromTicks(1));
        await UseAsync(100);
        _vault.Asked.Count.ShouldBe(1);
        _time.Advance(TimeSpan.FromTicks(1));
        await UseAsync(1);
        _vault.Asked.Count.ShouldBe(2);
    }

    /// <summary>Vault and gateway may disagree about the time: then every read is of an expired value.</summary>
    [Fact]
    public async Task A_value_that_arrives_expired_is_not_read_at_every_use()
    {
        _vault.Answers[Name] = VaultReading.Found("one", _time.GetUtcNow() - TimeSpan.FromHours(1));
        await Find();

        await UseAsync(100);

        _vault.Asked.Count.ShouldBe(1);
        _time.Advance(Times.Backoff);
        await UseAsync(1);
        _vault.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_refused_value_is_read_again_at_once()
    {
        _vault.Answers[Name] = VaultReading.Found("one");
        await Find();
        _vault.Answers[Name] = VaultReading.Found("two");

        (await Reread("one")).Value.ShouldBe("two");
        // Who was refused with the old value finds the new one without another call.
        (await Reread("one")).Value.ShouldBe("two");
        _vault.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_value_that_stays_bad_is_read_again_now_and_then_only()
    {
        _vault.Answers[Name] = VaultReading.Found("bad");
        await Find();
        for (var i = 0; i < 100; i++) (await Reread("bad")).Value.ShouldBe("bad");
        _vault.Asked.Count.ShouldBe(2);
        _time.Advance(Times.BetweenRereads - TimeSpan.FromSeconds(1));
        await Reread("bad");
        _vault.Asked.Count.ShouldBe(2);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Reread("bad");
        _vault.Asked.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Who_are_refused_together_read_once()
    {
        _vault.Answers[Name] = VaultReading.Found("one");
        await Find();
        _vault.Silence = new TaskCompletionSource();
        _vault.Answers[Name] = VaultReading.Found("two");
        var refused = Enumerable.Range(0, 50).Select(_ => Reread("one").AsTask()).ToList();
        await Wait.UntilAsync(() => _vault.Asked.Count == 2);

        _vault.Silence.SetResult();

        (await Task.WhenAll(refused)).ShouldAllBe(secret => secret.Value == "two");
        _vault.Asked.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("down")]
    [InlineData("slow")]
    public async Task Whether_there_is_a_newer_value_no_one_knows_while_the_vault_cannot_be_asked(string how)
    {
        _vault.Answers[Name] = VaultReading.Found("one");
        await Find();
        if (how == "down") _vault.Answers[Name] = VaultReading.Failed("down");
        else _vault.Silence = new TaskCompletionSource();

        var pending = Reread("one").AsTask();
        await Wait.UntilAsync(() => _vault.Asked.Count == 2);
        if (how == "slow") _time.Advance(Times.Patience);

        var secret = await pending;
        (secret.Value, secret.Unavailable is null).ShouldBe((null, false));
        // The value itself stays in use.
        Now().Value.ShouldBe("one");
        if (how == "down") (await Reread("one")).Unavailable.ShouldBe("down");
        _vault.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_fault_of_ours_is_a_failure_too_and_says_nothing_of_the_secret()
    {
        _vault.Broken = new FormatException("the value is sk-secret");
        (await Find()).Unavailable!.ShouldContain("FormatException");
        string.Join('\n', _log.Lines).ShouldNotContain("sk-secret");
    }

    [Fact]
    public async Task The_log_tells_each_change_once_and_never_a_value()
    {
        _vault.Answers[Name] = VaultReading.Failed("down");
        for (var i = 0; i < 4; i++)
        {
            await Find();
            _time.Advance(Times.MaxBackoff);
        }
        _vault.Answers[Name] = VaultReading.Found("sk-secret-one");
        await Find();
        _vault.Answers[Name] = VaultReading.Found("sk-secret-two");
        await Reread("sk-secret-one");
        _vault.Answers[Name] = VaultReading.Unusable("disabled");
        _time.Advance(Times.Refresh);
        await Ended(() => Now());

        _log.Lines.ShouldBe(
        [
            "Warning: XAI_API_KEY could not be read from Key Vault: down There is no earlier value.",
            "Information: Key Vault kv.vault.azure.net responds again (XAI_API_KEY).",
            "Information: XAI_API_KEY has a new value from Key Vault.",
            "Warning: XAI_API_KEY cannot be used: disabled",
        ]);
    }

    private ValueTask<Secret> Find() => _secret.FindAsync(CancellationToken.None);

    private ValueTask<Secret> Reread(string refused) => _secret.RereadAsync(refused, CancellationToken.None);

    /// <summary>Uses it without waiting, and then waits for the reads that this started.</summary>
    private async Task UseAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            Now().Value.ShouldBe("one");
            if (_secret.Running is { } running) await running;
        }
    }

    /// <summary>What a request gets without waiting.</summary>
    private Secret Now()
    {
        var pending = _secret.FindAsync(CancellationToken.None).AsTask();
        pending.IsCompletedSuccessfully.ShouldBeTrue("it waits");
        return pending.GetAwaiter().GetResult();
    }

    /// <summary>Does something after which a read ends.</summary>
    private async Task Ended(Action act, bool andUse = false)
    {
        var before = _secret.Last;
        act();
        if (andUse) Now();
        await Wait.UntilAsync(() => _secret.Last != before);
    }
}
