using System.Text;
using Nano.Json;

namespace Nano.Reasoning;

/// <summary>
/// Ids of responses that a provider keeps: <c>resp_abc__nano1_...</c> is the provider's id and behind it, sealed, the deployment that keeps
/// the response. No instance has to remember it, and a caller cannot name another deployment.
/// </summary>
internal static class ResponseIds
{
    /// <summary>Characters of an id with its seal.</summary>
    public const int MaxLength = 1024;

    /// <summary>The one home of these seals: the deployment is what they contain.</summary>
    private const string Home = "stored responses";

    /// <param name="id">The provider's.</param>
    /// <param name="deployment">Its name.</param>
    /// <returns>Null if the two are too long for an id.</returns>
    public static byte[]? Seal(StateKey key, string id, string deployment)
    {
        var bare = Encoding.UTF8.GetBytes(id);
        var state = Encoding.UTF8.GetBytes(deployment);
        if (!IsPlain(id) || bare.Length + StateSeal.LengthOf(state.Length) > MaxLength) return null;
        return key.Of(Home).Seal(SealUse.Response, bare, state, bare).Span.ToArray();
    }

    /// <summary>The provider's id, and the deployment that keeps the response; null where the id names none, or not truly.</summary>
    public static (string Id, string? Deployment) Open(StateKey key, string id)
    {
        var bytes = Encoding.UTF8.GetBytes(id);
        var at = StateSeal.IndexOf(bytes);
        if (at < 0) return (id, null);
        var state = id.Length > MaxLength ? null : key.Of(Home).Open(SealUse.Response, bytes.AsSpan(0, at), bytes.AsSpan(at));
        return (Encoding.UTF8.GetString(bytes, 0, at), state is null ? null : Encoding.UTF8.GetString(state));
    }

    /// <summary>Whether an id has a seal, of whatever making.</summary>
    public static bool IsSealed(string id) => StateSeal.IndexOf(Encoding.UTF8.GetBytes(id)) >= 0;

    /// <summary>An id can be put into a path as it is.</summary>
    public static bool IsPlain(string id)
    {
        foreach (var c in id)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')) return false;
        return id.Length is > 0 and <= 256;
    }
}
