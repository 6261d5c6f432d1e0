using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Configuration;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;
using Nano.Routing;
using Nano.State;

namespace Nano.Panel;

/// <summary><c>POST /api/providers/{id}/session</c>: creates a session token for a provider's models, or some of them.</summary>
internal sealed class TokenEndpoint(PanelGate gate, GatewayKey gatewayKey, CallerTokens tokens, Router router, GatewayOptions options)
{
    private const int MinSeconds = 60;
    private const int DefaultSeconds = 15 * 60;
    private const int MaxSeconds = 24 * 60 * 60;
    private const int MaxModels = 32;
    private const int MaxRequestsPerMinute = 100_000;

    /// <param name="id">The provider, as in the path.</param>
    public Task MintAsync(HttpContext context, string id) => gate.ServeOwnerAsync(context, output => MintAsync(context, id, output), status: 201);

    private async ValueTask<GatewayError?> MintAsync(HttpContext context, string id, JsonOutput output)
    {
        if (router.FindProvider(id) is not { } provider) return ProvidersEndpoint.NotFound(router, id);
        var asked = new Asked(provider, router);
        if (await gate.ReadAsync(context, isOptional: true, asked.Take) is { } unread) return unread;
        var (key, problem) = await gatewayKey.ReadAsync(context.RequestAborted);
        if (key is null) return problem;
        var token = tokens.Mint(key, asked.Scope, TimeSpan.FromSeconds(asked.Seconds));
        if (token.Text.Length > TokenKey.MaxLength) return GatewayError.Invalid("The names of these models make the token too long. Name fewer.", "models");

        output.BeginObject();
        output.Member("token"u8, token.Text);
        output.Member("token_type"u8, "Bearer");
        output.Member("expires_at"u8, token.ExpiresAt);
        output.Member("expires_in"u8, asked.Seconds);
        output.Member("provider"u8, provider.Id);
        output.Member("models"u8, asked.Scope.Models);
        output.Member("requests_per_minute"u8, asked.Scope.RequestsPerMinute);
        output.Name("cache"u8);
        if (asked.Scope.Cache is { } cache) CacheRuleRequest.Write(cache, output);
        else output.Null();
        output.Member("base_url"u8, BaseUrl.Of(context.Request, options));
        output.EndObject();
        return null;
    }

    /// <summary>What the caller asks for. Unknown members are refused: they may have been meant as limits.</summary>
    private sealed class Asked(Provider provider, Router router)
    {
        public TokenScope Scope { get; private set; } = new(provider.Id, null, null);

        public long Seconds { get; private set; } = DefaultSeconds;

        public GatewayError? Take(string name, JsonSlice value)
        {
            // A list that is null may have been meant as a limit, so it does not mean every model.
            if (name == "models") return TakeModels(value);
            if (value.IsNull && name is "lifetime_seconds" or "requests_per_minute" or "cache") return null;
            if (name == "lifetime_seconds")
            {
                if (value.AsInt64() is not (>= MinSeconds and <= MaxSeconds and var seconds))
                    return GatewayError.Invalid($"'lifetime_seconds' must be a whole number from {MinSeconds} to {MaxSeconds} (24 hours).", name);
                Seconds = seconds;
                return null;
            }
            if (name == "requests_per_minute")
            {
                if (value.AsInt64() is not (>= 1 and <= MaxRequestsPerMinute and var limit))
                    return GatewayError.Invalid($"'requests_per_minute' must be a whole number from 1 to {MaxRequestsPerMinute}.", name);
                Scope = Scope with { RequestsPerMinute = (int)limit };
                return null;
            }
            return name == "cache" ? TakeCache(value) : JsonObject.Unknown(name, "cache, lifetime_seconds, models, requests_per_minute");
        }

        /// <summary>A token belongs to no team or organization that it could share responses with.</summary>
        private GatewayError? TakeCache(JsonSlice value)
        {
            if (CacheRuleRequest.Read(value, out var rule) is { } error) return error;
            if (rule is { Scope: not CacheRule.Key }) return GatewayError.Invalid("A session token shares no cached responses: leave 'scope' out.", "cache");
            Scope = Scope with { Cache = rule };
            return null;
        }

        /// <summary>The provider under which aliases are listed.</summary>
        private const string Alias = "nano";

        private GatewayError? TakeModels(JsonSlice value)
        {
            const string wrong = "'models' must be a list of 1 to 32 names of models; leave it out for every model of the provider.";
            if (!value.IsArray) return GatewayError.Invalid(wrong, "models");
            var models = new List<string>();
            var cursor = new JsonCursor(value.Memory);
            cursor.EnterArray();
            while (cursor.NextElement())
            {
                var element = cursor.TakeValue();
                if (!element.IsText || models.Count == MaxModels) return GatewayError.Invalid(wrong, "models");
                var name = element.AsText().ToString();
                // An alias has deployments of any provider: its tokens belong to the gateway's built-in provider.
                if (provider.Id == Alias && router.Find(name).Route is { Alias.Name: { } alias })
                {
                    if (!models.Contains(alias)) models.Add(alias);
                    continue;
                }
                var (deployment, unknown) = router.Resolve(name);
                if (unknown is not null) return unknown with { Kind = GatewayErrorKind.InvalidRequest, Status = 400, Param = "models" };
                if (deployment!.Provider.Id != provider.Id)
                    return GatewayError.Invalid($"'{deployment.Name}' is a model of provider '{deployment.Provider.Id}'. A token is for one provider, here '{provider.Id}'.",
                        "models");
                if (!models.Contains(deployment.Name)) models.Add(deployment.Name);
            }
            if (models.Count == 0) return GatewayError.Invalid(wrong, "models");
            Scope = Scope with { Models = models };
            return null;
        }
    }
}
