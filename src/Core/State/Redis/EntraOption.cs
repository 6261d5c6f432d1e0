namespace Nano.State.Redis;

/// <summary>
/// The option <c>entra=true</c> of a Redis address: the gateway signs in with its identity in Entra ID. It is the gateway's own option, not one of
/// StackExchange.Redis, and is read without loading that library.
/// </summary>
internal static class EntraOption
{
    private const string Name = "entra", On = "entra=true";

    /// <param name="configuration"><c>HOST:PORT[,options]</c>.</param>
    public static bool IsIn(string configuration) => Has(Parts(configuration), On);

    /// <summary>The options without this one.</summary>
    public static string Without(string configuration) => string.Join(',', Array.FindAll(Parts(configuration), part => !IsNamed(part, Name)));

    /// <summary>Null if the option is missing, or can be used.</summary>
    public static string? Problem(string configuration)
    {
        var parts = Parts(configuration);
        if (!Array.Exists(parts, part => IsNamed(part, Name)) || Has(parts, "entra=false")) return null;
        // A token that is sent without TLS can be read and used by others.
        return Has(parts, On) && Has(parts, "ssl=true") && Array.Exists(parts, part => IsNamed(part, "user")) && !Array.Exists(parts, part => IsNamed(part, "password")) ? null
            : "entra must be true or false; entra=true requires ssl=true and user=OBJECT_ID (the object id of the gateway's identity), and no password.";
    }

    private static string[] Parts(string configuration) => configuration.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool Has(string[] parts, string option) =>
        Array.Exists(parts, part => part.Replace(" ", "", StringComparison.Ordinal).Equals(option, StringComparison.OrdinalIgnoreCase));

    private static bool IsNamed(string part, string name) =>
        part.IndexOf('=') is > 0 and var equals && part.AsSpan(0, equals).Trim().Equals(name, StringComparison.OrdinalIgnoreCase);
}
