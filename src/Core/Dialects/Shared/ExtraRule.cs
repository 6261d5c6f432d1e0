using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>What becomes of a member that the neutral model has no name for. Without a rule it is dropped, and reported.</summary>
internal enum ExtraUse
{
    /// <summary>Written under its own name, as it came.</summary>
    Copy,
    /// <summary>Expressed in another way by the writer, which asks for it (<see cref="RequestExtras.Find"/>).</summary>
    Convert,
    /// <summary>Nothing is lost without it.</summary>
    Ignore,
}

/// <summary>One row of the data on extras: a top-level member of a request, on its way from one dialect to another.</summary>
internal sealed record ExtraRule(string Member, ExtraUse Use)
{
    private readonly JsonText _name = JsonText.From(Member);

    /// <summary>The rule applies to such requests and values only; null: to all.</summary>
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
