using Nano.Json;

namespace Nano.Chat;

/// <summary>One member that the neutral model has no name for.</summary>
internal readonly record struct ExtraMember(JsonText Name, JsonSlice Value)
{
    /// <summary>
    /// The neutral model has this member too: it is kept whole only so that its own dialect can write it unchanged.
    /// Other dialects skip it and report its <see cref="Lost"/> members.
    /// </summary>
    public bool IsCarried { get; init; }

    /// <summary>The members of a converted object without a neutral name; null if there are none.</summary>
    public Extras? Lost { get; init; }
}

/// <summary>
/// Extras of one JSON object: the members that its reader did not model, tagged with their dialect. A writer of the same
/// dialect writes them back; a writer of another dialect either converts a member (<see cref="Find"/>) or names it in
/// the loss report (<see cref="LossReport.DropExtras"/>).
/// </summary>
internal sealed class Extras(string origin)
{
    private readonly List<ExtraMember> _members = [];

    /// <summary>The name of the dialect that read these (<c>IDialect.Name</c>).</summary>
    public string Origin { get; } = origin;

    public IReadOnlyList<ExtraMember> Members => _members;

    public void Add(JsonText name, JsonSlice value) => _members.Add(new ExtraMember(name, value));

    /// <summary>The value of a member, absent when there is none.</summary>
    public JsonSlice Find(ReadOnlySpan<byte> name)
    {
        foreach (var member in _members)
            if (member.Name.Is(name)) return member.Value;
        return default;
    }

    /// <summary>Removes a member and returns its value; absent when there is none.</summary>
    public JsonSlice Take(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < _members.Count; i++)
        {
            if (!_members[i].Name.Is(name)) continue;
            var value = _members[i].Value;
            _members.RemoveAt(i);
            return value;
        }
        return default;
    }

    /// <summary>Empties the list for the next event, so that a stream allocates only one.</summary>
    public void Clear() => _members.Clear();

    /// <summary>Adds to <paramref name="extras"/>, which is created for the first extra of its object.</summary>
    public static void Add(ref Extras? extras, string origin, JsonText name, JsonSlice value) =>
        (extras ??= new Extras(origin)).Add(name, value);

    /// <summary>Keeps a converted object whole; <paramref name="lost"/> are its members that were not converted.</summary>
    public static void AddCarried(ref Extras? extras, string origin, JsonText name, JsonSlice value, Extras? lost) =>
        (extras ??= new Extras(origin))._members.Add(new ExtraMember(name, value) { IsCarried = true, Lost = lost });
}

/// <summary>How writers use extras.</summary>
internal static class ExtrasExtensions
{
    /// <summary>Writes the extras as members of the open object when they come from the dialect <paramref name="own"/>.</summary>
    public static void WriteTo(this Extras? extras, JsonOutput output, string own)
    {
        if (extras is null || extras.Origin != own) return;
        foreach (var member in extras.Members)
        {
            output.Name(member.Name);
            output.Raw(member.Value);
        }
    }

    /// <summary>An extra of the dialect <paramref name="origin"/>, absent when there is none or it is <c>null</c>.</summary>
    public static JsonSlice From(this Extras? extras, string origin, ReadOnlySpan<byte> name)
    {
        if (extras is null || extras.Origin != origin) return default;
        var value = extras.Find(name);
        return value.HasValue ? value : default;
    }
}
