using System.Globalization;
using Nano.Errors;
using Nano.Providers.Catalogue;

namespace Nano.Configuration;

/// <summary>Reads <c>policies</c> of nano.json.</summary>
/// <param name="providers">The ids of all providers and instances.</param>
/// <param name="aliases">The names of all aliases.</param>
internal sealed class PolicyConfigReader(HashSet<string> providers, HashSet<string> aliases)
{
    private const int MaxModels = 1000;

    private const long MaxCacheSeconds = 7 * 24 * 60 * 60, DefaultCacheSeconds = 60 * 60;

    private static readonly string[] CacheScopes = ["key", "team", "organization"];

    private static readonly string[] Windows = ["day", "week", "month", "total"];

    public List<PolicyConfig> ReadAll(Dictionary<string, ConfigValue> entries)
    {
        var policies = new List<PolicyConfig>();
        foreach (var (name, value) in entries)
        {
            if (!ProviderConfigReader.IsName(name, 64)) value.Fail("must begin with a letter and contain lower-case letters, digits and dashes only, at most 64");
            policies.Add(Read(name, value));
        }
        return policies;
    }

    private PolicyConfig Read(string name, ConfigValue value)
    {
        var members = value.Members("models", "budgets", "requests_per_minute", "tokens_per_minute", "concurrency", "default_output_tokens", "prices", "expires_at", "tags",
            "may_choose_plan", "serve_without_store", "cache", "entra");
        return new PolicyConfig
        {
            Name = name,
            Models = members.TryGetValue("models", out var models) ? ReadModels(models) : [],
            Budgets = members.TryGetValue("budgets", out var budgets) ? ReadBudgets(budgets) : [],
            RequestsPerMinute = members.TryGetValue("requests_per_minute", out var requests) ? requests.Integer(1, 1_000_000_000) : null,
            TokensPerMinute = members.TryGetValue("tokens_per_minute", out var tokens) ? tokens.Integer(1, 1_000_000_000) : null,
            Concurrency = members.TryGetValue("concurrency", out var concurrency) ? (int?)concurrency.Integer(1, 100_000) : null,
            DefaultOutputTokens = members.TryGetValue("default_output_tokens", out var output) ? output.Integer(1, 1_000_000_000) : null,
            Prices = members.TryGetValue("prices", out var prices) ? ReadPrices(prices) : [],
            ExpiresAt = members.TryGetValue("expires_at", out var end) ? ReadTime(end) : null,
            Tags = members.TryGetValue("tags", out var tags) ? ReadTags(tags) : new Dictionary<string, string>(),
            Cache = members.TryGetValue("cache", out var cache) ? ReadCache(cache) : null,
            MayChoosePlan = members.TryGetValue("may_choose_plan", out var plan) && plan.Flag() is true,
            ServesWithoutStore = members.TryGetValue("serve_without_store", out var serve) ? serve.Flag() : null,
            Entra = members.TryGetValue("entra", out var entra) ? ReadEntra(entra) : null,
        };
    }

    private List<string> ReadModels(ConfigValue list)
    {
        var models = new List<string>();
        foreach (var item in list.Items(1, MaxModels))
        {
            if (item.Text() is not { } name) continue;
            if (aliases.Contains(name)) models.Add(name);
            else if (name.Contains('/', StringComparison.Ordinal))
            {
                if (AliasConfigReader.Model(item, providers) is { } model) models.Add(model);
            }
            else item.Fail($"names neither an alias nor a model as 'provider/model'{(NearNames.Of(name, aliases, 1) is [var near] ? $"; the alias '{near}' exists" : "")}");
        }
        return models;
    }

    private static List<BudgetConfig> ReadBudgets(ConfigValue list)
    {
        var budgets = new List<BudgetConfig>();
        foreach (var item in list.Items(1, 8))
        {
            var members = item.Members("!usd", "!window", "time_zone");
            if (members.TryGetValue("usd", out var usd) && usd.Number(0, 1_000_000m) is { } money
                && members.TryGetValue("window", out var window) && window.Word(Windows) is { } word)
                budgets.Add(new BudgetConfig(money, word, members.TryGetValue("time_zone", out var zone) ? ReadTimeZone(zone) : "UTC"));
        }
        return budgets;
    }

    private static List<PriceConfig> ReadPrices(ConfigValue value)
    {
        var prices = new List<PriceConfig>();
        foreach (var (pattern, price) in value.Entries("an object of prices by model"))
        {
            var members = price.Members("!input", "!output");
            if (pattern.Length is 0 or > 256 || pattern.AsSpan().ContainsAnyExceptInRange('!', '~'))
                price.Fail("must be named 'provider/model', with * for any characters, at most 256");
            else if (members.TryGetValue("input", out var input) && input.Number(0, ModelPrices.Highest) is { } i
                && members.TryGetValue("output", out var output) && output.Number(0, ModelPrices.Highest) is { } o)
                prices.Add(new PriceConfig(pattern, i, o));
        }
        if (prices.Count > 50) value.Fail("must have at most 50 members");
        return prices;
    }

    private static string ReadTimeZone(ConfigValue value)
    {
        if (value.Text(64) is not { } name) return "UTC";
        if (!name.Contains(' ') && TimeZoneInfo.TryFindSystemTimeZoneById(name, out _)) return name;
        value.Fail("must be an IANA name of a time zone, such as UTC or Europe/Berlin");
        return "UTC";
    }

    private static EntraMapping? ReadEntra(ConfigValue value)
    {
        var members = value.Members("roles", "groups", "organization");
        if (!members.ContainsKey("roles") && !members.ContainsKey("groups")) value.Fail("has neither 'roles' nor 'groups'");
        var organization = members.TryGetValue("organization", out var named) ? named.Text(64) ?? "" : "default";
        if (!organization.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@' or '+')) named.Fail("must have letters, digits, or . _ - @ + only");
        return new EntraMapping(Names("roles", null), Names("groups", "must be the object id of a group, such as 11111111-2222-3333-4444-555555555555"), organization);

        List<string> Names(string member, string? mustBeId)
        {
            var names = new List<string>();
            if (!members.TryGetValue(member, out var list)) return names;
            foreach (var item in list.Items(1, 100))
            {
                if (item.Text(120) is not { } name) continue;
                if (mustBeId is not null && !Guid.TryParseExact(name, "D", out _)) item.Fail(mustBeId);
                else names.Add(name);
            }
            return names;
        }
    }

    private static CacheConfig ReadCache(ConfigValue value)
    {
        var members = value.Members("seconds", "max_seconds", "scope", "single_flight");
        var seconds = members.TryGetValue("seconds", out var time) ? time.Integer(0, MaxCacheSeconds) ?? 0 : 0;
        var most = members.TryGetValue("max_seconds", out var longest) ? longest.Integer(0, MaxCacheSeconds) ?? 0 : Math.Max(seconds, DefaultCacheSeconds);
        var scope = members.TryGetValue("scope", out var sharing) ? sharing.Word(CacheScopes) ?? "key" : "key";
        return new CacheConfig(seconds, most, scope, members.TryGetValue("single_flight", out var single) && single.Flag() is true);
    }

    private static DateTimeOffset? ReadTime(ConfigValue value)
    {
        if (value.Text(40) is not { } text) return null;
        if (DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
            out var time)) return time;
        value.Fail("must be a time such as 2027-01-31T00:00:00Z");
        return null;
    }

    private static Dictionary<string, string> ReadTags(ConfigValue value)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, tag) in value.Entries("an object of tags"))
        {
            if (name.Length is 0 or > 64 || name.Contains('=') || name.Any(char.IsControl)) tag.Fail("must have a name of 1 to 64 characters, without '='");
            else if (tag.Text(128) is not { } text) continue;
            else if (text.Any(char.IsControl)) tag.Fail("must have no control characters");
            else tags[name] = text;
        }
        if (tags.Count > 16) value.Fail("must have at most 16 members");
        return tags;
    }
}
