using Nano.Chat;

namespace Nano.Routing.LoadBalancing;

/// <summary>
/// By the price of this request in the catalogue, estimated from its size: prices depend on size and hour. A target without a known price
/// comes last, since unknown is not free.
/// </summary>
internal sealed class LeastCost(TimeProvider time) : IBalancer
{
    /// <summary>An estimate for JSON in UTF-8.</summary>
    private const int BytesPerToken = 4;

    /// <summary>The assumed size of a response, in tokens.</summary>
    private const int OutputTokens = 500;

    public void Order(Candidate[] candidates, in RouteQuery query)
    {
        var usage = new Usage { InputTokens = Math.Max(1, query.BodyLength / BytesPerToken), OutputTokens = OutputTokens };
        var now = time.GetUtcNow();
        // Stable: targets with the same price stay in file order.
        Candidate[] ordered = [.. candidates.OrderBy(candidate => candidate.Deployment.Prices?.Cost(usage, now, null) ?? decimal.MaxValue)];
        ordered.CopyTo(candidates, 0);
    }
}
