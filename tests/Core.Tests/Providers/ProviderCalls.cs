using Nano.Dialects;
using Nano.Providers;
using Nano.Routing;

namespace Nano.Tests.Providers;

/// <summary>Helpers for tests of a provider: addresses and signatures without a deployment.</summary>
internal static class ProviderCalls
{
    /// <summary>The address in the first dialect that serves the model.</summary>
    public static Uri Address(this Provider provider, string baseUrl, string model, bool stream) =>
        provider.Serving(model).Address(baseUrl, model, stream);

    /// <summary>The address in one of the provider's dialects.</summary>
    public static Uri Address(this Provider provider, string baseUrl, string model, bool stream, IUpstreamDialect dialect) =>
        provider.Dialects.First(spec => spec.Dialect == dialect).Address(baseUrl, model, stream);

    /// <summary>The address of a Chat request without tools from a caller of OpenAI Chat.</summary>
    public static Uri ChatAddress(this Deployment deployment, bool stream) => deployment.Choose("openai-chat", Operation.Chat, default)!.Address(stream);

    /// <summary>The first dialect that serves the model.</summary>
    public static ModelDialect Serving(this Provider provider, string model) => provider.Dialects.First(dialect => dialect.Serves(model));

    public static void Sign(this Provider provider, HttpRequestMessage message, string? key) => provider.Credentials.Sign(message, default, key);
}
