namespace Nano.Panel;

/// <summary>What the panel is served by.</summary>
internal sealed record PanelEndpoints(SignInEndpoint SignIn, ProvidersEndpoint Providers, TokenEndpoint Tokens, ActivityEndpoint Activity);
