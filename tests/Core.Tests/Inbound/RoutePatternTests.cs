using Nano.Inbound;

namespace Nano.Tests.Inbound;

public sealed class RoutePatternTests
{
    [Theory]
    [InlineData("/v1/models/{**id}", "/v1/models/openai/gpt-5.5", "openai/gpt-5.5")]
    [InlineData("/v1/models/{**id}", "/v1/models/", null)]
    [InlineData("/v1/models/{**id}", "/v1/models", null)]
    [InlineData("/access/{**file}", "/access/a/b.js", "a/b.js")]
    [InlineData("/api/providers/{id}/status", "/api/providers/openai/status", "openai")]
    [InlineData("/api/providers/{id}/status", "/api/providers/openai/session", null)]
    [InlineData("/api/providers/{id}/status", "/api/providers//status", null)]
    [InlineData("/api/providers/{id}/status", "/api/providers/status", null)]
    [InlineData("/api/providers/{id}/status", "/api/providers/a/b/status", null)]
    [InlineData("/api/providers/{id}/status", "/api/providers/openai/status/more", null)]
    public void A_parameter_matches_one_segment_or_the_rest_of_the_path(string pattern, string path, string? expected)
    {
        var route = new GatewayRoute("GET", pattern, (_, _, _) => Task.CompletedTask);
        route.HasParameter.ShouldBeTrue();
        route.TryMatch(path, out var parameter).ShouldBe(expected is not null);
        parameter.ShouldBe(expected ?? "");
    }

    [Fact]
    public void A_pattern_without_a_parameter_is_a_whole_path() => new GatewayRoute("GET", "/healthz", (_, _, _) => Task.CompletedTask).HasParameter.ShouldBeFalse();
}
