namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// The limits on expanding references in all schemas of one request: expansions multiply, and a caller may send thousands of
/// such tools. Beyond the limits a reference is cut like a cycle.
/// </summary>
internal sealed class SchemaBudget
{
    private const int MaxReferences = 10_000;
    private const long MaxGrowth = 1024 * 1024;

    /// <summary>The number of bytes that may be searched for the targets of references; a schema of many megabytes cannot have many of them.</summary>
    private const long MaxSearch = 64L * 1024 * 1024;

    private readonly Stack<SchemaMembers> _spare = new();

    /// <summary>Bytes searched so far.</summary>
    public long Searched { get; private set; }

    /// <summary>The number of references expanded so far.</summary>
    public int Opened { get; set; }

    /// <summary>The number of bytes by which finished schemas have grown.</summary>
    public long Grown { get; set; }

    public bool Allows(long growth) => Opened < MaxReferences && Grown + growth <= MaxGrowth;

    /// <summary>Rents an object for one position of a schema, until <see cref="Return"/>: a request has hundreds of positions, of which few are open at a time.</summary>
    public SchemaMembers Rent(SchemaWriter schema)
    {
        var members = _spare.TryPop(out var spare) ? spare : new SchemaMembers();
        members.Begin(schema);
        return members;
    }

    public void Return(SchemaMembers members) => _spare.Push(members);

    public bool Search(long bytes) => (Searched += bytes) <= MaxSearch;

    /// <summary>Counts a schema that is known already, if the budget allows all of it.</summary>
    public bool TryTake(int opened, long growth)
    {
        if (Opened + opened > MaxReferences || Grown + growth > MaxGrowth) return false;
        (Opened, Grown) = (Opened + opened, Grown + growth);
        return true;
    }
}
