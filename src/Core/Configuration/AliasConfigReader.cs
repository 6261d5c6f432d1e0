using Nano.Errors;

namespace Nano.Configuration;

/// <summary>Reads <c>models</c> of nano.json.</summary>
/// <param name="providers">The ids of all providers and instances.</param>
internal sealed class AliasConfigReader(HashSet<string> providers)
{
    private const int MaxTargets = 64;
    private const int MaxMilliseconds = 3_600_000;

    private IReadOnlyCollection<string> _names = [];

    public List<AliasConfig> ReadAll(Dictionary<string, ConfigValue> entries)
    {
        _names = entries.Keys;
        var aliases = new List<AliasConfig>();
        foreach (var (name, value) in entries)
        {
            if (name.Length is 0 or > 128 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':'))
                value.Fail("must be a name of letters, digits and '-', '_', '.', ':', at most 128, without '/'");
            if (Read(name, value) is { } alias) aliases.Add(alias);
        }
        return aliases;
    }

    /// <summary>A model as <c>provider/model</c>; null after a report.</summary>
    /// <param name="aliases">Names that are not models; null for none.</param>
    internal static string? Model(ConfigValue value, HashSet<string> providers, IReadOnlyCollection<string>? aliases = null)
    {
        if (value.Text() is not { } name) return null;
        if (aliases?.Contains(name) == true)
        {
            value.Fail("is the name of an alias, and an alias contains no other one: name models as 'provider/model'");
            return null;
        }
        var slash = name.IndexOf('/');
        if (slash <= 0 || slash == name.Length - 1 || name.Any(c => c is <= ' ' or > '~'))
        {
            value.Fail("must name a model as 'provider/model'");
            return null;
        }
        if (providers.Contains(name[..slash])) return name;
        var near = NearNames.Of(name[..slash], providers, 1);
        value.Fail($"names a provider that does not exist{(near.Count > 0 ? $"; '{near[0]}' does" : "")}");
        return null;
    }

    private AliasConfig? Read(string name, ConfigValue value)
    {
        var members = value.Members("strategy", "targets", "groups", "fallbacks", "sticky", "retries", "hedge_after_ms", "timeouts", "slow_stream");
        var models = new HashSet<string>(StringComparer.Ordinal);
        var groups = ReadGroups(value, members, models);
        var alias = new AliasConfig
        {
            Name = name,
            Groups = groups,
            Fallbacks = members.TryGetValue("fallbacks", out var fallbacks) ? ReadFallbacks(fallbacks, models) : [],
            IsSticky = !members.TryGetValue("sticky", out var sticky) || sticky.Flag() is not false,
            Retries = members.TryGetValue("retries", out var retries) ? (int)(retries.Integer(0, 5) ?? 0) : 1,
            HedgeAfter = members.TryGetValue("hedge_after_ms", out var hedge) ? hedge.Milliseconds(1, MaxMilliseconds) : null,
            Limits = ReadLimits(members),
        };
        return groups.Count == 0 ? null : alias;
    }

    /// <param name="models">Gets the models of all targets.</param>
    private List<TargetGroup> ReadGroups(ConfigValue value, Dictionary<string, ConfigValue> members, HashSet<string> models)
    {
        if (!members.TryGetValue("groups", out var list))
        {
            if (members.TryGetValue("targets", out var targets)) return [new TargetGroup(Strategy(members), ReadTargets(targets, models))];
            value.Fail("has neither 'targets' nor 'groups'");
            return [];
        }
        if (members.ContainsKey("targets") || members.ContainsKey("strategy")) value.Fail("has 'groups' beside 'targets' or 'strategy', which belong into the groups");
        var groups = new List<TargetGroup>();
        foreach (var item in list.Items(1, MaxTargets))
        {
            var group = item.Members("strategy", "!targets");
            if (group.TryGetValue("targets", out var targets)) groups.Add(new TargetGroup(Strategy(group), ReadTargets(targets, models)));
        }
        return groups;
    }

    private static string Strategy(Dictionary<string, ConfigValue> members) =>
        members.TryGetValue("strategy", out var strategy) ? strategy.Word(GatewayConfigReader.Strategies) ?? "priority" : "priority";

    private List<TargetConfig> ReadTargets(ConfigValue list, HashSet<string> models)
    {
        var targets = new List<TargetConfig>();
        foreach (var item in list.Items(1, MaxTargets))
        {
            var members = item.Members("!model", "weight", "idempotent");
            var weight = members.TryGetValue("weight", out var share) ? share.Number(0.001m, 1_000_000m) ?? 1 : 1;
            var isIdempotent = members.TryGetValue("idempotent", out var flag) && flag.Flag() is true;
            if (!members.TryGetValue("model", out var model) || Model(model, providers, _names) is not { } name) continue;
            if (!models.Add(name)) model.Fail("is given more than once");
            else targets.Add(new TargetConfig(name, (double)weight, isIdempotent));
        }
        return targets;
    }

    /// <param name="targets">A deployment that has failed as a target is not tried again as a fallback.</param>
    private List<FallbackConfig> ReadFallbacks(ConfigValue list, HashSet<string> targets)
    {
        var fallbacks = new List<FallbackConfig>();
        foreach (var item in list.Items(0, MaxTargets))
        {
            var members = item.Members("!model", "on");
            var on = FailureClasses.Default;
            if (members.TryGetValue("on", out var conditions))
            {
                on = FailureClass.None;
                foreach (var condition in conditions.Items(1, FailureClasses.Conditions.Count))
                    if (condition.Word(FailureClasses.Conditions) is { } word) on |= FailureClasses.Parse(word);
            }
            if (!members.TryGetValue("model", out var model) || Model(model, providers, _names) is not { } name) continue;
            if (targets.Contains(name)) model.Fail("is a target of this alias");
            else if (fallbacks.Exists(fallback => fallback.Model == name)) model.Fail("is given more than once: put all of its conditions into one 'on'");
            else fallbacks.Add(new FallbackConfig(name, on));
        }
        return fallbacks;
    }

    private static PlanLimits ReadLimits(Dictionary<string, ConfigValue> members)
    {
        var limits = new PlanLimits();
        if (members.TryGetValue("timeouts", out var value))
        {
            var timeouts = value.Members("first_token_ms", "attempt_ms", "total_ms");
            limits = limits with
            {
                FirstToken = timeouts.TryGetValue("first_token_ms", out var first) ? first.Milliseconds(100, MaxMilliseconds) : null,
                Attempt = timeouts.TryGetValue("attempt_ms", out var attempt) ? attempt.Milliseconds(100, MaxMilliseconds) : null,
                Total = timeouts.TryGetValue("total_ms", out var total) ? total.Milliseconds(100, MaxMilliseconds) : null,
            };
        }
        if (!members.TryGetValue("slow_stream", out var slow)) return limits;
        var speed = slow.Members("!min_events_per_second", "within_ms");
        return limits with
        {
            MinEventsPerSecond = speed.TryGetValue("min_events_per_second", out var floor) ? (double?)floor.Number(0.1m, 10_000m) : null,
            SpeedWindow = speed.TryGetValue("within_ms", out var within) ? within.Milliseconds(100, 60_000) ?? limits.SpeedWindow : limits.SpeedWindow,
        };
    }
}
