using System.Runtime.CompilerServices;
using Nano.State.Redis;

namespace Nano.State;

/// <summary>The address of the state store, from the setting <c>STATE_STORE</c>.</summary>
/// <param name="Kind">One of the constants; <see cref="None"/> for no store.</param>
/// <param name="Value">The part after the colon.</param>
internal sealed record StateAddress(string Kind, string Value)
{
    public const string Setting = "STATE_STORE";

    public const string None = "none";
    public const string Sqlite = "sqlite";
    public const string Redis = "redis";
    public const string Table = "table";

    /// <summary>A switch of the runtime's configuration: false in a host without the packages of SQLite (Functions.csproj).</summary>
    private const string SqliteSwitch = "Nano.Sqlite";

    /// <summary>A value that replaces the address: the emulator on this machine.</summary>
    private const string Emulator = "UseDevelopmentStorage=true";

    /// <summary>The default database on a laptop: only the first virtual key creates it.</summary>
    public const string Laptop = "nano.db";

    /// <summary>Only virtual keys create it.</summary>
    public bool IsLazy => Kind == Sqlite && Value == Laptop;

    private static readonly StateAddress Nothing = new(None, "");

    private static bool HasSqlite => !AppContext.TryGetSwitch(SqliteSwitch, out var isOn) || isOn;

    /// <summary>A value of the setting that this build accepts, for errors.</summary>
    public static string Example => ExampleOf(HasSqlite);

    internal static string ExampleOf(bool hasSqlite) => hasSqlite ? $"{Sqlite}:{Laptop}" : $"{Table}:https://ACCOUNT.table.core.windows.net";

    /// <param name="mistakes">Receives the errors in the setting.</param>
    public static StateAddress Read(IReadOnlyDictionary<string, string> settings, List<string> mistakes) =>
        Read(settings, mistakes, RuntimeFeature.IsDynamicCodeSupported, HasSqlite);

    /// <param name="hasTables">The client of Azure Table Storage works: not in a native build.</param>
    /// <param name="hasSqlite">SQLite is part of the build: not of the Functions app.</param>
    internal static StateAddress Read(IReadOnlyDictionary<string, string> settings, List<string> mistakes, bool hasTables, bool hasSqlite)
    {
        if (!settings.TryGetValue(Setting, out var value) || string.IsNullOrWhiteSpace(value)) return Nothing;
        value = value.Trim();
        if (value.Equals(None, StringComparison.OrdinalIgnoreCase)) return Nothing;
        var colon = value.IndexOf(':');
        var (kind, rest) = colon < 0 ? (value, "") : (value[..colon].ToLowerInvariant(), value[(colon + 1)..].Trim());
        if (kind == Sqlite && rest.Length > 0)
        {
            if (hasSqlite) return new StateAddress(kind, rest);
            mistakes.Add($"{Setting}: the Functions app contains no SQLite. Use {ExampleOf(false)} (on a laptop {Table}:{Emulator} with Azurite) or redis:HOST:PORT, or LocalHost, which has SQLite.");
            return Nothing;
        }
        if (kind == Redis && rest.Length > 0)
        {
            if (new RedisAddress(rest).Problem() is not { } problem) return new StateAddress(kind, rest);
            mistakes.Add($"{Setting}: {problem}");
            return Nothing;
        }
        if (kind == Table && IsTable(rest))
        {
            if (hasTables) return new StateAddress(kind, rest);
            mistakes.Add($"{Setting}: Azure Table Storage does not work in this build of the gateway (native). Use sqlite:PATH or redis:HOST:PORT, or the other build.");
            return Nothing;
        }
        mistakes.Add($"{Setting} must be none, {(hasSqlite ? "sqlite:PATH, " : "")}redis:HOST:PORT[,options], table:https://ACCOUNT.table.core.windows.net, or table:{Emulator}.");
        return Nothing;
    }

    /// <summary>Account keys are not accepted: the gateway signs in with its identity.</summary>
    private static bool IsTable(string value) =>
        value.Equals(Emulator, StringComparison.OrdinalIgnoreCase)
        || value.Contains("AccountName=devstoreaccount1;", StringComparison.Ordinal)
        || (Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps && address.AbsolutePath == "/" && address.Query.Length == 0);

    /// <summary>It may contain a password.</summary>
    public override string ToString() => Kind;
}
