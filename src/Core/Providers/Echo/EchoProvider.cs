using Nano.Dialects;

namespace Nano.Providers.Echo;

/// <summary>
/// <c>nano/echo</c>, the built-in model: it makes the first run work without a key or a network. Its requests take the path of
/// every other one; only the last step, the transport, stays inside the process.
/// </summary>
internal static class EchoProvider
{
    /// <summary>The part after the slash of <c>nano/echo</c>.</summary>
    public const string Model = "echo";

    /// <summary>No server can have this name (RFC 2606): a request that left the process by mistake would reach no host.</summary>
    private static readonly Uri Address = new("http://echo.nano.invalid/v1/chat/completions");

    public static Provider Create(IDialect chat, TimeProvider time) => new()
    {
        Id = "nano",
        DisplayName = "Nano (built in)",
        Dialects = [new(chat, static (_, _, _) => Address) { StreamUsageOnRequest = true }],
        Credentials = NoCredential.Instance,
        Transport = new(new EchoHandler(time)),
    };
}
