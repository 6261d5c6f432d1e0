using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Azure;
using Azure.Identity;

namespace Nano.Secrets;

/// <summary>Describes Key Vault's refusals and failures in sentences for the operator. None repeats an exception's text.</summary>
internal sealed class KeyVaultProblems(Uri vault, bool onAzure)
{
    private string Vault => $"Key Vault {vault.Authority}";

    private string Identity => onAzure
        ? "the app's managed identity (AZURE_CLIENT_ID names it where it is a user-assigned one)"
        : "the account that you are signed in with ('az login')";

    public string Secret(string name) => $"The secret '{name}' of {Vault}";

    public string Disabled(string name) => $"{Secret(name)} is disabled. Enable it, or set a new version of it.";

    /// <summary>
    /// A response with an error status. Bodies are <c>{"error":{"code","message","innererror":{"code"}}}</c> (Key Vault REST API,
    /// "Authentication, requests and responses"); the inner code is more specific than the outer one, which is usually the status's name.
    /// </summary>
    public VaultReading OfResponse(string name, RequestFailedException e, DateTimeOffset now)
    {
        var (inner, message) = Details(e);
        return e.Status switch
        {
            // Azure/azure-sdk-for-js#24756
            403 when inner == "SecretDisabled" || message.Contains("disabled secret", StringComparison.OrdinalIgnoreCase) => VaultReading.Unusable(Disabled(name)),
            // Azure/AzureKeyVault#19
            403 when inner == "SecretExpired" || message.Contains("expired secret", StringComparison.OrdinalIgnoreCase) =>
                VaultReading.Unusable($"{Secret(name)} has expired. Set a new version of it, or a later expiry date."),
            403 when inner == "SecretNotYetValid" || message.Contains("not yet valid", StringComparison.OrdinalIgnoreCase) =>
                VaultReading.Unusable($"{Secret(name)} is not valid yet."),
            403 when inner is "ForbiddenByFirewall" or "ForbiddenByConnection" || message.Contains("Client address is not authorized", StringComparison.OrdinalIgnoreCase)
                => VaultReading.Failed($"{Vault} does not let this network in. Allow it in the vault's firewall, or reach the vault by its private endpoint."),
            403 => VaultReading.Failed($"{Vault} refuses to be read. Give the role 'Key Vault Secrets User' on the vault to {Identity}; it takes some minutes to hold."),
            401 => VaultReading.Failed($"{Vault} does not accept the sign-in. Is {Identity} in the vault's tenant?"),
            429 => VaultReading.Failed($"{Vault} is asked too often and wants a pause (429).", RetryAfter(e, now) ?? TimeSpan.FromSeconds(10)),
            404 => VaultReading.Failed($"There is no Key Vault at {vault.Authority} (404). Check KEY_VAULT_URI."),
            _ => VaultReading.Failed($"{Vault} failed (status {e.Status}{(IsWord(e.ErrorCode) ? $", {e.ErrorCode}" : "")}).", RetryAfter(e, now)),
        };
    }

    /// <summary>No response: no account is signed in, or the vault was not reached.</summary>
    public string OfNoResponse(Exception e) => e switch
    {
        // The results of all tries: the last one is the most specific.
        AggregateException { InnerExceptions: [.., var last] } => OfNoResponse(last),
        CredentialUnavailableException => onAzure
            ? $"The app cannot sign in to read {Vault}: it has no managed identity. Assign one, and set AZURE_CLIENT_ID for a user-assigned one."
            : $"No account is signed in to Azure to read {Vault}. Run 'az login', or set the keys themselves as settings.",
        AuthenticationFailedException => $"Signing in to Azure to read {Vault} failed{AzureSignIn.Code(e)}. Check {Identity}.",
        _ when Inner<SocketException>(e) is { } socket => Network(socket),
        _ when Inner<AuthenticationException>(e) is not null => $"{Vault} cannot be reached: its TLS certificate is not trusted. Check KEY_VAULT_URI.",
        _ when Inner<HttpRequestException>(e) is not null || Inner<IOException>(e) is not null || e is RequestFailedException =>
            $"{Vault} cannot be reached: the connection broke off.",
        OperationCanceledException => $"{Vault} cannot be reached: it did not respond in time.",
        // The client's error for a challenge from another domain than the address's: a response, but not from Key Vault.
        InvalidOperationException => $"The server at {vault.Authority} is not a Key Vault. Check KEY_VAULT_URI.",
        _ => $"{Vault} cannot be read ({e.GetType().Name}). Check KEY_VAULT_URI.",
    };

    private string Network(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => $"{Vault} cannot be reached: its host name cannot be resolved. Check KEY_VAULT_URI.",
        SocketError.ConnectionRefused => $"{Vault} cannot be reached: the connection was refused.",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => $"{Vault} cannot be reached: there is no route to it.",
        _ => $"{Vault} cannot be reached: the connection broke off.",
    };

    private static T? Inner<T>(Exception e) where T : Exception
    {
        for (var cause = e; cause is not null; cause = cause.InnerException) if (cause is T found) return found;
        return null;
    }

    private static (string Inner, string Message) Details(RequestFailedException e)
    {
        try
        {
            if (e.GetRawResponse()?.Content is not { } content) return ("", "");
            using var body = JsonDocument.Parse(content.ToMemory());
            var error = Member(body.RootElement, "error");
            // Both spellings are in use.
            var inner = Text(Member(Member(error, "innererror"), "code")) ?? Text(Member(Member(error, "innerError"), "code"));
            return (inner ?? "", Text(Member(error, "message")) ?? "");
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return ("", "");
        }
    }

    private static JsonElement Member(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member
        : default;

    private static string? Text(JsonElement element) => element.ValueKind == JsonValueKind.String ? element.GetString() : null;

    /// <summary>Seconds or a date (RFC 9110, section 10.2.3).</summary>
    private static TimeSpan? RetryAfter(RequestFailedException e, DateTimeOffset now)
    {
        if (e.GetRawResponse()?.Headers.TryGetValue("Retry-After", out var value) is not true || value is null) return null;
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) && date > now ? date - now : null;
    }

    private static bool IsWord(string? code) => code is { Length: > 0 and <= 60 } && code.All(char.IsAsciiLetterOrDigit);
}
