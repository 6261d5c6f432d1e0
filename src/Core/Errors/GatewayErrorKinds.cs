using System.Text.Json;

namespace Nano.Errors;

/// <summary>The names of error kinds in records and metrics.</summary>
internal static class GatewayErrorKinds
{
    private static readonly string[] Words = [.. Enum.GetValues<GatewayErrorKind>().Select(kind => Snake(kind.ToString()))];

    /// <summary><c>provider_failed</c>.</summary>
    public static string Word(GatewayErrorKind kind) => Words[(int)kind];

    /// <summary>Snake case of a name in Pascal case.</summary>
    public static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
