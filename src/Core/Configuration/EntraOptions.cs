namespace Nano.Configuration;

/// <summary>The tenant and audiences of the access tokens of Entra ID that are accepted.</summary>
/// <param name="Tenant">A tenant id or a domain of the tenant.</param>
/// <param name="Audiences">The application id URI or the client id of the gateway's app registration; versions 1 and 2 of the tokens use different ones.</param>
/// <param name="Authority">Without a slash at the end.</param>
internal sealed record EntraOptions(string Tenant, IReadOnlyList<string> Audiences, string Authority)
{
    public const string DefaultAuthority = "https://login.microsoftonline.com";

    /// <summary>Keys that were read over an unencrypted connection prove nothing.</summary>
    public static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    /// <summary>Names that mean any tenant: users of every organization would have valid tokens.</summary>
    public static bool IsTenant(string name) =>
        name.Length is > 0 and <= 255 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-')
        && name.ToLowerInvariant() is not ("common" or "organizations" or "consumers");
}
