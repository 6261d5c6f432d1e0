using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Nano.Errors;
using Nano.Json;
using Nano.Providers.Catalogue;

namespace Nano.Panel;

/// <summary>The body of <c>POST /api/usage/recompute</c>: the query parameters of <c>GET /api/usage</c> as members, and prices.</summary>
internal sealed class RecomputeRequest
{
    private const int MaxModels = 100;
    private const decimal MaxPrice = 1_000_000;
    private const string Parts = "input, output, cache_read, cache_write";

    private static readonly string[] Texts = ["from", "to", "group_by", "organization", .. UsageReport.Filters];

    private readonly Dictionary<string, StringValues> _query = [];

    public IQueryCollection Query => new QueryCollection(_query);

    /// <summary>By <c>provider/model</c>.</summary>
    public Dictionary<string, ModelPrices> Prices { get; } = new(StringComparer.Ordinal);

    public GatewayError? Take(string name, JsonSlice value)
    {
        if (name == "prices") return TakePrices(value);
        if (!Texts.Contains(name) && UsageReport.FindNamed(name) is null) return JsonObject.Unknown(name, string.Join(", ", Texts) + ", tag:NAME, metadata:NAME, prices");
        if (!value.IsText) return GatewayError.Invalid($"'{name}' must be a text.", name);
        _query[name] = value.AsText().ToString();
        return null;
    }

    private GatewayError? TakePrices(JsonSlice value)
    {
        var wrong = GatewayError.Invalid(
            $"'prices' must be an object of up to {MaxModels} models such as {{\"openai/gpt-4o\":{{\"input\":2.5,\"output\":10}}}}, in USD per million tokens; prices are {Parts}.",
            "prices");
        if (!value.IsObject) return wrong;
        return JsonObject.Read(value.Memory, (model, rates) =>
        {
            if (Prices.Count == MaxModels || !model.Contains('/') || !rates.IsObject) return wrong;
            decimal? input = null, output = null, read = null, write = null;
            var error = JsonObject.Read(rates.Memory, (name, price) =>
            {
                if (!price.IsNumber || !decimal.TryParse(price.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var usd) || usd is < 0 or > MaxPrice) return wrong;
                switch (name)
                {
                    case "input": input = usd; return null;
                    case "output": output = usd; return null;
                    case "cache_read": read = usd; return null;
                    case "cache_write": write = usd; return null;
                    default: return JsonObject.Unknown(name, Parts);
                }
            });
            if (error is not null) return error;
            if (input is null || output is null) return wrong;
            Prices[model] = ModelPrices.Of(input.Value, output.Value, read, write);
            return null;
        });
    }
}
