namespace Nano.Secrets;

/// <summary>The name of a setting as a Key Vault secret; such names contain only letters, digits and dashes.</summary>
internal static class SecretName
{
    /// <summary><c>XAI_API_KEY</c> is the secret <c>xai-api-key</c>.</summary>
    public static string Of(string setting) => setting.ToLowerInvariant().Replace('_', '-');
}
