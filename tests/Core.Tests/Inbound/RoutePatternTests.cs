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
    public void A_parameter_takes_one_part_of_the_path_or_all_that_is_left(string pattern, string path, string? expected)
    {
        var route = new GatewayRoute("GET", pattern, (_, _, _) => Task.CompletedTask);
        route.HasParameter.ShouldBeTrue();
        route.TryMatch(path, out var parameter).ShouldBe(expected is not null);
        parameter.ShouldBe(expected ?? "");
    }

    [Fact]
    public void A_pattern_without_a_parameter_is_a_whole_path() => new GatewayRoute("GET", "/healthz", (_, _, _) => Task.CompletedTask).HasParameter.ShouldBeFalse();
}
