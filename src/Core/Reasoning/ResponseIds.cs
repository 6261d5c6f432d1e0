using System.Text;

namespace Nano.Reasoning;

/// <summary>
/// Ids of responses that a provider stores: <c>resp_abc__nano1_...</c> is the provider's id followed by the sealed name of the deployment
/// that stores the response. No instance has to remember it, and a caller cannot name another deployment.
/// </summary>
internal static class ResponseIds
{
    /// <summary>The maximum length of an id with its seal, in characters.</summary>
    public const int MaxLength = 1024;

    /// <summary>All these seals share one home; the deployment is their content.</summary>
    private const string Home = "stored responses";

    /// <param name="id">The provider's id.</param>
    /// <param name="deployment">The deployment's name.</param>
    /// <returns>Null if both together are too long for an id.</returns>
    public static byte[]? Seal(StateKey key, string id, string deployment)
    {
        var bare = Encoding.UTF8.GetBytes(id);
        var state = Encoding.UTF8.GetBytes(deployment);
        if (!IsPlain(id) || bare.Length + StateSeal.LengthOf(state.Length) > MaxLength) return null;
        return key.Of(Home).Seal(SealUse.Response, bare, state, bare).Span.ToArray();
    }

    /// <summary>The provider's id, and the deployment that stores the response; null if the id has no seal, or not a genuine one.</summary>
    public static (string Id, string? Deployment) Open(StateKey key, string id)
    {
        var bytes = Encoding.UTF8.GetBytes(id);
        var at = StateSeal.IndexOf(bytes);
        if (at < 0) return (id, null);
        var state = id.Length > MaxLength ? null : key.Of(Home).Open(SealUse.Response, bytes.AsSpan(0, at), bytes.AsSpan(at));
        return (Encoding.UTF8.GetString(bytes, 0, at), state is null ? null : Encoding.UTF8.GetString(state));
    }

    /// <summary>Whether an id has a seal, genuine or not.</summary>
    public static bool IsSealed(string id) => StateSeal.IndexOf(Encoding.UTF8.GetBytes(id)) >= 0;

    /// <summary>Whether an id can be put into a path unescaped.</summary>
    public static bool IsPlain(string id)
    {
        foreach (var c in id)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')) return false;
        return id.Length is > 0 and <= 256;
    }
}
