using Microsoft.Extensions.Time.Testing;
using Nano.Secrets;
using Nano.Testing;

namespace Nano.Tests.Secrets;

/// <summary>One secret of a vault, with a clock that the test advances.</summary>
public abstract class CachedSecretFixture
{
    private protected const string Name = "xai-api-key";

    private protected static readonly VaultTimes Times = new();

    private protected readonly FakeTimeProvider _time = new();
    private protected readonly FakeVault _vault = new();
    private protected readonly FakeVault.Log _log = new();
    private protected readonly CachedSecret _secret;

    protected CachedSecretFixture() => _secret = new CachedSecret("XAI_API_KEY", _vault, Times, _time, _log);

    private protected ValueTask<Secret> Find() => _secret.FindAsync(CancellationToken.None);

    private protected ValueTask<Secret> Reread(string refused) => _secret.RereadAsync(refused, CancellationToken.None);

    /// <summary>Uses it without waiting, then waits for the reads that this started.</summary>
    private protected async Task UseAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            Now().Value.ShouldBe("one");
            if (_secret.Running is { } running) await running;
        }
    }

    /// <summary>The value that a request gets without waiting.</summary>
    private protected Secret Now()
    {
        var pending = _secret.FindAsync(CancellationToken.None).AsTask();
        pending.IsCompletedSuccessfully.ShouldBeTrue("it waits");
        return pending.GetAwaiter().GetResult();
    }

    /// <summary>Does something after which a read ends.</summary>
    private protected async Task Ended(Action act, bool andUse = false)
    {
        var before = _secret.Last;
        act();
        if (andUse) Now();
        await Wait.UntilAsync(() => _secret.Last != before);
    }
}
