namespace Nano.Secrets;

/// <summary>The state of Key Vault, from the results of reading secrets. Contains no value, and no name but the vault's host.</summary>
/// <param name="State"><c>not asked yet</c>, <c>ok</c>, <c>degraded</c> (it cannot be read, and the last values are in use) or <c>unavailable</c> (a value is
/// missing).</param>
/// <param name="LastSuccess">When the vault last responded.</param>
/// <param name="FailingSince">The first failure after that.</param>
/// <param name="Message">The cause, as a sentence for the operator.</param>
internal sealed record VaultHealth(string State, DateTimeOffset? LastSuccess, DateTimeOffset? FailingSince, string? Message);
