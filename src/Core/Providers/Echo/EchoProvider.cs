using System.Net.Http.Headers;
using Nano.Chat;
using Nano.Dialects;

namespace Nano.Providers.Echo;

/// <summary>
/// <c>nano/echo</c>, the model that is built in: it makes the first run work without a key or a network. Its requests
/// take the path of every other one; only the last step, the transport, stays inside the process.
/// </summary>
public sealed class EchoProvider(IDialect chat, TimeProvider time) : IProvider
{
    /// <summary>The part behind the slash of <c>nano/echo</c>.</summary>
    public const string Model = "echo";

    /// <summary>Nothing listens there (RFC 2606): a request that leaves the process by mistake reaches nobody.</summary>
    private static readonly Uri Address = new("http://echo.nano.invalid/v1/chat/completions");

    public string Id => "nano";

    public string DisplayName => "Nano (built in)";

    public IReadOnlyList<string> KeySettings => [];

    public string? DefaultBaseUrl => null;

    public IReadOnlyList<string> ModelPrefixes => [];

    public IUpstreamDialect Dialect => chat;

    public UsageRules Usage => UsageRules.OpenAI;

    public bool StreamUsageOnRequest => true;

    public HttpMessageInvoker Transport { get; } = new(new EchoHandler(time));

    public Uri BuildUri(string baseUrl, string model, bool stream) => Address;

    public void Sign(HttpRequestHeaders headers, string? key)
    {
    }
}
