using System.Text.Json;
using Nano.Routing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Panel;

/// <summary>The lists of providers and models that the panel shows.</summary>
public sealed class ProviderListTests(ProviderStatusTests.Providers gateway) : IClassFixture<ProviderStatusTests.Providers>
{
    [Fact]
    public async Task Providers_are_listed_with_the_source_of_their_key_and_never_the_key()
    {
        var reply = await gateway.OwnerAsync("GET", "/api/providers");
        var providers = reply.Json.GetProperty("providers").EnumerateArray().ToDictionary(p => p.GetProperty("id").GetString()!);
        Key("openai").ShouldBe("""{"state":"set","source":"setting","setting":"OPENAI_API_KEY","secret":"openai-api-key","message":null}""");
        Key("anthropic").ShouldBe("""{"state":"not_set","source":null,"setting":"ANTHROPIC_API_KEY","secret":"anthropic-api-key","message":null}""");
        Key("nano").ShouldBe("""{"state":"not_needed","source":null,"setting":null,"secret":null,"message":null}""");
        providers["openai"].GetProperty("base_url").GetString().ShouldBe(gateway.Upstream.BaseUrl, "the host alone");
        providers["anthropic"].GetProperty("aliases")[0].GetString().ShouldBe("claude");
        providers["anthropic"].GetProperty("dialect").GetString().ShouldBe("anthropic-messages");
        providers["openai"].GetProperty("models").GetInt32().ShouldBeGreaterThan(3);
        reply.Text.ShouldNotContain("do-not-leak");

        string Key(string id) => providers[id].GetProperty("key").GetRawText();
    }

    [Fact]
    public async Task Models_are_listed_with_their_known_data()
    {
        gateway.Upstream.Lists = _ => UpstreamScript.Json("[]");
        var reply = await gateway.OwnerAsync("GET", "/api/models");
        gateway.Upstream.Lists = null;
        var models = reply.Json.GetProperty("models").EnumerateArray().ToDictionary(m => m.GetProperty("id").GetString()!);
        var echo = models["nano/echo"];
        (echo.GetProperty("provider").GetString(), echo.GetProperty("name").GetString(), echo.GetProperty("available").GetBoolean()).ShouldBe(("nano", "echo", true));
        echo.GetProperty("context").ValueKind.ShouldBe(JsonValueKind.Null);
        echo.GetProperty("capabilities").EnumerateArray().Select(c => c.GetString()).ShouldBe(["tools", "structured_output"]);
        models.Where(m => m.Key.StartsWith("anthropic/", StringComparison.Ordinal)).ShouldNotBeEmpty();
        models.Where(m => m.Key.StartsWith("anthropic/", StringComparison.Ordinal)).ShouldAllBe(m => !m.Value.GetProperty("available").GetBoolean());
        models.Values.ShouldContain(m => m.GetProperty("input_per_million").ValueKind == JsonValueKind.Number && m.GetProperty("input_per_million").GetDecimal() > 0
            && m.GetProperty("context").ValueKind == JsonValueKind.Number);
    }
}
