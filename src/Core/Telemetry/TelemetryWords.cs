using Nano.Errors;

namespace Nano.Telemetry;

/// <summary>Values of tags for which callers and providers must not be able to invent new ones.</summary>
internal static class TelemetryWords
{
    /// <summary>The gateway has few codes of its own; a provider's error is named by its kind.</summary>
    public static string Error(UsageRecord record) => Error(record.ErrorKind, record.Error) ?? GatewayErrorKinds.Snake(record.Outcome.ToString());

    /// <summary>Null when there is no error.</summary>
    public static string? Error(GatewayErrorKind? kind, string? error) => kind is >= GatewayErrorKind.ProviderRejected and var of ? GatewayErrorKinds.Word(of) : error;
}

/// <summary>Why an attempt was made.</summary>
internal enum AttemptKind
{
    First,
    /// <summary>After an attempt that failed.</summary>
    Retry,
    /// <summary>In parallel with an attempt that is late.</summary>
    Hedge,
}

internal static class AttemptKinds
{
    public static string Name(AttemptKind kind) => kind switch { AttemptKind.First => "first", AttemptKind.Retry => "retry", _ => "hedge" };
}
