namespace Nano.Pipeline;

/// <summary>The session that a request belongs to, as the caller's headers name it.</summary>
internal static class ClientSession
{
    private const int MaxLength = 128;
    private const string Own = "x-nano-session";

    /// <summary>The headers in which agents name their session (Claude Code, Codex).</summary>
    private static readonly string[] Agents = ["x-claude-code-session-id", "session-id", "session_id", "thread-id"];

    /// <summary>
    /// For the choice of a deployment: the gateway's own header, else the agent's. Its requests then stay at one deployment, which has their prompt
    /// cache, and can read the encrypted reasoning that they repeat. Null for none.
    /// </summary>
    public static string? ForPlan(Exchange exchange) => exchange.Header(Own) ?? OfAgent(exchange);

    /// <summary>The agent's session; null for none, or for a value that is not a short name.</summary>
    public static string? OfAgent(Exchange exchange)
    {
        foreach (var name in Agents)
            if (exchange.Header(name) is { Length: > 0 } session)
                return session.Length <= MaxLength && !session.AsSpan().ContainsAnyExceptInRange('!', '~') ? session : null;
        return null;
    }
}
