using Nano.Dialects;

namespace Nano.Providers.Echo;

/// <summary>
/// <c>nano/echo</c>, the built-in model: the first run works without a key or a network. Its requests take the same path as
/// all others; only the last step, the transport, stays inside the process.
/// </summary>
internal static class EchoProvider
{
    /// <summary>The part after the slash of <c>nano/echo</c>.</summary>
    public const string Model = "echo";

    /// <summary>No server can have this name (RFC 2606): a request that leaves the process by mistake reaches no host.</summary>
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
