using System.Globalization;
using Nano.Providers.Catalogue;

namespace Nano.Providers.Echo;

/// <summary>The setting <c>ECHO_PRICES</c>: prices of <c>nano/echo</c>, which is free without it, so that budgets can be tried without a provider.</summary>
internal static class EchoPrices
{
    public const string Setting = "ECHO_PRICES";

    /// <param name="mistakes">Receives a sentence if the setting is not valid.</param>
    public static ModelCatalogue Apply(ModelCatalogue catalogue, IReadOnlyDictionary<string, string> settings, List<string> mistakes)
    {
        if (!settings.TryGetValue(Setting, out var value) || string.IsNullOrWhiteSpace(value)) return catalogue;
        if (value.Split(',') is not [var first, var second] || Price(first) is not { } input || Price(second) is not { } output)
        {
            mistakes.Add($"{Setting} must be two prices in USD per million tokens, for input and output, as in 1,2.");
            return catalogue;
        }
        var prices = ModelPrices.Of(input, output);
        return catalogue.With("nano", EchoProvider.Model, model => model with { Prices = prices });
    }

    private static decimal? Price(string text) =>
        decimal.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price) && price <= ModelPrices.Highest ? price : null;
}
