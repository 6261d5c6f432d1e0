using Nano.Errors;

namespace Nano.Dialects.Shared;

/// <summary>Finish reasons that name a failure, in any dialect: such a response cannot be used, although its status is 200.</summary>
internal static class FailedFinish
{
    private const int MaxLength = 64;

    /// <summary>Parts of such values (<c>network_error</c>, <c>engine_overloaded</c>, <c>insufficient_system_resource</c>, <c>rate_limit</c>, <c>malformed_tool_use</c>).</summary>
    private static readonly string[] Names =
    [
        "error", "fail", "abort", "cancel", "overload", "insufficient", "timeout", "timedout", "unavailable", "exception", "interrupt", "disconnect", "crash",
        "malformed", "invalid", "ratelimit", "quota", "throttl", "capacity", "preempt", "killed", "panic",
    ];

    /// <summary>Case and separators are ignored.</summary>
    public static bool Is(ReadOnlySpan<byte> word)
    {
        Span<char> letters = stackalloc char[MaxLength];
        var length = 0;
        foreach (var c in word)
            if (char.IsAsciiLetter((char)c) && length < MaxLength) letters[length++] = char.ToLowerInvariant((char)c);
        ReadOnlySpan<char> plain = letters[..length];
        foreach (var name in Names)
            if (plain.Contains(name, StringComparison.Ordinal)) return true;
        return false;
    }

    /// <param name="reason">The provider's own value.</param>
    public static ErrorDetails Details(string reason) => new($"The provider ended its response with the finish reason '{reason}'.", null, reason, null);

    /// <inheritdoc cref="Details"/>
    public static GatewayError Error(string reason)
    {
        var details = Details(reason);
        var status = ErrorStatus.Of(details);
        return new GatewayError(status is 429 or 503 ? GatewayErrorKind.ProviderLimited : GatewayErrorKind.ProviderFailed, status, details.Message!) { Code = reason };
    }
}
