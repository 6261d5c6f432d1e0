using Nano.Secrets;

namespace Nano.LocalHost.Tests.Secrets;

/// <summary>A process with ten provider keys asks the vault ten times at once when it starts.</summary>
public sealed class FirstReadTests
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 10).Select(i => $"KEY-{i}")];

    [Fact]
    public async Task Reads_that_begin_together_are_challenged_once()
    {
        await using var vault = await FakeVault.StartAsync();
        foreach (var name in Names) vault.Set(name, "value-of-" + name);
        var reader = new KeyVaultReader(vault.Uri, onAzure: true, TimeProvider.System, vault.Credential, vault.Configure);

        var readings = await Task.WhenAll(Names.Select(name => reader.ReadAsync(name, CancellationToken.None)));

        readings.Select(reading => reading.Value).ShouldBe(Names.Select(name => "value-of-" + name));
        vault.Challenges.ShouldBe(1);
        vault.Reads.Order().ShouldBe(Names);
    }

    [Fact]
    public async Task A_first_read_whose_caller_gives_up_does_not_block_others()
    {
        await using var vault = await FakeVault.StartAsync();
        foreach (var name in Names) vault.Set(name, "value-of-" + name);
        var gate = new TaskCompletionSource();
        vault.Gate = gate.Task;
        var reader = new KeyVaultReader(vault.Uri, onAzure: true, TimeProvider.System, vault.Credential, vault.Configure);
        using var leaving = new CancellationTokenSource();

        var first = reader.ReadAsync(Names[0], leaving.Token);
        var others = Names.Skip(1).Select(name => reader.ReadAsync(name, CancellationToken.None)).ToArray();
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        gate.SetResult();

        (await Task.WhenAll(others)).Select(reading => reading.Value).ShouldBe(Names.Skip(1).Select(name => "value-of-" + name));
    }
}
