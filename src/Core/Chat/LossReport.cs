using System.Text;
using Nano.Json;

namespace Nano.Chat;

/// <summary>
/// The members that could not be converted from the caller's dialect to the target's, and those that were
/// emulated. Becomes the header <c>x-nano-loss: dropped=logit_bias; emulated=response_format</c>, a log line and a
/// counter; with <c>x-nano-strict: true</c> a loss is a 400 before anything is sent.
/// </summary>
/// <param name="rename">Maps the names that codecs use to the caller's names; null if they are the same.</param>
internal sealed class LossReport(Func<string, string>? rename = null)
{
    private const int MaxEntries = 64;

    private List<string>? _dropped;
    private List<string>? _emulated;

    /// <summary>Total number of entries.</summary>
    public int Count => (_dropped?.Count ?? 0) + (_emulated?.Count ?? 0);

    public bool IsEmpty => _dropped is null && _emulated is null;

    public IReadOnlyList<string> Dropped => _dropped ?? [];

    public IReadOnlyList<string> Emulated => _emulated ?? [];

    /// <summary>The target has no such member. <paramref name="member"/> is a path in the source's own values: <c>logit_bias</c>, <c>messages.name</c>.</summary>
    public void Drop(string member) => Add(ref _dropped, member);

    /// <summary>The target cannot express this value, and the value has an effect.</summary>
    /// <param name="idle">The value that has no effect; null if every value has one.</param>
    public void DropUnlessIdle(JsonSlice value, string member, double? idle = null)
    {
        if (value.HasValue && !(idle is { } nothing && value.AsDouble() == nothing)) Drop(member);
    }

    /// <summary>The target has no such member; its effect was reached by other means.</summary>
    public void Emulate(string member) => Add(ref _emulated, member);

    /// <summary>
    /// Reports every extra that belongs to another dialect than <paramref name="own"/>, is not <c>null</c>, and is not in
    /// <paramref name="carried"/> (members that the writer converted, or that have no meaning for the target). For an extra with
    /// <see cref="ExtraMember.IsCarried"/>, reports only its lost members.
    /// </summary>
    public void DropExtras(Extras? extras, string own, string path, params ReadOnlySpan<string> carried)
    {
        if (extras is null || extras.Origin == own) return;
        foreach (var member in extras.Members)
        {
            if (!member.Value.HasValue || (member.Value.IsFalse && path == "messages")) continue;
            var name = member.Name.ToString();
            if (carried.Contains(name)) continue;
            var inner = path.Length == 0 ? name : $"{path}.{name}";
            if (member.IsCarried) DropExtras(member.Lost, own, inner);
            else Drop(inner);
        }
    }

    public void Clear() => _dropped = _emulated = null;

    /// <summary>The value of <c>x-nano-loss</c>: visible ASCII only, whatever the names contained.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text, "dropped=", _dropped);
        Append(text, "emulated=", _emulated);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string label, List<string>? names)
    {
        if (names is null) return;
        if (text.Length > 0) text.Append("; ");
        text.Append(label);
        for (var i = 0; i < names.Count; i++)
        {
            if (i > 0) text.Append(',');
            foreach (var c in names[i].AsSpan(0, Math.Min(names[i].Length, 100)))
                text.Append(char.IsAsciiLetterOrDigit(c) || "_.-[]:/$".Contains(c) ? c : '?');
        }
    }

    private void Add(ref List<string>? names, string member)
    {
        names ??= [];
        if (rename is not null) member = rename(member);
        if (names.Contains(member)) return;
        if (names.Count < MaxEntries) names.Add(member);
        else if (names.Count == MaxEntries) names.Add("more");
    }
}
