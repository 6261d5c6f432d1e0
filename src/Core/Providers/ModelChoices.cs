
namespace Nano.Providers;

/// <summary>
/// The parts of a request, besides <c>model</c>, that choose models at a provider. A caller with a model limit may not send
/// them, because they would bypass the limit. Data, from the provider's own documentation.
/// </summary>
internal sealed record ModelChoices
{
    /// <summary>
    /// Members by which gateways choose models (LiteLLM, OpenRouter, Vercel AI Gateway, AssemblyAI, Keywords AI). They apply to
    /// every provider: any base URL can be set to such a gateway, and no provider uses these members for anything else.
    /// </summary>
    public static IReadOnlyList<string> OfGateways { get; } =
    [
        "models", "route", "router", "preset", "plugins", "fallbacks", "fallback_models", "fallback_config", "default_fallbacks",
        "context_window_fallbacks", "content_policy_fallbacks", "model_list", "loadbalance_models", "provider_options",
    ];

    /// <summary>Only the members that gateways have in common.</summary>
    public static ModelChoices None { get; } = new();

    /// <summary>
    /// Members by their path from the top, beyond <see cref="OfGateways"/>: <c>compound_custom.models</c>. A path passes through
    /// the elements of lists. Name comparison ignores case and underscores, since servers differ in both.
    /// </summary>
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>
    /// Values of <c>tools[].type</c> of tools that the provider runs with another model, named or not. Tools that name a model
    /// need not be listed.
    /// </summary>
    public IReadOnlyList<string> Tools { get; init; } = [];

    /// <summary>
    /// The only top-level members that a limited caller may send to an unknown server; null allows all but the above.
    /// A server with such a list runs none of its own tools for limited callers.
    /// </summary>
    public IReadOnlyList<string>? Only { get; init; }
}
