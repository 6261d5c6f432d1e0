using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Reports and writes the extras at the top level of a request, by the table of the dialect that is written. Stateless: a
/// request has few of them, and most have none.
/// </summary>
internal readonly struct RequestExtras
{
    private readonly ChatRequest _request;
    private readonly IReadOnlyList<ExtraMember> _members;
    private readonly ExtraRules? _rules;

    public RequestExtras(ChatRequest request, ExtraTable table)
    {
        _request = request;
        _members = request.Extras?.Members ?? [];
        // Null: of the same dialect.
        _rules = request.Extras is not { } extras ? ExtraRules.None : extras.Origin == table.Target ? null : table[extras.Origin];
    }

    /// <summary>The value of a member that the writer converts (<see cref="ExtraUse.Convert"/>) or copies; absent otherwise.</summary>
    public JsonSlice Find(ReadOnlySpan<byte> name)
    {
        // The last of two members with the same name applies.
        for (var i = _members.Count - 1; i >= 0; i--)
            if (_members[i].Name.Is(name) && UseOf(_members[i]) is ExtraUse.Convert or ExtraUse.Copy) return _members[i].Value;
        return default;
    }

    /// <summary>Reports the dropped members.</summary>
    public void Report(LossReport losses)
    {
        for (var i = 0; i < _members.Count; i++)
            if (UseOf(_members[i]) is null) losses.Drop(_members[i].Name.ToString());
    }

    /// <summary>Writes the members that keep their names.</summary>
    public void Write(JsonOutput output)
    {
        for (var i = 0; i < _members.Count; i++)
        {
            if (UseOf(_members[i]) != ExtraUse.Copy) continue;
            output.Name(_members[i].Name);
            output.Raw(_members[i].Value);
        }
    }

    private ExtraUse? UseOf(in ExtraMember member) =>
        _rules is null ? ExtraUse.Copy
        // The neutral model has it, or it is absent.
        : member.IsCarried || !member.Value.HasValue ? ExtraUse.Ignore
        : _rules.UseOf(_request, member);
}
