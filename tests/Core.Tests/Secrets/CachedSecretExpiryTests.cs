using Nano.Secrets;
using Nano.Testing;

namespace Nano.Tests.Secrets;

/// <summary>Values that expire or that the provider refuses.</summary>
public sealed class CachedSecretExpiryTests : CachedSecretFixture
{
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
    // Until it expires, in 20 s.
    [InlineData(20, 20)]
    // It has expired, and the vault still returns it: the two clocks differ.
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
            // Give a started read time to complete.
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

    [Fact]
    public async Task A_value_that_expires_after_its_next_read_is_read_when_that_is_due()
    {
        _vault.Answers[Name] = VaultReading.Found("one", _time.GetUtcNow() + Times.Refresh * 3);
        await Find();
        _time.Advance(Times.Refresh - TimeSpan.FromTicks(1));
        await UseAsync(3);
        _vault.Asked.Count.ShouldBe(1);
        _time.Advance(TimeSpan.FromTicks(1));
        await UseAsync(3);
        _vault.Asked.Count.ShouldBe(2);
    }

    /// <summary>If the clocks of vault and gateway differ, every read may return an expired value.</summary>
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
        // Requests that were refused with the old value find the new one without another call.
        (await Reread("one")).Value.ShouldBe("two");
        _vault.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_value_that_stays_invalid_is_read_again_only_occasionally()
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
    public async Task Simultaneous_refusals_cause_one_read()
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
}
