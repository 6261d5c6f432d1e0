namespace Nano.LocalHost.Tests.Replay;

/// <summary>
/// Recordings whose replay differs from the recording, each with the reason. Fewer than one in a hundred,
/// and each is checked to differ still.
/// </summary>
internal static class ReplayExceptions
{
    public static IReadOnlyDictionary<string, string> Reasons { get; } = new Dictionary<string, string>
    {
    };
}
