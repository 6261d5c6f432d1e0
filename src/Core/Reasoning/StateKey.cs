using System.Security.Cryptography;
using System.Text;

namespace Nano.Reasoning;

/// <summary>
/// The key that seals reasoning state, derived from the gateway's key by HKDF-SHA256 (RFC 5869). All instances share it without
/// a store. State sealed with a former key cannot be opened. Thread safe; it never appears in a log or message.
/// </summary>
internal sealed class StateKey(string gatewayKey)
{
    private readonly Lazy<byte[]> _key = new(() => HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(gatewayKey), 32, info: "nano reasoning state v1"u8.ToArray()));

    /// <summary>The seal of one home: where state comes from, and the only place it returns to. Its key is derived when first needed.</summary>
    /// <param name="home">Provider, address, model and dialect; homes that differ in one byte cannot open each other's state.</param>
    public StateSeal Of(string home) => new(this, home);

    /// <summary>The part of this key in the names of cached responses.</summary>
    public byte[] OfCache => field ??= Derive("response cache");

    public byte[] Derive(string home) => HMACSHA256.HashData(_key.Value, Encoding.UTF8.GetBytes(home));

    public override string ToString() => "set";
}
