using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Nano.Configuration;
using Nano.Errors;
using Nano.Governance;
using Nano.State;

namespace Nano.Access.Entra;

/// <summary>
/// Authenticates callers by access tokens of Entra ID. The first policy of <c>nano.json</c> that is mapped to an app role or a group of the token applies, with
/// the user's object id as its scope. A token is checked once in 30 s; while the state store fails, the last result is used for up to 10 minutes.
/// </summary>
internal sealed class EntraCallers(EntraOptions options, EntraKeys keys, ConfiguredPolicies policies, StateStore store, TimeProvider time)
{
    internal const int Capacity = 4096;

    /// <summary>The beginning of the header of the gateway's session tokens: <c>{"alg":"HS256",</c>. Entra ID signs with RSA.</summary>
    private const string OwnTokens = "eyJhbGciOiJIUzI1NiIs";

    private static readonly TimeSpan StaleLifetime = TimeSpan.FromMinutes(10);

    private readonly EntraTokens _tokens = new(options, keys, time);
    private readonly ConcurrentDictionary<string, Entry> _known = new(StringComparer.Ordinal);
    private int _changes;
    private readonly ConcurrentDictionary<string, bool> _opened = new(StringComparer.Ordinal);

    public static bool LooksLikeToken(string candidate) =>
        candidate.Length <= EntraTokens.MaxLength && candidate.StartsWith("eyJ", StringComparison.Ordinal) && !candidate.StartsWith(OwnTokens, StringComparison.Ordinal);

    /// <summary>Completes synchronously for a token that was checked within the last 30 s. Raises nothing.</summary>
    public ValueTask<CallerCheck> CheckAsync(string token)
    {
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        var known = _known.GetValueOrDefault(hash);
        if (known is not null && time.GetElapsedTime(known.At) < VirtualKeys.Lifetime && known.Caller.ExpiresAt > time.GetUtcNow()) return new(new CallerCheck(known.Caller, null));
        return CheckAsync(token, hash, known);
    }

    /// <summary>Makes a change of policies take effect at once.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _changes);
        _known.Clear();
    }

    private async ValueTask<CallerCheck> CheckAsync(string token, string hash, Entry? known)
    {
        var changes = Volatile.Read(ref _changes);
        try
        {
            var (user, refused) = await _tokens.CheckAsync(token).ConfigureAwait(false);
            if (refused is not null) return new CallerCheck(null, refused);
            if (PolicyOf(user!) is not { } policy) return new CallerCheck(null, NoPolicy(user!));
            var caller = Caller.OfUser(await ReadAsync(user!, policy).ConfigureAwait(false), policy.ExpiresAt < user!.ExpiresAt ? policy.ExpiresAt.Value : user.ExpiresAt);
            // Only valid tokens are cached, so invalid ones take no memory.
            if (_known.Count >= Capacity) _known.Clear();
            var entry = new Entry(caller, time.GetTimestamp());
            _known[hash] = entry;
            // Policies changed after they were read for this caller.
            if (Volatile.Read(ref _changes) != changes) _known.TryRemove(KeyValuePair.Create(hash, entry));
            return new CallerCheck(caller, null);
        }
        catch (StateUnavailableException e)
        {
            if (known is not null && time.GetElapsedTime(known.At) < StaleLifetime && known.Caller.ExpiresAt > time.GetUtcNow()) return new CallerCheck(known.Caller, null);
            return new CallerCheck(null,
                VirtualKeys.Unavailable(e) with { Message = "The gateway's state store does not respond, so the limits of this user cannot be read now. Try again shortly." });
        }
        catch (EntraUnavailableException)
        {
            return new CallerCheck(null,
                new GatewayError(GatewayErrorKind.Overloaded, 503, "Entra ID does not respond, so the access token cannot be checked now. Try again shortly.")
                    { Code = "entra_unavailable", RetryAfter = "5" });
        }
    }

    private NamedPolicy? PolicyOf(EntraUser user)
    {
        foreach (var policy in policies.All)
            if (policy.Entra is { } mapped && !(policy.ExpiresAt <= time.GetUtcNow())
                && (mapped.Roles.Any(role => user.Roles.Contains(role, StringComparer.Ordinal))
                || mapped.Groups.Any(group => user.Groups.Contains(group, StringComparer.OrdinalIgnoreCase))))
                return policy;
        return null;
    }

    private async ValueTask<CallerPolicy> ReadAsync(EntraUser user, NamedPolicy policy)
    {
        var organization = policy.Entra!.Organization;
        if (!store.IsConfigured) return new CallerPolicy(organization, user.Id, policy, [], policies);
        if (!_opened.ContainsKey(organization))
        {
            await store.Keys.OpenAsync(organization, CancellationToken.None).ConfigureAwait(false);
            _opened[organization] = true;
        }
        var found = await store.Keys.FindPoliciesAsync(organization, [ScopeName.Organization, ScopeName.OfUser(user.Id)], CancellationToken.None).ConfigureAwait(false);
        return new CallerPolicy(organization, user.Id, policy, found, policies);
    }

    private static GatewayError NoPolicy(EntraUser user) => new(GatewayErrorKind.Forbidden, 403, user.HasMoreGroups
        ? "No policy of this gateway is for the app roles of this access token, and the token does not list the user's groups, which are too many. Assign an app role, or limit the groups to those of the application."
        : "No policy of this gateway is for the app roles and groups of this access token. Ask the administrator of the gateway.")
    {
        Code = "no_policy",
    };

    private sealed record Entry(Caller Caller, long At);
}
