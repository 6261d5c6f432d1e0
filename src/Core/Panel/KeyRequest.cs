using Nano.Errors;
using Nano.Governance;
using Nano.Json;
using Nano.State;

namespace Nano.Panel;

/// <summary>The body that creates or changes a virtual key.</summary>
/// <param name="policies">The policies of <c>nano.json</c>, of which the key may name one.</param>
internal sealed class KeyRequest(ConfiguredPolicies policies)
{
    public const string DefaultOrganization = "default";

    private const int MaxName = 64;
    private const int MaxTags = 16;
    private const int MaxTagValue = 128;
    private const long MaxLifetime = 10L * 365 * 24 * 60 * 60;
    private const string Known = "name, organization, team, user, tags, expires_in_seconds, disabled, policy, " + LimitsRequest.Members;

    private readonly LimitsRequest _limits = new();
    private readonly List<Func<KeyRecord, DateTimeOffset, KeyRecord>> _changes = [];
    private string? _organization;
    private string? _team;
    private string? _user;

    /// <summary>The body names an organization, a team or a user.</summary>
    public bool Moves => _organization is not null || _team is not null || _user is not null;

    public GatewayError? Take(string name, JsonSlice value)
    {
        if (_limits.TryTake(name, value, out var error)) return error;
        switch (name)
        {
            case "name":
                if (TextOf(value) is not { } shown || shown.Length > MaxName || shown.Any(char.IsControl))
                    return GatewayError.Invalid($"'name' must be a text of up to {MaxName} characters.", name);
                _changes.Add((record, _) => record with { Name = shown });
                return null;
            case "organization":
                return TakeScope(name, value, out _organization);
            case "team":
                return TakeScope(name, value, out _team);
            case "user":
                return TakeScope(name, value, out _user);
            case "tags":
                return TakeTags(value);
            case "expires_in_seconds":
                if (value.AsInt64() is not (>= 0 and <= MaxLifetime and var seconds))
                    return GatewayError.Invalid($"'expires_in_seconds' must be a whole number up to {MaxLifetime}, or 0 for no end.", name);
                _changes.Add((record, now) => record with { ExpiresAt = seconds == 0 ? null : now.AddSeconds(seconds) });
                return null;
            case "disabled":
                if (value.AsBoolean() is not { } disabled) return GatewayError.Invalid("'disabled' must be true or false.", name);
                _changes.Add((record, _) => record with { IsDisabled = disabled });
                return null;
            case "policy":
                if (TextOf(value) is not { } policy) return GatewayError.Invalid("'policy' must be the name of a policy in nano.json, or \"\" for none.", name);
                if (policy.Length > 0 && policies.Find(policy) is null)
                    return GatewayError.Invalid($"nano.json has no policy '{(policy.Length > MaxName ? policy[..MaxName] + "..." : policy)}'.", name);
                _changes.Add((record, _) => record with { Policy = policy.Length == 0 ? null : policy });
                return null;
            default:
                return JsonObject.Unknown(name, Known);
        }
    }

    public KeyRecord Apply(KeyRecord record, DateTimeOffset now)
    {
        if (_organization is not null) record = record with { Organization = _organization };
        if (_team is not null) record = record with { Team = _team };
        if (_user is not null) record = record with { User = _user };
        foreach (var change in _changes) record = change(record, now);
        return record with { Limits = _limits.Apply(record.Limits) };
    }

    /// <summary>A name that is part of row names in every engine.</summary>
    public static bool IsScopeName(string? name) => name is { Length: > 0 and <= MaxName } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@' or '+');

    private static GatewayError? TakeScope(string name, JsonSlice value, out string? scope) =>
        IsScopeName(scope = TextOf(value)) ? null : GatewayError.Invalid($"'{name}' must have 1 to {MaxName} letters, digits, or . _ - @ +", name);

    private GatewayError? TakeTags(JsonSlice value)
    {
        var wrong = GatewayError.Invalid($"'tags' must be an object of up to {MaxTags} names with texts of up to {MaxTagValue} characters.", "tags");
        if (!value.IsObject) return wrong;
        var tags = new List<KeyValuePair<string, string>>();
        var error = JsonObject.Read(value.Memory, (name, member) =>
        {
            if (tags.Count == MaxTags || !IsScopeName(name) || TextOf(member) is not { Length: <= MaxTagValue } text || text.Any(char.IsControl)) return wrong;
            tags.Add(KeyValuePair.Create(name, text));
            return null;
        });
        if (error is not null) return error;
        _changes.Add((record, _) => record with { Tags = tags });
        return null;
    }

    private static string? TextOf(JsonSlice value) => value.IsText ? value.AsText().ToString() : null;
}
