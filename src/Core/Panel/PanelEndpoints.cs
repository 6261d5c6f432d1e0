namespace Nano.Panel;

/// <summary>What the panel is served by.</summary>
internal sealed record PanelEndpoints(PanelPageEndpoint Page, SignInEndpoint SignIn, ProvidersEndpoint Providers, TokenEndpoint Tokens, ActivityEndpoint Activity,
    KeysEndpoint Keys, PoliciesEndpoint Policies, UsageEndpoint Usage);
