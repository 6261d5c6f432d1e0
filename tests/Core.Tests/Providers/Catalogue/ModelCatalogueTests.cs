using System.Text;
using System.Text.Json;
using Nano.Providers.Catalogue;
using Nano.Testing;

namespace Nano.Tests.Providers.Catalogue;

public sealed class ModelCatalogueTests
{
    /// <summary>Case 22: one wrong bracket in the price list makes every cost silently wrong.</summary>
    [Fact]
    public void Case22_The_embedded_catalogue_is_whole()
    {
        var models = ModelCatalogue.Embedded.Models;
        // Read without the catalogue's reader, which could skip some.
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(WireCorpus.RepositoryRoot, "src", "Core", "Providers", "Catalogue", "models.json")));
        models.Count.ShouldBe(file.RootElement.GetProperty("models").GetArrayLength());
        models.Select(model => model.Name).ShouldBeUnique();
        foreach (var model in models)
        {
            model.Source.ShouldNotBeNullOrWhiteSpace(model.Name);
            model.Input.ShouldContain("text", model.Name);
            model.Output.ShouldContain("text", model.Name);
            if (model.Name is not ("cohere/north-mini-code-1-0" or "groq/groq/compound")) model.Prices.ShouldNotBeNull(model.Name);
            if (model is { Context: { } context, MaxOutputTokens: { } most }) most.ShouldBeLessThanOrEqualTo(context, model.Name);
            foreach (var rates in model.Prices?.Periods.SelectMany(period => period.Steps.Select(step => step.Rates).Prepend(period.Base)) ?? [])
            {
                rates.Input.ShouldNotBeNull(model.Name);
                rates.Output!.Value.ShouldBeGreaterThanOrEqualTo(rates.Input!.Value, model.Name);
                if (rates.CacheRead is { } read) read.ShouldBeLessThanOrEqualTo(rates.Input.Value, model.Name);
                if (rates.CacheWrite is { } write) write.ShouldBeGreaterThanOrEqualTo(rates.Input.Value, model.Name);
                if (rates.LongCacheWrite is { } longer) longer.ShouldBeGreaterThanOrEqualTo(rates.CacheWrite ?? 0, model.Name);
            }
        }
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("[]", "")]
    [InlineData("{}", "unit is missing")]
    [InlineData("""{"unit":"EUR","read":"2026-11-22","models":[]}""", "'EUR' is not a known value")]
    [InlineData("""{"unit":"USD per million tokens","read":"yesterday","models":[]}""", "")]
    [InlineData("""{"unit":"USD per million tokens","read":"2026-11-22","models":[],"more":1}""", "more")]
    [InlineData("""{"unit":"USD per million tokens","read":"2026-11-22","models":[MODEL,]}""", "a/b")]
    [InlineData("""{"unit":"USD per million tokens","read":"2026-11-22","models":[MODEL}""", "")]
    [InlineData("""{"unit":"USD per million tokens","read":"2026-11-22","models":[MODEL MODEL]}""", "")]
    [InlineData("""{"unit":"USD per million tokens","read":"2026-11-22","models":[MODEL,MODEL]}""", "a/b twice")]
    public void Case22_A_malformed_catalogue_fails_loudly(string json, string said)
    {
        var fault = Should.Throw<InvalidDataException>(() => Read(json.Replace("MODEL", Good)), json);
        if (said != "JSON" && said != "a/b") fault.Message.ShouldContain(said);
    }

    [Theory]
    [InlineData("""
        "id":"a/b"
        """, """
        "id":"ab"
        """, "provider/model")]
    [InlineData(""" "tools":true, """, "", "tools is missing")]
    [InlineData("""
        "tools":true
        """, """
        "tools":"yes"
        """, "")]
    [InlineData("""
        "tools":true
        """, """
        "tools":true,"tools":true
        """, "tools is there twice")]
    [InlineData("""
        "tools":true
        """, """
        "tools":true,"cachRead":1
        """, "cachRead")]
    [InlineData("""
        "output":2
        """, """
        "output":-2
        """, "negative")]
    [InlineData("""
        "output":2
        """, """
        "output":"2"
        """, "")]
    [InlineData("""
        ,"output":2
        """, "", "output is missing")]
    [InlineData("""
        "output":2
        """, """
        "output":2,"cachRead":1
        """, "cachRead")]
    [InlineData("""
        "output":2
        """, """
        "output":2,"above":[{"tokens":5,"input":1,"output":1},{"tokens":5,"input":1,"output":1}]
        """, "rising")]
    [InlineData("""
        {"input":1,"output":2}
        """, """
        {"from":"2027-01-01","input":1,"output":2},{"input":1,"output":2}
        """, "rising")]
    [InlineData("""
        {"input":1,"output":2}
        """, "", "empty")]
    [InlineData("""
        "status":"current"
        """, """
        "status":"new"
        """, "new")]
    [InlineData("""
        "sampling":"yes"
        """, """
        "sampling":true
        """, "")]
    [InlineData("""
        "maxOutput":5
        """, """
        "maxOutput":5.5
        """, "")]
    [InlineData("""
        "maxOutput":5
        """, """
        "maxOutput":-5
        """, "negative")]
    [InlineData("""
        "status":"current"
        """, """
        "status":"current","reasoning":{"effort":["low"]}
        """, "effort")]
    [InlineData("""
        "status":"current"
        """, """
        "status":"current","peak":{"times":2,"utcOffset":8,"weekdays":[1],"hours":[12,9]}
        """, "peak")]
    [InlineData("""
        "status":"current"
        """, """
        "status":"current","serviceTiers":{"fast":[{"times":0}]}
        """, "above zero")]
    [InlineData("""
        "status":"current"
        """, """
        "status":"current","released":"2026-13"
        """, "")]
    public void Case22_A_mistake_in_a_model_names_the_model(string good, string bad, string said)
    {
        var model = Good.Replace(good.Trim(), bad.Trim());
        model.ShouldNotBe(Good, "the case must change something");
        var fault = Should.Throw<InvalidDataException>(() => Read($$"""{"unit":"USD per million tokens","read":"2026-11-22","models":[{{model}}]}"""), bad);
        fault.Message.ShouldContain(model.Contains("a/b") ? "a/b" : "ab");
        fault.Message.ShouldContain(said);
    }

    [Fact]
    public void Case22_No_bracket_quote_or_comma_can_go_missing()
    {
        using var stream = typeof(ModelCatalogue).Assembly.GetManifestResourceStream("models.json")!;
        var data = new byte[stream.Length];
        stream.ReadExactly(data);
        var tried = 0;
        // Every 13th of thousands, which covers each kind of mark in each kind of position.
        for (int at = 0, marks = 0; at < data.Length; at++)
        {
            if (!"{}[]\",:".Contains((char)data[at]) || marks++ % 13 != 0) continue;
            byte[] broken = [.. data.AsSpan(0, at), .. data.AsSpan(at + 1)];
            Should.Throw<InvalidDataException>(() => ModelCatalogue.FromJson(broken).Models, $"without the '{(char)data[at]}' at {at}");
            tried++;
        }
        tried.ShouldBeGreaterThan(400);
    }

    [Fact]
    public void The_valid_model_of_these_tests_is_valid() => Read($$"""{"unit":"USD per million tokens","read":"2026-11-22","models":[{{Good}}]}""").Models.Count.ShouldBe(1);

    [Theory]
    [InlineData("openai", "gpt-5.5", "gpt-5.5")]
    [InlineData("openai", "gpt-5.5-2026-04-23", "gpt-5.5")]
    [InlineData("openai", "gpt-5.6", "gpt-5.6-sol")]
    [InlineData("anthropic", "claude-haiku-4-5-20251001", "claude-haiku-4-5")]
    [InlineData("groq", "qwen/qwen3-32b", "qwen/qwen3-32b")]
    [InlineData("mistral", "mistral-large-2512", "mistral-large-2512")]
    [InlineData("deepseek", "deepseek-v4-flash", "deepseek-flash")]
    // this snapshot costs twice as much and has a quarter of the output limit
    [InlineData("openai", "gpt-4o-2024-05-13", null)]
    [InlineData("openai", "gpt-4o-2024-08-06", "gpt-4o")]
    // not a date, not at the end, or unknown without it
    [InlineData("openai", "gpt-5.5-2026-02-30", null)]
    [InlineData("openai", "gpt-5.5-20261301", null)]
    [InlineData("openai", "gpt-5.5-0426", null)]
    [InlineData("openai", "gpt-5.5-19990101", null)]
    [InlineData("openai", "gpt-5.52026-04-23", null)]
    [InlineData("openai", "gpt-5.5-2026-04-23-x", null)]
    [InlineData("openai", "gpt-7-2026-04-23", null)]
    [InlineData("openai", "-2026-04-23", null)]
    [InlineData("openai", "2026-04-23", null)]
    [InlineData("openai", "gpt-5", null)]
    [InlineData("openai", "GPT-5.5", null)]
    [InlineData("openai", "", null)]
    [InlineData("anthropic", "gpt-5.5", null)]
    [InlineData("nobody", "gpt-5.5", null)]
    public void A_model_is_found_by_id_alias_and_dated_snapshot(string provider, string name, string? id) =>
        ModelCatalogue.Embedded.Find(provider, name)?.Id.ShouldBe(id);

    [Theory]
    [InlineData("openai", "gpt-4o-2024-05-13")]
    [InlineData("openai", "gpt-5.5-2026-02-30")]
    [InlineData("openai", "gpt-5")]
    [InlineData("anthropic", "gpt-5.5")]
    public void An_unknown_model_is_not_found(string provider, string name) => ModelCatalogue.Embedded.Find(provider, name).ShouldBeNull();

    /// <summary>Traits that affect how requests are written, for models whose rules differ. Empty means unknown.</summary>
    [Theory]
    [InlineData("anthropic/claude-opus-5-5", "max=128000 sampling=no reasons=yes by=level always forced=no system prefill=no efforts=low,medium,high,xhigh,max")]
    [InlineData("anthropic/claude-opus-5", "max=128000 sampling=no reasons=yes by=level system prefill=no efforts=low,medium,high,xhigh,max")]
    [InlineData("anthropic/claude-sonnet-5-5", "max=128000 sampling=no reasons=yes by=level always system prefill=no efforts=low,medium,high,xhigh,max")]
    [InlineData("anthropic/claude-sonnet-5", "max=128000 sampling=no reasons=yes by=level system prefill=no efforts=low,medium,high,xhigh,max")]
    [InlineData("anthropic/claude-fable-5", "max=128000 sampling=no reasons=yes by=level always system prefill=no efforts=low,medium,high,xhigh,max")]
    [InlineData("anthropic/claude-fable-5-1", "max=128000 sampling=no reasons=yes by=level always forced=no system prefill=no efforts=low,medium,high,xhigh,max")]
    [InlineData("anthropic/claude-haiku-5-5", "max=128000 sampling=no reasons=yes by=level system prefill=no efforts=low,medium,high,xhigh,max")]
    [InlineData("anthropic/claude-opus-4-8", "max=128000 sampling=no reasons=yes by=level system prefill=no efforts=low,medium,high,xhigh,max")]
    [InlineData("anthropic/claude-sonnet-4-6", "max=64000 sampling=yes reasons=yes by=level budget=1024.. prefill=no efforts=low,medium,high,max")]
    [InlineData("anthropic/claude-haiku-4-5", "max=64000 sampling=yes reasons=yes budget=1024..")]
    [InlineData("google/gemini-2.5-pro", "max=65536 reasons=yes always budget=128..32768")]
    [InlineData("google/gemini-2.5-flash", "max=65536 reasons=yes budget=0..24576")]
    [InlineData("google/gemini-2.5-flash-lite", "max=65536 reasons=yes budget=512..24576")]
    [InlineData("google/gemini-3.8-flash", "max=65536 reasons=yes by=level always efforts=low,medium,high")]
    [InlineData("google/gemini-3.5-flash", "max=65536 reasons=yes by=level always efforts=minimal,low,medium,high")]
    [InlineData("openai/gpt-6.2-sol", "max=128000 sampling=no reasons=yes by=level always")]
    [InlineData("openai/gpt-6.1-sol", "max=128000 sampling=no reasons=yes by=level always efforts=low,medium,high,xhigh,max")]
    [InlineData("openai/gpt-6-luna", "max=128000 sampling=without-reasoning reasons=yes by=level efforts=none,low,medium,high,xhigh,max")]
    [InlineData("openai/gpt-4o", "max=16384 sampling=yes reasons=no")]
    [InlineData("xai/grok-4.7", "max=500000 reasons=yes by=level always efforts=low,medium,high,xhigh")]
    [InlineData("xai/grok-4.3", "max=30000 reasons=yes by=level efforts=none,low,medium,high")]
    [InlineData("xai/grok-4.20-0309-reasoning", "max=30000 reasons=yes always")]
    [InlineData("xai/grok-build-0.1", "max=256000 reasons=yes always")]
    [InlineData("deepseek/deepseek-v4-pro", "max=393216 reasons=yes by=level efforts=high,max schema=no")]
    [InlineData("cohere/command-a-vision-07-2025", "max=8000 sampling=yes reasons=no tools=no")]
    [InlineData("mistral/mistral-large-4", "reasons=yes by=level efforts=none,high")]
    public void Catalogue_data_becomes_traits(string name, string expected)
    {
        var traits = ModelCatalogue.Embedded.Models.Single(model => model.Name == name).Traits;
        var said = new StringBuilder();
        if (traits.MaxOutputTokens is { } most) said.Append($" max={most}");
        if (traits.SamplingParameters is { } sampling)
            said.Append(traits.SamplingOnlyWithoutReasoning ? " sampling=without-reasoning" : sampling ? " sampling=yes" : " sampling=no");
        if (traits.Reasons is { } reasons) said.Append(reasons ? " reasons=yes" : " reasons=no");
        if (traits.ThinkingByLevel) said.Append(" by=level");
        if (traits.ThinkingAlwaysOn) said.Append(" always");
        if (traits.MinThinkingBudget is { } least) said.Append($" budget={least}..{traits.MaxThinkingBudget}");
        if (traits.ForcedToolChoice is false) said.Append(" forced=no");
        if (traits.MidConversationSystem is true) said.Append(" system");
        if (traits.Prefill is false) said.Append(" prefill=no");
        if (traits.Efforts.Count > 0) said.Append(" efforts=").AppendJoin(',', traits.Efforts);
        if (traits.JsonSchema is false) said.Append(" schema=no");
        if (traits.Tools is false) said.Append(" tools=no");
        said.ToString().Trim().ShouldBe(expected, name);
    }

    private const string Good =
        """{"id":"a/b","maxOutput":5,"in":["text"],"out":["text"],"tools":true, "schema":true,"sampling":"yes","status":"current","prices":[{"input":1,"output":2}],"source":"test"}""";

    private static ModelCatalogue Read(string json)
    {
        var catalogue = ModelCatalogue.FromJson(Encoding.UTF8.GetBytes(json));
        _ = catalogue.Models;
        return catalogue;
    }
}
