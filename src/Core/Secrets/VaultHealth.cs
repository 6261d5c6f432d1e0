namespace Nano.Secrets;

/// <summary>How Key Vault is, from what became of reading secrets from it. Tells no value and no name beyond the vault's host.</summary>
/// <param name="State"><c>not asked yet</c>, <c>ok</c>, <c>degraded</c> (it cannot be read, and the last values are in use) or <c>unavailable</c> (a value is wanting for
/// it).</param>
/// <param name="LastSuccess">When the vault last answered.</param>
/// <param name="FailingSince">When it first did not, after that.</param>
/// <param name="Message">Why, as a sentence for the operator.</param>
internal sealed record VaultHealth(string State, DateTimeOffset? LastSuccess, DateTimeOffset? FailingSince, string? Message);
