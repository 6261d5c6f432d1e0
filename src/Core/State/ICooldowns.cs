namespace Nano.State;

/// <summary>
/// Until when something is not to be used: a deployment or a credential that a provider limits or refuses. Instances with a common store
/// share what they learn.
/// </summary>
internal interface ICooldowns
{
    /// <summary>The end of the cooldown of <paramref name="name"/>; null when it has none or the end has passed. Raises only <see cref="OperationCanceledException"/>.</summary>
    ValueTask<DateTimeOffset?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Sets the end. Of two ends the later one applies, whichever is set first. Raises only <see cref="OperationCanceledException"/>.</summary>
    ValueTask SetAsync(string name, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>Ends the cooldown now: the deployment has served again.</summary>
    ValueTask ClearAsync(string name, CancellationToken cancellationToken);
}
