namespace Nano.Testing;

/// <summary>Waits for a condition. The limit only ends a test that would hang, so it is generous: a loaded machine must not reach it.</summary>
public static class Wait
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);

    public static Task UntilAsync(Func<bool> condition, Action? between = null) => UntilAsync(() => Task.FromResult(condition()), between);

    /// <param name="between">Called after each check that fails; advances a test's clock, for instance.</param>
    /// <exception cref="TimeoutException">The condition did not become true.</exception>
    public static async Task UntilAsync(Func<Task<bool>> condition, Action? between = null)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            if (limit.IsCancellationRequested) throw new TimeoutException($"The condition did not become true within {Limit.TotalSeconds:0} seconds.");
            between?.Invoke();
            await Task.Delay(Interval);
        }
    }
}
