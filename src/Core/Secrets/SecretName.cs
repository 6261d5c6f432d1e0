namespace Nano.Secrets;

/// <summary>How a setting is called as a Key Vault secret, whose names hold letters, digits and dashes only.</summary>
internal static class SecretName
{
    /// <summary><c>XAI_API_KEY</c> is the secret <c>xai-api-key</c>.</summary>
    public static string Of(string setting) => setting.ToLowerInvariant().Replace('_', '-');
}
