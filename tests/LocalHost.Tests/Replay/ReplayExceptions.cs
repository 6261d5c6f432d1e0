namespace Nano.LocalHost.Tests.Replay;

/// <summary>
/// Recordings whose replay says something else than the recording, each with the reason. Fewer than one in a hundred,
/// and each is held to deviate still.
/// </summary>
internal static class ReplayExceptions
{
    public static IReadOnlyDictionary<string, string> Reasons { get; } = new Dictionary<string, string>
    {
    };
}
