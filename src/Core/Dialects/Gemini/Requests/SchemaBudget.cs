namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// What writing out references may cost in all schemas of one request: they multiply, and a caller may send thousands of
/// tools that each do. What goes beyond is cut like a cycle.
/// </summary>
internal sealed class SchemaBudget
{
    private const int MaxReferences = 10_000;
    private const long MaxGrowth = 1024 * 1024;

    /// <summary>Bytes that may be searched for what references name; a schema of many megabytes cannot have many of them.</summary>
    private const long MaxSearch = 64L * 1024 * 1024;

    private readonly Stack<SchemaMembers> _spare = new();
    private long _searched;

    /// <summary>References written out so far.</summary>
    public int Opened { get; set; }

    /// <summary>Bytes that finished schemas became longer by.</summary>
    public long Grown { get; set; }

    public bool Allows(long growth) => Opened < MaxReferences && Grown + growth <= MaxGrowth;

    /// <summary>For one place of a schema, until <see cref="Return"/>: a request has hundreds of places, and few of them are open at a time.</summary>
    public SchemaMembers Rent(SchemaWriter schema)
    {
        var members = _spare.TryPop(out var spare) ? spare : new SchemaMembers();
        members.Begin(schema);
        return members;
    }

    public void Return(SchemaMembers members) => _spare.Push(members);

    public bool Search(long bytes) => (_searched += bytes) <= MaxSearch;
}
