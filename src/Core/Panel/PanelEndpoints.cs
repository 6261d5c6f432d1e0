namespace Nano.Panel;

/// <summary>The endpoints of the panel.</summary>
internal sealed record PanelEndpoints(PanelPageEndpoint Page, SignInEndpoint SignIn, ProvidersEndpoint Providers, TokenEndpoint Tokens, ActivityEndpoint Activity);
