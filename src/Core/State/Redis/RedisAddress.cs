namespace Nano.State.Redis;

/// <summary>
/// An address <c>HOST:PORT[,options]</c>. Two options are the gateway's own, not those of StackExchange.Redis; they are read without loading that library:
/// <c>entra=true</c> (the gateway signs in with its identity in Entra ID) and <c>atomicScripts=true</c> (the operator states that the server executes scripts atomically).
/// </summary>
internal sealed class RedisAddress
{
    private const string Entra = "entra", AtomicScripts = "atomicScripts";

    private readonly string[] _parts;

    public RedisAddress(string address) => _parts = address.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The gateway signs in with its identity in Entra ID.</summary>
    public bool UsesEntra => Has(Entra, "true");

    /// <summary>The operator states it. Servers such as Garnet execute scripts atomically or not, and do not report which.</summary>
    public bool HasAtomicScripts => Has(AtomicScripts, "true");

    /// <summary>What StackExchange.Redis reads.</summary>
    public string Configuration => string.Join(',', Array.FindAll(_parts, part => !IsNamed(part, Entra) && !IsNamed(part, AtomicScripts)));

    /// <summary>Null if the gateway's own options are missing, or can be used.</summary>
    public string? Problem()
    {
        // A token that is sent without TLS can be read and used by others.
        if (!IsSwitch(Entra) || (UsesEntra && !(Has("ssl", "true") && Names("user") && !Names("password"))))
            return "entra must be true or false; entra=true requires ssl=true and user=OBJECT_ID (the object id of the gateway's identity), and no password.";
        return IsSwitch(AtomicScripts) ? null : "atomicScripts must be true or false.";
    }

    private bool IsSwitch(string name) => !Names(name) || Has(name, "true") || Has(name, "false");

    private bool Names(string name) => Array.Exists(_parts, part => IsNamed(part, name));

    private bool Has(string name, string value) =>
        Array.Exists(_parts, part => IsNamed(part, name) && part.AsSpan(part.IndexOf('=') + 1).Trim().Equals(value, StringComparison.OrdinalIgnoreCase));

    private static bool IsNamed(string part, string name) =>
        part.IndexOf('=') is > 0 and var equals && part.AsSpan(0, equals).Trim().Equals(name, StringComparison.OrdinalIgnoreCase);
}
