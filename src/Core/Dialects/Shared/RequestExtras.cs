using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Reports and writes the top-level members of a request that the neutral model has no name for, by the table of the dialect
/// that is written. No state: a request has few of them, and most have none.
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

    /// <summary>The value of a member that the writer has another way to express (<see cref="ExtraUse.Convert"/>), or writes as it came; absent otherwise.</summary>
    public JsonSlice Find(ReadOnlySpan<byte> name)
    {
        // Of two with one name the last one counts.
        for (var i = _members.Count - 1; i >= 0; i--)
            if (_members[i].Name.Is(name) && UseOf(_members[i]) is ExtraUse.Convert or ExtraUse.Copy) return _members[i].Value;
        return default;
    }

    /// <summary>Names what is dropped.</summary>
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
