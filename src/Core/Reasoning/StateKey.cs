using System.Security.Cryptography;
using System.Text;

namespace Nano.Reasoning;

/// <summary>
/// What seals reasoning state: HKDF-SHA256 (RFC 5869) makes it of the gateway's key, so every instance has the same one without
/// a store, and what a former key sealed opens no more. Thread safe; it never shows itself.
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
