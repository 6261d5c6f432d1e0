using System.Globalization;
using System.Text;
using Nano.Errors;
using Nano.Governance;
using Nano.Json;
using Nano.Providers.Catalogue;
using Nano.State;

namespace Nano.Panel;

/// <summary>The member <c>prices</c> of a key or policy, for models without a known price: <c>{"custom/*":{"input":1,"output":2}}</c>, in USD per million tokens.</summary>
internal static class PricesRequest
{
    private const int MaxPrices = 50;

    private static readonly GatewayError Wrong =
        GatewayError.Invalid($"'prices' must be an object of up to {MaxPrices} members such as \"custom/*\": {{\"input\": 1, \"output\": 2}}, "
            + $"in USD per million tokens from 0 to {ModelPrices.Highest.ToString("N0", CultureInfo.InvariantCulture)}; {{}} for none.", "prices");

    public static GatewayError? Read(JsonSlice value, out IReadOnlyList<PolicyPrice> prices)
    {
        var read = new List<PolicyPrice>();
        prices = read;
        if (!value.IsObject) return Wrong;
        return JsonObject.Read(value.Memory, (pattern, price) =>
        {
            if (pattern.Length is 0 or > ModelPattern.MaxLength || pattern.AsSpan().ContainsAnyExceptInRange('!', '~') || !price.IsObject || read.Count == MaxPrices) return Wrong;
            decimal? input = null, output = null;
            var error = JsonObject.Read(price.Memory, (name, usd) =>
            {
                if (name is not ("input" or "output")) return JsonObject.Unknown(name, "input, output");
                if (!usd.IsNumber || !decimal.TryParse(usd.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return Wrong;
                if (number is < 0 or > ModelPrices.Highest) return Wrong;
                if (name == "input") input = number;
                else output = number;
                return null;
            });
            if (error is not null) return error;
            if (input is null || output is null) return Wrong;
            read.Add(new PolicyPrice(pattern, input.Value, output.Value));
            return null;
        });
    }

    public static void Write(IReadOnlyList<PolicyPrice> prices, JsonOutput output)
    {
        output.Name("prices"u8);
        output.BeginObject();
        foreach (var price in prices)
        {
            output.Name(Encoding.UTF8.GetBytes(price.Pattern));
            output.BeginObject();
            output.Member("input"u8, price.Input);
            output.Member("output"u8, price.Output);
            output.EndObject();
        }
        output.EndObject();
    }
}
