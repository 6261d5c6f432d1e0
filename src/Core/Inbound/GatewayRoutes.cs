using Microsoft.AspNetCore.Http;
using Nano.Pipeline;
using Nano.Providers;

namespace Nano.Inbound;

/// <summary>
/// The only route table: both hosts serve exactly these. Patterns are exact, or have one parameter: at the end
/// <c>/{**id}</c>, which takes the rest of the path, slashes included (model ids contain them), or in the middle
/// <c>/{id}/</c>, which takes one segment.
/// </summary>
public static class GatewayRoutes
{
    public const string ChatCompletions = "/v1/chat/completions";
    public const string Responses = "/v1/responses";
    public const string ResponsesTokens = "/v1/responses/input_tokens";
    public const string ResponsesCompact = "/v1/responses/compact";
    public const string StoredResponse = "/v1/responses/{id}";
    public const string StoredResponseCancel = "/v1/responses/{id}/cancel";
    public const string StoredResponseInput = "/v1/responses/{id}/input_items";
    public const string Messages = "/v1/messages";
    public const string Embeddings = "/v1/embeddings";
    public const string MessagesTokens = "/v1/messages/count_tokens";
    public const string Models = "/v1/models";
    public const string Model = "/v1/models/{**id}";
    public const string GeminiModels = "/v1beta/models";
    public const string GeminiModel = "/v1beta/models/{**id}";
    public const string Panel = "/access";
    public const string PanelFile = "/access/{**file}";
    public const string Session = "/api/session";
    public const string Providers = "/api/providers";
    public const string ProviderStatus = "/api/providers/{id}/status";
    public const string ProviderSession = "/api/providers/{id}/session";
    public const string PanelModels = "/api/models";
    public const string Activity = "/api/activity";
    public const string Keys = "/api/keys";
    public const string Key = "/api/keys/{id}";
    public const string KeyRotation = "/api/keys/{id}/rotate";
    public const string Policies = "/api/policies";
    public const string Policy = "/api/policies/{id}";
    public const string Usage = "/api/usage";
    public const string UsageExport = "/api/usage/export";
    public const string UsageRecompute = "/api/usage/recompute";
    public const string UsageOfRequest = "/api/usage/{id}";
    public const string Budgets = "/api/budgets";
    public const string Deployments = "/api/deployments";
    public const string Cache = "/api/cache";
    public const string Health = "/healthz";
    public const string Ready = "/readyz";

    /// <summary>Every route: method, pattern, and handler.</summary>
    public static IReadOnlyList<GatewayRoute> All { get; } =
    [
        new("POST", ChatCompletions, static (gateway, context, model) => gateway.Chat.HandleAsync(context, gateway.Apis.OpenAIChat, model)),
        new("POST", Responses, static (gateway, context, _) => gateway.Chat.HandleAsync(context, gateway.Apis.OpenAIResponses)),
        new("POST", ResponsesTokens, static (gateway, context, _) => gateway.Chat.HandleAsync(context, gateway.Apis.OpenAIResponses, operation: Operation.TokenCount)),
        new("POST", ResponsesCompact, static (gateway, context, _) => gateway.Chat.HandleAsync(context, gateway.Apis.OpenAIResponses, operation: Operation.Compaction)),
        new("GET", StoredResponse, static (gateway, context, id) => gateway.StoredResponses.HandleAsync(context, id, StoredResponses.Whole)),
        new("DELETE", StoredResponse, static (gateway, context, id) => gateway.StoredResponses.HandleAsync(context, id, StoredResponses.Whole)),
        new("POST", StoredResponseCancel, static (gateway, context, id) => gateway.StoredResponses.HandleAsync(context, id, StoredResponses.Cancel)),
        new("GET", StoredResponseInput, static (gateway, context, id) => gateway.StoredResponses.HandleAsync(context, id, StoredResponses.InputItems)),
        new("POST", Messages, static (gateway, context, _) => gateway.Chat.HandleAsync(context, gateway.Apis.AnthropicMessages)),
        new("POST", Embeddings, static (gateway, context, model) => gateway.Chat.HandleAsync(context, gateway.Apis.OpenAIEmbeddings, model, Operation.Embeddings)),
        new("POST", MessagesTokens, static (gateway, context, _) => gateway.Chat.HandleAsync(context, gateway.Apis.AnthropicMessages, operation: Operation.TokenCount)),
        new("POST", GeminiModel, static (gateway, context, id) => gateway.Gemini.HandleAsync(context, id)),
        new("POST", Model, static (gateway, context, id) => gateway.Gemini.HandleAsync(context, id)),
        new("GET", Models, static (gateway, context, _) => gateway.Models.ListAsync(context)),
        new("GET", Model, static (gateway, context, id) => gateway.Models.GetAsync(context, id)),
        new("GET", GeminiModels, static (gateway, context, _) => gateway.Models.ListAsync(context)),
        new("GET", GeminiModel, static (gateway, context, id) => gateway.Models.GetAsync(context, id)),
        new("GET", Panel, static (gateway, context, _) => gateway.Panel.Page.PageAsync(context)),
        new("GET", PanelFile, static (gateway, context, name) => gateway.Panel.Page.AssetAsync(context, name)),
        new("GET", Session, static (gateway, context, _) => gateway.Panel.SignIn.TellAsync(context)),
        new("POST", Session, static (gateway, context, _) => gateway.Panel.SignIn.SignInAsync(context)),
        new("DELETE", Session, static (gateway, context, _) => gateway.Panel.SignIn.SignOutAsync(context)),
        new("GET", Providers, static (gateway, context, _) => gateway.Panel.Providers.ListAsync(context)),
        new("GET", ProviderStatus, static (gateway, context, id) => gateway.Panel.Providers.StatusAsync(context, id)),
        new("POST", ProviderSession, static (gateway, context, id) => gateway.Panel.Tokens.MintAsync(context, id)),
        new("GET", PanelModels, static (gateway, context, _) => gateway.Panel.Providers.ModelsAsync(context)),
        new("GET", Activity, static (gateway, context, _) => gateway.Panel.Activity.GetAsync(context)),
        new("GET", Health, static (gateway, context, _) => gateway.Health.LiveAsync(context)),
        new("GET", Ready, static (gateway, context, _) => gateway.Health.ReadyAsync(context)),
        new("GET", Keys, static (gateway, context, _) => gateway.Panel.Keys.ListAsync(context)),
        new("POST", Keys, static (gateway, context, _) => gateway.Panel.Keys.CreateAsync(context)),
        new("GET", Key, static (gateway, context, id) => gateway.Panel.Keys.GetAsync(context, id)),
        new("PATCH", Key, static (gateway, context, id) => gateway.Panel.Keys.ChangeAsync(context, id)),
        new("DELETE", Key, static (gateway, context, id) => gateway.Panel.Keys.RemoveAsync(context, id)),
        new("POST", KeyRotation, static (gateway, context, id) => gateway.Panel.Keys.RotateAsync(context, id)),
        new("GET", Policies, static (gateway, context, _) => gateway.Panel.Policies.ListAsync(context)),
        new("POST", Policies, static (gateway, context, _) => gateway.Panel.Policies.CreateAsync(context)),
        new("GET", Policy, static (gateway, context, id) => gateway.Panel.Policies.GetAsync(context, id)),
        new("PATCH", Policy, static (gateway, context, id) => gateway.Panel.Policies.ChangeAsync(context, id)),
        new("DELETE", Policy, static (gateway, context, id) => gateway.Panel.Policies.RemoveAsync(context, id)),
        new("GET", Usage, static (gateway, context, _) => gateway.Panel.Usage.ReportAsync(context)),
        new("GET", UsageExport, static (gateway, context, _) => gateway.Panel.Usage.ExportAsync(context)),
        new("POST", UsageRecompute, static (gateway, context, _) => gateway.Panel.Usage.RecomputeAsync(context)),
        new("DELETE", Cache, static (gateway, context, _) => gateway.Panel.Cache.PurgeAsync(context)),
        new("GET", UsageOfRequest, static (gateway, context, id) => gateway.Panel.Usage.FindAsync(context, id)),
        new("GET", Budgets, static (gateway, context, _) => gateway.Panel.Budgets.ListAsync(context)),
        new("GET", Deployments, static (gateway, context, _) => gateway.Panel.Deployments.ListAsync(context)),
        new("POST", Deployments, static (gateway, context, _) => gateway.Panel.Deployments.DrainAsync(context)),
    ];
}

/// <param name="Method">HTTP method; a GET route also serves HEAD.</param>
/// <param name="Pattern">See <see cref="GatewayRoutes"/>.</param>
/// <param name="Serve">Takes the gateway, the context, and the parameter if the pattern has one.</param>
public sealed record GatewayRoute(string Method, string Pattern, Func<Gateway, HttpContext, string, Task> Serve)
{
    /// <summary>The path up to the parameter, including the slash; the whole path if there is no parameter.</summary>
    public string Prefix { get; } = Pattern.IndexOf('{') is >= 0 and var at ? Pattern[..at] : Pattern;

    /// <summary>The path after the parameter, including the slash.</summary>
    public string Suffix { get; } = Pattern[(Pattern.IndexOf('}') + 1)..] is { } rest && rest.Length < Pattern.Length ? rest : "";

    /// <summary>The pattern as messages write it: <c>/v1/models/{id}</c>.</summary>
    public string Shown => Pattern.Replace("{**", "{", StringComparison.Ordinal);

    /// <summary>Error messages list it. The panel's files and its API are not listed: they do not help a caller with a wrong path.</summary>
    public bool IsPublic => !Pattern.StartsWith("/access/", StringComparison.Ordinal) && !Pattern.StartsWith("/api/", StringComparison.Ordinal);

    public bool HasParameter => Prefix.Length < Pattern.Length;

    /// <summary>The parameter can contain slashes.</summary>
    private bool TakesSlashes => Pattern.Contains("{**", StringComparison.Ordinal);

    /// <summary>For a pattern with a parameter: whether a path matches it, and the parameter's value.</summary>
    public bool TryMatch(string path, out string parameter)
    {
        parameter = "";
        if (path.Length <= Prefix.Length + Suffix.Length || !path.StartsWith(Prefix, StringComparison.Ordinal) || !path.EndsWith(Suffix, StringComparison.Ordinal)) return false;
        var value = path.AsSpan(Prefix.Length, path.Length - Prefix.Length - Suffix.Length);
        if (!TakesSlashes && value.Contains('/')) return false;
        parameter = value.ToString();
        return true;
    }
}
