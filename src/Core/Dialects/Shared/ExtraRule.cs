using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>How an extra is converted. Without a rule it is dropped and reported.</summary>
internal enum ExtraUse
{
    /// <summary>Written under its own name, unchanged.</summary>
    Copy,
    /// <summary>The writer expresses it in another way, and reads it with <see cref="RequestExtras.Find"/>.</summary>
    Convert,
    /// <summary>Omitted without a loss.</summary>
    Ignore,
}

/// <summary>One row of the data on extras: a top-level member of a request that is converted from one dialect to another.</summary>
internal sealed record ExtraRule(string Member, ExtraUse Use)
{
    private readonly JsonText _name = JsonText.From(Member);

    /// <summary>The condition under which the rule applies; null: always.</summary>
    public Func<ChatRequest, JsonSlice, bool>? When { get; init; }

    public bool Is(ReadOnlySpan<byte> name) => _name.Span.SequenceEqual(name);

    public bool AppliesTo(ChatRequest request, in ExtraMember member) => member.Name.Is(_name.Span) && When?.Invoke(request, member.Value) != false;

    public static ExtraRule[] Copies(params ReadOnlySpan<string> members)
    {
        var rules = new ExtraRule[members.Length];
        for (var i = 0; i < rules.Length; i++) rules[i] = new ExtraRule(members[i], ExtraUse.Copy);
        return rules;
    }
}
