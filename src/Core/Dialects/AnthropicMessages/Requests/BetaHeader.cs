using Nano.Chat;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>
/// The header <c>anthropic-beta</c>: Anthropic's features, most of which belong to a member of the request. It is forwarded only to
/// Anthropic; for other providers its values are dropped with their members, and reported.
/// </summary>
internal static class BetaHeader
{
    public const string Name = "anthropic-beta";

    /// <summary>A limit on the number of values, above what any client sends.</summary>
    private const int MaxValues = 32;

    /// <summary>Values that identify the client and request no feature.</summary>
    private static readonly string[] Idle = ["claude-code-", "oauth-"];

    public static void Drop(Func<string, string?> header, LossReport losses)
    {
        if (header(Name) is not { } values) return;
        var count = 0;
        foreach (var range in values.AsSpan().Split(','))
        {
            var value = values.AsSpan(range).Trim();
            if (value.IsEmpty || IsIdle(value)) continue;
            if (++count > MaxValues) return;
            losses.Drop($"{Name}:{value}");
        }
    }

    private static bool IsIdle(ReadOnlySpan<char> value)
    {
        foreach (var prefix in Idle)
            if (value.StartsWith(prefix, StringComparison.Ordinal)) return true;
        return false;
    }
}
