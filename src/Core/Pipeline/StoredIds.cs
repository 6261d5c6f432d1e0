using System.Text;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Pipeline;

/// <summary>Replaces a provider's response id with a sealed id (<see cref="ResponseIds"/>), in bytes that are relayed.</summary>
/// <param name="charge">The row that the response is charged in when it is retrieved; null if it is charged when it is created.</param>
internal sealed class StoredIds(StateKey key, string deployment, ChargedRow? charge)
{
    private string? _id;
    private string? _sealed;

    /// <summary>Writes the bytes with the caller's id; false, and nothing is written, when they do not contain the provider's.</summary>
    /// <param name="id">The provider's id; null when it has sent none.</param>
    public bool TryReplace(ReadOnlySpan<byte> bytes, string? id, JsonOutput output)
    {
        if (id is null) return false;
        if (_id != id) (_id, _sealed) = (id, ResponseIds.Seal(key, id, deployment, charge) is { } made ? Encoding.UTF8.GetString(made) : null);
        if (_sealed is null) return false;
        var before = output.Length;
        if (Replace(bytes, id, _sealed, output)) return true;
        output.TruncateTo(before);
        return false;
    }

    /// <summary>Copies the bytes with another id; false when they do not contain the id.</summary>
    public static bool Replace(ReadOnlySpan<byte> bytes, string id, string other, JsonOutput output)
    {
        var (from, to) = (Encoding.UTF8.GetBytes($"\"{id}\""), Encoding.UTF8.GetBytes($"\"{other}\""));
        var any = false;
        for (int at; (at = bytes.IndexOf(from)) >= 0; any = true)
        {
            output.Bytes(bytes[..at]);
            output.Bytes(to);
            bytes = bytes[(at + from.Length)..];
        }
        output.Bytes(bytes);
        return any;
    }
}
