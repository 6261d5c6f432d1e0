using Nano.Chat;

namespace Nano.Providers.Catalogue;

/// <summary>What a model costs, in USD per million tokens, by date, size of the request and service tier.</summary>
public sealed class ModelPrices
{
    /// <summary>
    /// The cost of one answer in USD. Null when it is not known: a count that the price needs is missing, or a part that was
    /// used has no known price. Never zero instead.
    /// </summary>
    /// <param name="usage">In the normal form.</param>
    /// <param name="at">When the request was made.</param>
    /// <param name="serviceTier">The tier that served it; null for the standard one.</param>
    public decimal? Cost(Usage usage, DateTimeOffset at, string? serviceTier) => null;
}
