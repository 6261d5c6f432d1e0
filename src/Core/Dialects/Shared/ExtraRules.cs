using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>The rules for the extras of one dialect's requests in another dialect.</summary>
/// <param name="Rules">The first rule that matches applies.</param>
/// <param name="IsIdle">Recognises further members that request the default; null for none.</param>
internal sealed record ExtraRules(ExtraRule[] Rules, Func<JsonText, JsonSlice, bool>? IsIdle = null)
{
    /// <summary>Every member is dropped and reported.</summary>
    public static readonly ExtraRules None = new([]);

    /// <summary>Null if the member is dropped.</summary>
    public ExtraUse? UseOf(ChatRequest request, in ExtraMember member)
    {
        foreach (var rule in Rules)
            if (rule.AppliesTo(request, member)) return rule.Use;
        return EmptyMember.Is(member) || IsIdle?.Invoke(member.Name, member.Value) == true ? ExtraUse.Ignore : null;
    }
}

/// <summary>How a dialect converts the extras of every other dialect's requests. Its own extras are written back unchanged.</summary>
/// <param name="target">The dialect that is written.</param>
internal sealed class ExtraTable(string target)
{
    private readonly Dictionary<string, ExtraRules> _rules = [];

    public string Target => target;

    /// <summary>The rules for the requests of one dialect. A table has an entry for every other dialect; all extras of an unknown dialect are dropped.</summary>
    public ExtraRules this[string origin]
    {
        get => _rules.GetValueOrDefault(origin, ExtraRules.None);
        init => _rules.Add(origin, value);
    }

    /// <summary>Sets the same rules for every origin that has none yet.</summary>
    public ExtraTable ForOthers(ExtraRules rules)
    {
        foreach (var origin in DialectNames.All)
            if (origin != target) _rules.TryAdd(origin, rules);
        return this;
    }
}
