namespace Nano.State;

/// <summary>The names of rows. A partition is the state of one organization, except for <see cref="Registry"/>.</summary>
internal static class StateKeys
{
    /// <summary>The partition of the virtual keys and policies of all organizations.</summary>
    public const string Registry = "registry";

    /// <summary>Exists in every partition of an organization that was used: if it is missing, the store has lost its rows.</summary>
    public const string Head = "h";

    public const string Attempts = "a|", AttemptsEnd = "a}";
    public const string Leases = "o|", LeasesEnd = "o}";
    public const string Counters = "c|", CountersEnd = "c}";

    /// <summary>The cost of a scope's deleted attempts.</summary>
    public static string Deleted(string scope) => "d|" + scope;

    public static string Organization(string name) => "org:" + name;

    public static string Attempt(string id) => Attempts + id;

    public static string Lease(string id) => Leases + id;

    public static string Counter(string scope, string window) => $"c|{scope}|{window}";

    public static string Rate(string scope, string kind) => $"t|{scope}|{kind}";

    /// <summary>The id of an attempt: it sorts by the request, then by the number.</summary>
    public static string AttemptId(string request, int number) => number == 0 ? request + "|000" : $"{request}|{number:D3}";
}
