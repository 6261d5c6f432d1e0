using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Providers;

namespace Nano.Tests.Routing;

/// <summary>Providers for routing only; nothing is sent to them.</summary>
internal static class FakeProvider
{
    public static IReadOnlyList<Provider> Four { get; } =
    [
        Create("nano") with { KeySettings = [], DefaultBaseUrl = null },
        Create("openai", "gpt-", "o1", "o3", "o4", "chatgpt-"),
        Create("anthropic", "claude-"),
        Create("google", "gemini-") with { KeySettings = ["GOOGLE_API_KEY", "GEMINI_API_KEY"] },
        Create("xai", "grok-"),
    ];

    public static Provider Create(string id, params string[] prefixes) => new()
    {
        Id = id,
        DisplayName = "The " + id,
        KeySettings = [id.ToUpperInvariant() + "_API_KEY"],
        DefaultBaseUrl = $"https://api.{id}.test/v1",
        Naming = new PrefixNaming(prefixes),
        Dialects = [new(new UnusedDialect("fake"), (baseUrl, model, stream) => new Uri($"{baseUrl}/{model}{(stream ? "/stream" : "")}"))],
        Credentials = new UnusedCredential(),
    };

    /// <summary>Routing reads only a dialect's name.</summary>
    internal sealed class UnusedDialect(string name) : IUpstreamDialect
    {
        public string Name => name;

        public void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses) => throw Unused();

        public ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage) => throw Unused();

        public IEventReader CreateEventReader(UsageRules usage) => throw Unused();

        public ErrorDetails ReadError(ReadOnlySpan<byte> body) => throw Unused();

        private static InvalidOperationException Unused() => new("Routing reads and writes nothing.");
    }

    private sealed class UnusedCredential : CredentialScheme
    {
        public override void Sign(HttpRequestMessage message, in BodySplice body, string? key) => throw new InvalidOperationException("Routing signs nothing.");
    }
}
