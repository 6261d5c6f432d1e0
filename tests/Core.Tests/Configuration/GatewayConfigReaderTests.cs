using System.Text;
using System.Text.Json;
using Nano.Configuration;
using Nano.Dialects;
using Nano.Errors;

namespace Nano.Tests.Configuration;

/// <summary>Every mistake of nano.json is reported with its JSON pointer, and the schema refuses what the gateway refuses.</summary>
public sealed class GatewayConfigReaderTests
{
    private const string Whole = """
        {
          "$schema": "./nano.schema.json",
          "providers": {
            "azure-east": { "type": "azure", "base_url": "https://east.openai.azure.com/openai/v1/", "key": "AZURE_EAST_API_KEY", "settings": { "AZURE_AUTH": "key" } },
            "openai": { "keys": ["OPENAI_KEY_A", "OPENAI_KEY_B"] },
            "gpu": { "type": "openai-compatible", "base_url": "http://gpu.internal:8000/v1" }
          },
          "models": {
            "fast": {
              "strategy": "weighted",
              "targets": [ { "model": "azure-east/gpt-5.5" }, { "model": "openai/gpt-5.5", "weight": 2.5, "idempotent": true } ],
              "fallbacks": [ { "model": "anthropic/claude-haiku-5-5", "on": ["rate_limit", "context_length"] }, { "model": "gpu/any" } ],
              "sticky": false, "retries": 2, "hedge_after_ms": 3000,
              "timeouts": { "first_token_ms": 5000, "attempt_ms": 60000, "total_ms": 90000 },
              "slow_stream": { "min_events_per_second": 5, "within_ms": 1500 }
            },
            "cheap": { "groups": [ { "strategy": "least-cost", "targets": [ { "model": "gpu/any" } ] }, { "targets": [ { "model": "nano/echo" } ] } ] }
          },
          "policies": {
            "web-team": {
              "models": ["fast", "openai/gpt-5.5"], "budgets": [ { "usd": 200, "window": "month" } ], "requests_per_minute": 60, "tokens_per_minute": 100000,
              "concurrency": 8, "expires_at": "2027-01-31T00:00:00Z", "tags": { "team": "web" }, "may_choose_plan": true, "serve_without_store": false,
              "prices": { "gpu/*": { "input": 0.5, "output": 2 } }
            }
          },
          "prices": { "gpu/any": { "input": 0.5, "output": 1.25, "cache_read": 0.1 }, "gpu/*": { "input": 0, "output": 0 } },
          "resilience": { "retry_budget": 0.1, "backoff_ms": 100, "max_backoff_ms": 1000, "failures_in_a_row": 3, "failure_ratio": 0.25, "minimum_requests": 10, "window_ms": 10000, "cooldown_ms": 5000 }
        }
        """;

    [Fact]
    public void A_whole_file_is_read()
    {
        var (config, mistakes) = ConfigCases.Read(Whole);
        mistakes.ShouldBeEmpty();
        ConfigSchema.Accepts(Whole).ShouldBeTrue();

        config.Providers.Select(provider => (provider.Id, provider.Type, provider.BaseUrl, string.Join(',', provider.Keys))).ShouldBe(
        [
            ("azure-east", "azure", "https://east.openai.azure.com/openai/v1", "AZURE_EAST_API_KEY"),
            ("openai", "openai", null, "OPENAI_KEY_A,OPENAI_KEY_B"),
            ("gpu", "openai-compatible", "http://gpu.internal:8000/v1", ""),
        ]);
        var fast = config.Models[0];
        fast.Groups.Single().Strategy.ShouldBe("weighted");
        fast.Groups[0].Targets.ShouldBe([new("azure-east/gpt-5.5"), new("openai/gpt-5.5", 2.5, true)]);
        fast.Fallbacks.ShouldBe([new("anthropic/claude-haiku-5-5", FailureClass.RateLimit | FailureClass.ContextLength), new("gpu/any", FailureClasses.Default)]);
        (fast.IsSticky, fast.Retries, fast.HedgeAfter, fast.Limits.Total, fast.Limits.MinEventsPerSecond).ShouldBe((false, 2, TimeSpan.FromSeconds(3),
            TimeSpan.FromSeconds(90), 5));
        config.Models[1].Groups.Select(group => group.Strategy).ShouldBe(["least-cost", "priority"]);
        var policy = config.Policies.Single();
        (policy.Name, policy.RequestsPerMinute, policy.Concurrency, policy.MayChoosePlan, policy.Tags["team"]).ShouldBe(("web-team", 60, 8, true, "web"));
        policy.ServesWithoutStore.ShouldBe(false);
        policy.Budgets.ShouldBe([new(200, "month")]);
        config.Prices.ShouldBe(new Dictionary<string, ModelPriceConfig> { ["gpu/any"] = new(0.5m, 1.25m, 0.1m, null), ["gpu/*"] = new(0, 0, null, null) });
        policy.Prices.ShouldBe([new("gpu/*", 0.5m, 2)]);
        (config.Resilience.RetryBudget, config.Resilience.FailuresInARow, config.Resilience.Cooldown).ShouldBe((0.1, 3, TimeSpan.FromSeconds(5)));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"models":{"a":{"targets":[{"model":"nano/echo"}]}}}""")]
    [InlineData("""{"policies":{"p":{}}}""")]
    public void A_small_file_is_read(string json)
    {
        ConfigCases.Read(json).Mistakes.ShouldBeEmpty();
        ConfigSchema.Accepts(json).ShouldBeTrue();
    }

    /// <summary>One mistake, its pointer, and whether the schema finds it: only the gateway finds what a schema cannot express.</summary>
    public static TheoryData<string, string, bool> Mistakes() => new()
    {
        { "[]", "(the", true },
        { """{"model":{}}""", "/model", true },
        { """{"providers":[]}""", "/providers", true },
        { """{"providers":{"A":{"type":"openai"}}}""", "/providers/A", true },
        { """{"providers":{"x":{}}}""", "/providers/x", false },
        { """{"providers":{"x":{"type":"opena"}}}""", "/providers/x/type", true },
        { """{"providers":{"openai":{"type":"azure","base_url":"https://h/v1"}}}""", "/providers/openai/type", false },
        { """{"providers":{"nano":{}}}""", "/providers/nano", false },
        { """{"providers":{"claude":{"type":"anthropic"}}}""", "/providers/claude", false },
        { """{"providers":{"x":{"type":"azure"}}}""", "/providers/x", false },
        { """{"providers":{"x":{"type":"openai-compatible"}}}""", "/providers/x", false },
        { """{"providers":{"x":{"type":"openai","base_url":"ftp://h"}}}""", "/providers/x/base_url", true },
        { """{"providers":{"x":{"type":"openai","base_url":"http://example.com/v1"}}}""", "/providers/x/base_url", false },
        { """{"providers":{"x":{"type":"openai","base_url":"https://u:p@example.com/v1"}}}""", "/providers/x/base_url", true },
        { """{"providers":{"x":{"type":"openai","key":"sk-proj-abc"}}}""", "/providers/x/key", true },
        { """{"providers":{"x":{"type":"openai","key":"A","keys":["B"]}}}""", "/providers/x", true },
        { """{"providers":{"x":{"type":"openai","keys":["A","A"]}}}""", "/providers/x/keys/1", true },
        { """{"providers":{"x":{"type":"openai","keys":[]}}}""", "/providers/x/keys", true },
        { """{"providers":{"x":{"type":"openai","settings":{"AWS_REGION":"x"}}}}""", "/providers/x/settings/AWS_REGION", false },
        { """{"providers":{"x":{"type":"openai","trace_context":"yes"}}}""", "/providers/x/trace_context", true },
        { """{"models":{"a/b":{"targets":[{"model":"nano/echo"}]}}}""", "/models/a~1b", true },
        { """{"models":{"a":{}}}""", "/models/a", true },
        { """{"models":{"a":{"targets":[]}}}""", "/models/a/targets", true },
        { """{"models":{"a":{"targets":[{"model":"echo"}]}}}""", "/models/a/targets/0/model", true },
        { """{"models":{"a":{"targets":[{"model":"opena/gpt"}]}}}""", "/models/a/targets/0/model", false },
        { """{"models":{"a":{"targets":[{"model":"nano/echo"},{"model":"nano/echo"}]}}}""", "/models/a/targets/1/model", false },
        { """{"models":{"a":{"groups":[{"targets":[{"model":"nano/echo"}]},{"targets":[{"model":"nano/echo"}]}]}}}""", "/models/a/groups/1/targets/0/model", false },
        { """{"models":{"a":{"targets":[{"model":"nano/echo"}],"fallbacks":[{"model":"nano/echo"}]}}}""", "/models/a/fallbacks/0/model", false },
        { """{"models":{"a":{"targets":[{"model":"nano/echo"}],"fallbacks":[{"model":"openai/x"},{"model":"openai/x","on":["state"]}]}}}""", "/models/a/fallbacks/1/model", false },
        { """{"models":{"a":{"targets":[{"model":"a"}]}}}""", "/models/a/targets/0/model", true },
        { """{"models":{"a":{"targets":[{"model":"nano/echo"}],"fallbacks":[{"model":"b"}]},"b":{"targets":[{"model":"openai/x"}]}}}""", "/models/a/fallbacks/0/model", true },
        { """{"models":{"a":{"targets":[{"weight":1}]}}}""", "/models/a/targets/0", true },
        { """{"models":{"a":{"targets":[{"model":"nano/echo","weight":0}]}}}""", "/models/a/targets/0/weight", true },
        { """{"models":{"a":{"targets":[{"model":"nano/echo","wieght":1}]}}}""", "/models/a/targets/0/wieght", true },
        { """{"models":{"a":{"strategy":"fastest","targets":[{"model":"nano/echo"}]}}}""", "/models/a/strategy", true },
        { """{"models":{"a":{"strategy":"weighted","groups":[{"targets":[{"model":"nano/echo"}]}]}}}""", "/models/a", true },
        { """{"models":{"a":{"targets":[{"model":"nano/echo"}],"fallbacks":[{"model":"openai/x","on":["gateway"]}]}}}""", "/models/a/fallbacks/0/on/0", true },
        { """{"models":{"a":{"targets":[{"model":"nano/echo"}],"retries":9}}}""", "/models/a/retries", true },
        { """{"models":{"a":{"targets":[{"model":"nano/echo"}],"hedge_after_ms":0.5}}}""", "/models/a/hedge_after_ms", true },
        { """{"models":{"a":{"targets":[{"model":"nano/echo"}],"timeouts":{"total_ms":"1 s"}}}}""", "/models/a/timeouts/total_ms", true },
        { """{"models":{"a":{"targets":[{"model":"nano/echo"}],"slow_stream":{}}}}""", "/models/a/slow_stream", true },
        { """{"policies":{"p":{"models":["quick"]}}}""", "/policies/p/models/0", false },
        { """{"policies":{"p":{"budgets":[{"usd":-1,"window":"month"}]}}}""", "/policies/p/budgets/0/usd", true },
        { """{"policies":{"p":{"budgets":[{"usd":1,"window":"year"}]}}}""", "/policies/p/budgets/0/window", true },
        { """{"policies":{"p":{"prices":{"a/b":{"input":-1,"output":1}}}}}""", "/policies/p/prices/a~1b/input", true },
        { """{"policies":{"p":{"prices":{"a/b":{"input":1}}}}}""", "/policies/p/prices/a~1b", true },
        { """{"policies":{"p":{"prices":{"ü":{"input":1,"output":1}}}}}""", "/policies/p/prices/ü", true },
        { """{"policies":{"p":{"expires_at":"tomorrow"}}}""", "/policies/p/expires_at", true },
        { """{"policies":{"P":{}}}""", "/policies/P", true },
        { """{"prices":{"gpt":{"input":1,"output":1}}}""", "/prices/gpt", true },
        { """{"prices":{"openai/gpt-*":{"input":1,"output":1}}}""", "/prices/openai~1gpt-*", true },
        { """{"prices":{"opena/gpt":{"input":1,"output":1}}}""", "/prices/opena~1gpt", false },
        { """{"prices":{"openai/gpt":{"input":1}}}""", "/prices/openai~1gpt", true },
        { """{"prices":{"openai/gpt":{"input":-1,"output":1}}}""", "/prices/openai~1gpt/input", true },
        { """{"prices":{"openai/gpt":{"input":1,"output":1,"cached":1}}}""", "/prices/openai~1gpt/cached", true },
        { """{"resilience":{"retry_budget":2}}""", "/resilience/retry_budget", true },
        { """{"resilience":{"cooldown_ms":1}}""", "/resilience/cooldown_ms", true },
        { """{"models":{"a":{"targets":[{"model":"nano/echo"}],"targets":[{"model":"nano/echo"}]}}}""", "/models/a/targets", false },
    };

    [Theory, MemberData(nameof(Mistakes))]
    public void A_mistake_is_reported_with_its_pointer(string json, string pointer, bool inSchema)
    {
        ConfigCases.Pointers(json).ShouldBe([pointer]);
        if (inSchema) ConfigSchema.Accepts(json).ShouldBeFalse();
    }

    /// <summary>What users try first: the messages name the way out.</summary>
    [Theory]
    [InlineData("""{"models":{"a":{"targets":[{"model":"b"}]},"b":{"targets":[{"model":"a"}]}}}""", "an alias contains no other one")]
    [InlineData("""{"models":{"a":{"targets":[{"model":"nano/echo"}],"fallbacks":[{"model":"nano/echo"}]}}}""", "is a target of this alias")]
    [InlineData("""{"models":{"a":{"targets":[{"model":"nano/echo","weight":0}]}}}""", "must be a number from 0.001 to 1000000")]
    [InlineData("""{"models":{"gpt 4":{"targets":[{"model":"nano/echo"}]}}}""", "must be a name of letters, digits")]
    public void A_mistake_names_the_way_out(string json, string message)
    {
        var mistakes = ConfigCases.Read(json).Mistakes;
        mistakes.ShouldNotBeEmpty();
        mistakes.ShouldAllBe(mistake => mistake.Contains(message, StringComparison.Ordinal));
    }

    /// <summary>Names of aliases and of providers are separate: a bare name is the alias, and <c>name/model</c> the provider's model.</summary>
    [Fact]
    public void An_alias_may_have_the_name_of_a_provider_or_of_a_model()
    {
        const string json = """{"models":{"openai":{"targets":[{"model":"openai/gpt-5.5"}]},"gpt-5.5":{"targets":[{"model":"nano/echo"}]}}}""";
        ConfigCases.Read(json).Mistakes.ShouldBeEmpty();
        ConfigSchema.Accepts(json).ShouldBeTrue();
    }

    [Fact]
    public void All_mistakes_are_reported_at_once_and_no_value_is_repeated()
    {
        const string json = """{"providers":{"x":{"type":"openai","key":"sk-secret-1","base_url":"sk-secret-2"}},"models":{"a":{"targets":[{"model":"sk-secret-3"}],"strategy":"sk-secret-4"}},"extra":1}""";
        var (_, mistakes) = ConfigCases.Read(json);
        mistakes.Select(mistake => mistake.Split(' ')[0]).ShouldBe(["/extra", "/providers/x/base_url", "/providers/x/key", "/models/a/strategy", "/models/a/targets/0/model"],
            ignoreOrder: true);
        mistakes.ShouldAllBe(mistake => !mistake.Contains("secret"));
    }

    [Theory]
    [InlineData("{", "It is not valid JSON (line 1, byte 2).")]
    [InlineData("", "It is not valid JSON (line 1, byte 1).")]
    [InlineData("{\"models\":\n  nonsense}", "It is not valid JSON (line 2, byte 4).")]
    public void A_file_that_is_not_JSON_is_reported_with_its_position(string json, string mistake) => ConfigCases.Read(json).Mistakes.ShouldBe([mistake]);

    /// <summary>The parser accepts them: only reading such a text or name raises an exception.</summary>
    [Theory]
    [InlineData("""{"policies":{"a":{"tags":{"x":"\ud83d"}}}}""", "/policies/a/tags/x must be valid Unicode.")]
    [InlineData("""{"policies":{"a":{"tags":{"\ud83d":"x"}}}}""", "/policies/a/tags/\\ud83d has a name that is not valid Unicode.")]
    [InlineData("""{"models":{"a":{"targets":[{"model":"nano/echo"}],"strategy":"\udc00"}}}""", "/models/a/strategy must be valid Unicode.")]
    [InlineData("""{"$schema":"\ud800x","\ud800/":{}}""", "/\\ud800~1 has a name that is not valid Unicode.", "/$schema must be valid Unicode.")]
    public void Half_a_surrogate_pair_is_a_mistake_with_its_pointer(string json, params string[] mistakes) => ConfigCases.Read(json).Mistakes.ShouldBe(mistakes);

    [Theory]
    [InlineData("{\"policies\":{\"a\":{\"tags\":{\"team\":\"B\u00fcro\"}}}}", "(line 1, byte 36)")]
    [InlineData("{\n \"policies\":{\n  \"B\u00fcro\":{}}}", "(line 3, byte 5)")]
    public void A_file_in_another_encoding_is_reported_with_its_position(string json, string position) =>
        ConfigCases.Read(Encoding.Latin1.GetBytes(json)).Mistakes.ShouldBe([$"It is not UTF-8 {position}. Save it with this encoding."]);

    [Fact]
    public void A_file_that_is_too_large_or_too_deep_is_refused()
    {
        ConfigCases.Read(new string(' ', GatewayConfigReader.MaxBytes + 1)).Mistakes.Single().ShouldContain("larger");
        ConfigCases.Read(string.Concat(Enumerable.Repeat("{\"a\":", 100_000))).Mistakes.Single().ShouldContain("not valid JSON");
        ConfigCases.Read($"{{{string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"x{i}\":1"))}}}").Mistakes.Count.ShouldBe(101);
    }

    [Fact]
    public void The_schema_and_the_code_have_the_same_values()
    {
        ConfigSchema.IsValid().ShouldBeTrue();
        using var schema = JsonDocument.Parse(ConfigSchema.Text);
        var definitions = schema.RootElement.GetProperty("$defs");
        Words(definitions.GetProperty("strategy")).ShouldBe(GatewayConfigReader.Strategies);
        Words(definitions.GetProperty("alias").GetProperty("properties").GetProperty("fallbacks").GetProperty("items").GetProperty("properties").GetProperty("on")
            .GetProperty("items"))
            .ShouldBe(FailureClasses.Conditions);
        var (registered, _) = new ProviderRegistry(new DialectSet(), new Dictionary<string, string>()).Registered();
        Words(definitions.GetProperty("provider").GetProperty("properties").GetProperty("type"))
            .ShouldBe([.. registered.Where(provider => provider.DefaultBaseUrl is not null).Select(provider => provider.Id), ProviderConfig.Compatible],
                "nano.schema.json, $defs.provider.properties.type.enum: add the new provider's id at its place, or remove the old one's");

        static string[] Words(JsonElement of) => [.. of.GetProperty("enum").EnumerateArray().Select(word => word.GetString()!)];
    }
}
