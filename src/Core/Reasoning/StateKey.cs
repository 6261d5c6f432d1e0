using System.Security.Cryptography;
using System.Text;

namespace Nano.Reasoning;

/// <summary>
/// The key that seals reasoning state, derived from the gateway's key by HKDF-SHA256 (RFC 5869). So all instances share it without
/// a store, and state that a former key sealed cannot be opened. Thread safe; it never shows itself.
/// </summary>
internal sealed class StateKey(string gatewayKey)
{
    private readonly Lazy<byte[]> _key = new(() => HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(gatewayKey), 32, info: "nano reasoning state v1"u8.ToArray()));

    /// <summary>The seal of one home: where state comes from, and the only place that it goes back to. Its key is made when there is state.</summary>
    /// <param name="home">Provider, address, model and dialect; state of homes that differ in one byte stays apart.</param>
    public StateSeal Of(string home) => new(this, home);

    public byte[] Derive(string home) => HMACSHA256.HashData(_key.Value, Encoding.UTF8.GetBytes(home));

    public override string ToString() => "set";
}
