using Nano.Errors;
using Nano.Governance;
using Nano.Json;
using Nano.State;

namespace Nano.Panel;

/// <summary>The limits of a scope in the body of a request. Unknown members are refused: they may have been meant as limits.</summary>
internal sealed class LimitsRequest
{
    public const string Members = "models, budgets, requests_per_minute, tokens_per_minute, max_concurrency, default_output_tokens, prices, cache, may_choose_plan, serve_without_store";

    private const int MaxModels = 100;
    private const int MaxBudgets = 8;
    private const long MaxPerMinute = 1_000_000_000;
    private const long MaxConcurrency = 100_000;

    private readonly List<Func<ScopeLimits, ScopeLimits>> _changes = [];

    public ScopeLimits Apply(ScopeLimits limits) => _changes.Aggregate(limits, static (changed, change) => change(changed));

    /// <returns>False when the member is not one of the limits.</returns>
    public bool TryTake(string name, JsonSlice value, out GatewayError? error)
    {
        error = name switch
        {
            "models" => TakeModels(value),
            "budgets" => TakeBudgets(value),
            "requests_per_minute" => TakeNumber(name, value, MaxPerMinute, static (limits, number) => limits with { RequestsPerMinute = number }),
            "tokens_per_minute" => TakeNumber(name, value, MaxPerMinute, static (limits, number) => limits with { TokensPerMinute = number }),
            "max_concurrency" => TakeNumber(name, value, MaxConcurrency, static (limits, number) => limits with { MaxConcurrency = number }),
            "default_output_tokens" => TakeNumber(name, value, MaxPerMinute, static (limits, number) => limits with { DefaultOutputTokens = number }),
            "prices" => PricesRequest.Read(value, out var prices) is { } wrong ? wrong : Take(prices),
            "cache" => TakeCache(value),
            "may_choose_plan" => TakeFlag(name, value, static (limits, may) => limits with { MayChoosePlan = may }),
            "serve_without_store" => TakeFlag(name, value, static (limits, serve) => limits with { ServesWithoutStore = serve }),
            _ => null,
        };
        return Members.Split(", ").Contains(name);
    }

    public static void Write(ScopeLimits limits, JsonOutput output)
    {
        output.Member("models"u8, limits.Models);
        output.Name("budgets"u8);
        output.BeginArray();
        foreach (var budget in limits.Budgets)
        {
            output.BeginObject();
            output.Member("usd"u8, Amount.UsdOf(budget.NanoUsd));
            output.Member("window"u8, budget.Window);
            output.Member("time_zone"u8, budget.TimeZone);
            output.EndObject();
        }
        output.EndArray();
        output.Member("requests_per_minute"u8, limits.RequestsPerMinute);
        output.Member("tokens_per_minute"u8, limits.TokensPerMinute);
        output.Member("max_concurrency"u8, limits.MaxConcurrency);
        output.Member("default_output_tokens"u8, limits.DefaultOutputTokens);
        if (limits.Prices.Count > 0) PricesRequest.Write(limits.Prices, output);
        if (limits.Cache is { } cache)
        {
            output.Name("cache"u8);
            CacheRuleRequest.Write(cache, output);
        }
        Write("may_choose_plan"u8, limits.MayChoosePlan, output);
        Write("serve_without_store"u8, limits.ServesWithoutStore, output);
    }

    private static void Write(ReadOnlySpan<byte> name, bool? flag, JsonOutput output)
    {
        if (flag is not { } set) return;
        output.Name(name);
        output.Boolean(set);
    }

    private GatewayError? Take(IReadOnlyList<PolicyPrice> prices)
    {
        _changes.Add(limits => limits with { Prices = prices });
        return null;
    }

    private GatewayError? TakeCache(JsonSlice value)
    {
        if (CacheRuleRequest.Read(value, out var rule) is { } error) return error;
        _changes.Add(limits => limits with { Cache = rule });
        return null;
    }

    /// <summary><c>null</c> removes the flag, so that the value of the next scope or the default applies; neither <c>true</c> nor <c>false</c> does.</summary>
    private GatewayError? TakeFlag(string name, JsonSlice value, Func<ScopeLimits, bool?, ScopeLimits> change)
    {
        var flag = value.AsBoolean();
        if (flag is null && !value.IsNull) return GatewayError.Invalid($"'{name}' must be true, false, or null to remove it.", name);
        _changes.Add(limits => change(limits, flag));
        return null;
    }

    /// <summary>0 removes the limit.</summary>
    private GatewayError? TakeNumber(string name, JsonSlice value, long most, Func<ScopeLimits, long?, ScopeLimits> change)
    {
        if (value.AsInt64() is not { } number || number < 0 || number > most)
            return GatewayError.Invalid($"'{name}' must be a whole number from 1 to {most}, or 0 for no limit.", name);
        _changes.Add(limits => change(limits, number == 0 ? null : number));
        return null;
    }

    private GatewayError? TakeModels(JsonSlice value)
    {
        var wrong = GatewayError.Invalid($"'models' must be a list of up to {MaxModels} patterns such as 'openai/*' or 'nano/echo'.", "models");
        if (!value.IsArray) return wrong;
        var models = new List<string>();
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var element = cursor.TakeValue();
            if (!element.IsText || models.Count == MaxModels) return wrong;
            var pattern = element.AsText().ToString();
            if (pattern.Length is 0 or > ModelPattern.MaxLength || pattern.AsSpan().ContainsAnyExceptInRange('!', '~')) return wrong;
            // Pattern lists are joined into one text of limited length.
            if (!models.Contains(pattern)) models.Add(pattern);
        }
        _changes.Add(limits => limits with { Models = models.Count == 0 ? null : models });
        return null;
    }

    private GatewayError? TakeBudgets(JsonSlice value)
    {
        var wrong = GatewayError.Invalid(
            $"'budgets' must be a list of up to {MaxBudgets} objects such as {{\"usd\":5,\"window\":\"month\",\"time_zone\":\"Europe/Berlin\"}}; windows are {string.Join(", ", BudgetWindow.Names)}.", "budgets");
        if (!value.IsArray) return wrong;
        var budgets = new List<Budget>();
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var element = cursor.TakeValue();
            if (!element.IsObject || budgets.Count == MaxBudgets) return wrong;
            decimal? usd = null;
            var (window, zone) = ((string?)null, "UTC");
            var error = JsonObject.Read(element.Memory, (name, member) =>
            {
                switch (name)
                {
                    case "usd":
                        usd = member.IsNumber && decimal.TryParse(member.ToString(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture,
                            out var amount) ? amount : -1;
                        return usd is > 0 and <= Amount.MaxNanoUsd / 1_000_000_000m ? null
                            : GatewayError.Invalid("'usd' must be a number of USD above 0 and up to 1,000,000.", "budgets");
                    case "window":
                        window = member.AsText().IsPresent ? member.AsText().ToString() : null;
                        return BudgetWindow.Names.Contains(window) ? null : wrong;
                    case "time_zone":
                        zone = member.AsText().IsPresent ? member.AsText().ToString() : "";
                        return BudgetWindow.IsTimeZone(zone) ? null : GatewayError.Invalid("'time_zone' must be an IANA name such as UTC or Europe/Berlin.", "budgets");
                    default:
                        return JsonObject.Unknown(name, "usd, window, time_zone");
                }
            });
            if (error is not null) return error;
            if (usd is null || window is null) return wrong;
            budgets.Add(new Budget(Amount.NanoOf(usd.Value), window, zone));
        }
        _changes.Add(limits => limits with { Budgets = budgets });
        return null;
    }
}
