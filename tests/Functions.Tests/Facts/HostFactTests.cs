namespace Nano.Functions.Tests.Facts;

/// <summary>
/// The stand-in for the Functions host behaves as the host's public code shows. The other tests of this project rely on
/// these facts; each has its source.
/// </summary>
public sealed class HostFactTests
{
    private static readonly IReadOnlyList<HostFact> All = [.. RoutingFacts.All, .. ForwardingFacts.All, .. FailureFacts.All];

    public static TheoryData<string> Facts => [.. All.Select(fact => fact.Says)];

    [Theory]
    [MemberData(nameof(Facts))]
    public Task The_simulated_host_behaves_like_the_real_one(string fact) => All.Single(f => f.Says == fact).Check();

    [Fact]
    public void Each_of_at_least_forty_facts_has_a_source()
    {
        All.Count.ShouldBeGreaterThanOrEqualTo(40);
        All.ShouldAllBe(fact => fact.Source.Contains(": src/") && fact.Source.EndsWith(".cs"));
    }
}
