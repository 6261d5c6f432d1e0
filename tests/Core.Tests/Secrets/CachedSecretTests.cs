using Nano.Secrets;
using Nano.Testing;

namespace Nano.Tests.Secrets;

/// <summary>The life of one secret whose vault responds.</summary>
public sealed class CachedSecretTests : CachedSecretFixture
{
    [Fact]
    public async Task It_is_read_on_first_use_and_then_cached()
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
    public async Task An_old_value_is_used_without_waiting_while_a_new_one_is_fetched()
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
    public async Task An_unused_value_is_not_read()
    {
        _vault.Answers[Name] = VaultReading.Found("one");
        await Find();
        _time.Advance(TimeSpan.FromDays(1));
        _vault.Asked.Count.ShouldBe(1);
    }

    [Fact]
    public async Task All_requests_before_the_first_value_share_one_call()
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
    public async Task A_cancelled_request_does_not_cancel_the_shared_call()
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
    public async Task A_slow_vault_is_awaited_for_a_limited_time_and_its_response_serves_later_requests()
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

    /// <summary>Some credentials ignore cancellation: the read is still abandoned, and the next read is another call.</summary>
    [Fact]
    public async Task A_call_that_never_completes_is_abandoned()
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
}
