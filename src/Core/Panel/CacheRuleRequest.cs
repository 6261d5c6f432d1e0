using Nano.Errors;
using Nano.Json;
using Nano.State;

namespace Nano.Panel;

/// <summary>The member <c>cache</c> of a key or policy: <c>{"seconds":600,"max_seconds":3600,"scope":"team","single_flight":true}</c>.</summary>
internal static class CacheRuleRequest
{
    private static readonly string ScopeNames = string.Join(", ", CacheRule.Scopes);

    private const string Members = "seconds, max_seconds, scope, single_flight";

    /// <param name="rule">Null for an object without members, which removes the rule.</param>
    public static GatewayError? Read(JsonSlice value, out CacheRule? rule)
    {
        rule = null;
        if (!value.IsObject) return GatewayError.Invalid($"'cache' must be an object with {Members}, or {{}} for none.", "cache");
        long seconds = 0;
        long? most = null;
        var (scope, single, isAny) = (CacheRule.Key, false, false);
        var error = JsonObject.Read(value.Memory, (name, member) =>
        {
            isAny = true;
            switch (name)
            {
                case "seconds" or "max_seconds":
                    if (member.AsInt64() is not (>= 0 and <= CacheRule.MostSeconds and var number))
                        return GatewayError.Invalid($"'{name}' must be a whole number from 0 to {CacheRule.MostSeconds}.", "cache");
                    if (name == "seconds") seconds = number;
                    else most = number;
                    return null;
                case "scope":
                    scope = member.IsText ? member.AsText().ToString() : "";
                    return CacheRule.Scopes.Contains(scope) ? null : GatewayError.Invalid($"'scope' must be one of {ScopeNames}.", "cache");
                case "single_flight":
                    single = member.IsTrue;
                    return member.AsBoolean() is null ? GatewayError.Invalid("'single_flight' must be true or false.", "cache") : null;
                default:
                    return JsonObject.Unknown(name, Members);
            }
        });
        if (error is null && isAny) rule = new CacheRule(seconds, most ?? Math.Max(seconds, CacheRule.DefaultMaxSeconds), scope, single);
        return error;
    }

    public static void Write(CacheRule rule, JsonOutput output)
    {
        output.BeginObject();
        output.Member("seconds"u8, rule.Seconds);
        output.Member("max_seconds"u8, rule.MaxSeconds);
        output.Member("scope"u8, rule.Scope);
        output.Name("single_flight"u8);
        output.Boolean(rule.SingleFlight);
        output.EndObject();
    }
}
