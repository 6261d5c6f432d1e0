using System.Text;

namespace Nano.Reasoning;

/// <summary>The row of the ledger that a response is charged in: its partition, and the id of the attempt.</summary>
internal sealed record ChargedRow(string Partition, string Attempt);

/// <summary>
/// Ids of responses that a provider stores: <c>resp_abc__nano1_...</c> is the provider's id followed by the sealed name of the deployment
/// that stores the response, and of the row that it is charged in if its usage becomes known later. No instance has to remember them, and a caller
/// cannot name others.
/// </summary>
internal static class ResponseIds
{
    /// <summary>The maximum length of an id with its seal, in characters.</summary>
    public const int MaxLength = 1024;

    /// <summary>All these seals share one home; the deployment is their content.</summary>
    private const string Home = "stored responses";

    /// <summary>
    /// Before a row and after each of its parts, which do not contain it. The name of a deployment, of which callers may choose a part, does not begin with it and comes last.
    /// </summary>
    private const char Row = '\n';

    /// <param name="id">The provider's id.</param>
    /// <param name="deployment">The deployment's name.</param>
    /// <param name="charge">Null if the response is charged when it is created.</param>
    /// <returns>Null if they are too long for an id together.</returns>
    public static byte[]? Seal(StateKey key, string id, string deployment, ChargedRow? charge = null)
    {
        var bare = Encoding.UTF8.GetBytes(id);
        var state = Encoding.UTF8.GetBytes(charge is null ? deployment : $"{Row}{charge.Partition}{Row}{charge.Attempt}{Row}{deployment}");
        if (!IsPlain(id) || bare.Length + StateSeal.LengthOf(state.Length) > MaxLength) return null;
        return key.Of(Home).Seal(SealUse.Response, bare, state, bare).Span.ToArray();
    }

    /// <summary>The provider's id, the deployment that stores the response, and its row; both are null if the id has no seal, or not a genuine one.</summary>
    public static (string Id, string? Deployment, ChargedRow? Charge) Open(StateKey key, string id)
    {
        var bytes = Encoding.UTF8.GetBytes(id);
        var at = StateSeal.IndexOf(bytes);
        if (at < 0) return (id, null, null);
        var state = id.Length > MaxLength ? null : key.Of(Home).Open(SealUse.Response, bytes.AsSpan(0, at), bytes.AsSpan(at));
        var bare = Encoding.UTF8.GetString(bytes, 0, at);
        if (state is null) return (bare, null, null);
        var text = Encoding.UTF8.GetString(state);
        return text.Split(Row, 4) is ["", var partition, var attempt, var deployment] ? (bare, deployment, new ChargedRow(partition, attempt)) : (bare, text, null);
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
