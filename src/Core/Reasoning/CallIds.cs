using System.Globalization;
using System.Security.Cryptography;
using Nano.Json;

namespace Nano.Reasoning;

/// <summary>
/// Ids of tool calls, which every client returns: <c>call_abc__nano1_...</c> is the provider's id followed by the state that
/// led to the call. The id uses only <c>[A-Za-z0-9_-]</c> if the provider's id does.
/// </summary>
internal static class CallIds
{
    /// <summary>Characters of an id with its seal; larger state is sent in <c>reasoning_details</c> alone.</summary>
    public const int MaxLength = 4096;

    /// <summary>The provider's own id, and the seal (absent if there is none).</summary>
    public static (JsonText Bare, JsonText Seal) Split(JsonText id)
    {
        var at = StateSeal.IndexOf(id.Span);
        if (at < 0) return (id, default);
        return (at == 0 ? default : new JsonText(id.Escaped[..at]), new JsonText(id.Escaped[at..]));
    }

    /// <summary>An id for a call whose dialect has no ids.</summary>
    public static string Make(string seed, int choice, int index) => choice == 0
        ? string.Create(CultureInfo.InvariantCulture, $"call_{seed}{index}")
        : string.Create(CultureInfo.InvariantCulture, $"call_{seed}{choice}_{index}");

    /// <summary>The id, or if it is longer than <paramref name="max"/> characters (at least 37), a shorter one derived from it. Deterministic.</summary>
    public static JsonText Short(JsonText id, int max)
    {
        if (id.Span.Length <= max) return id;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(id.Span, hash);
        return JsonText.From("call_" + Convert.ToHexStringLower(hash[..16]));
    }

    /// <summary>What a call's seals are bound to: its id and name. Not its arguments: they arrive after the id.</summary>
    public static byte[] Bound(JsonText id, JsonText name)
    {
        using var plainId = new PlainText(id);
        using var plainName = new PlainText(name);
        var bound = new byte[plainId.Span.Length + 1 + plainName.Span.Length];
        plainId.Span.CopyTo(bound);
        plainName.Span.CopyTo(bound.AsSpan(plainId.Span.Length + 1));
        return bound;
    }
}
