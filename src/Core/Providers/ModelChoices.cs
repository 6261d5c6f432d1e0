
namespace Nano.Providers;

/// <summary>
/// What of a request, besides <c>model</c>, chooses the models that serve it at a provider. A caller whose models are
/// limited may not send it: it would choose past the limit. Data, from the provider's own documentation.
/// </summary>
internal sealed record ModelChoices
{
    /// <summary>
    /// Members by which gateways choose models (LiteLLM, OpenRouter, Vercel AI Gateway, AssemblyAI, Keywords AI). They count at
    /// every provider: the base URL of each can be set to such a gateway, and no provider takes them for anything else.
    /// </summary>
    public static IReadOnlyList<string> OfGateways { get; } =
    [
        "models", "route", "router", "preset", "plugins", "fallbacks", "fallback_models", "fallback_config", "default_fallbacks",
        "context_window_fallbacks", "content_policy_fallbacks", "model_list", "loadbalance_models", "provider_options",
    ];

    /// <summary>Only what gateways have in common.</summary>
    public static ModelChoices None { get; } = new();

    /// <summary>
    /// Members by their path from the top, beyond <see cref="OfGateways"/>: <c>compound_custom.models</c>. A path leads through
    /// the elements of lists. Names are compared without regard to case and underscores, since servers differ in both.
    /// </summary>
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>
    /// Values of <c>tools[].type</c> of tools that the provider runs with another model, named or not. Tools that name a model
    /// count without being listed.
    /// </summary>
    public IReadOnlyList<string> Tools { get; init; } = [];

    /// <summary>
    /// The only top-level members that a limited caller may send, where nothing is known of the server; null: all but
    /// the above. A server with such a list runs no tools of its own for limited callers.
    /// </summary>
    public IReadOnlyList<string>? Only { get; init; }
}
