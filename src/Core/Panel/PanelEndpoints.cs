namespace Nano.Panel;

/// <summary>The endpoints of the panel and of the API that manages the gateway.</summary>
internal sealed record PanelEndpoints(PanelPageEndpoint Page, SignInEndpoint SignIn, ProvidersEndpoint Providers, TokenEndpoint Tokens, ActivityEndpoint Activity,
    KeysEndpoint Keys, PoliciesEndpoint Policies, UsageEndpoint Usage, BudgetsEndpoint Budgets, DeploymentsEndpoint Deployments, CacheEndpoint Cache);
