using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Responses;
using Nano.LocalHost.Tests.Sdk;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Documentation;

/// <summary>The example of docs/conversions.md: the documented request is the one that reaches the provider.</summary>
public partial class ConversionsTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static readonly string Document = File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "docs", "conversions.md"));

    [Theory]
    [InlineData("anthropic")]
    [InlineData("google")]
    [InlineData("openai")]
    public async Task The_example_matches_the_request_that_is_sent(string provider)
    {
        const string text = """{"sky":"rain"}""";
        var (model, answer) = provider == "openai" ? ("openai/gpt-6.2-sol", new ResponsesResponse(ResponsesResponse.Message(text)).Body())
            : (SdkAnswers.Of(provider).Model, SdkAnswers.Of(provider).Text(text));
        var (losses, expected) = Documented(model);
        var request = JsonNode.Parse(Request().Match(Document).Groups[1].Value)!;
        request["model"] = model;
        var reply = await gateway.ChatAsync(request.ToJsonString(), UpstreamScript.Json(answer));
        reply.Headers.GetValueOrDefault("x-nano-loss").ShouldBe(losses);
        JsonDifference.First(System.Text.Encoding.UTF8.GetBytes(expected), gateway.Upstream.Request.Body).ShouldBeNull();
    }

    private static (string Losses, string Body) Documented(string model)
    {
        var match = Regex.Match(Document, $"^### `{Regex.Escape(model)}`\\n\\n```text\\nx-nano-loss: (.*)\\n```\\n```json\\n([^`]*)```$", RegexOptions.Multiline);
        match.Success.ShouldBeTrue($"docs/conversions.md has no example for {model}");
        return (match.Groups[1].Value, match.Groups[2].Value);
    }

    [GeneratedRegex("```json\\n([^`]*)```")]
    private static partial Regex Request();
}
