using System.Text.Json;
using Nano.Providers.Catalogue;
using Nano.Testing;

namespace Nano.Tests.Providers.Catalogue;

/// <summary>The catalogue against the data that it was made from.</summary>
public sealed class CatalogueSourceTests
{
    /// <summary>The source data of the catalogue equals the catalogue.</summary>
    [SkippableFact]
    public void The_catalogue_matches_its_source_data()
    {
        WireCorpus.Require();
        var file = Path.Combine(WireCorpus.Folder, "..", "field", "models.json");
        Skip.IfNot(File.Exists(file), "The facts are not beside this repository.");
        using var facts = JsonDocument.Parse(File.ReadAllBytes(file));
        var at = new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
        var count = 0;
        foreach (var fact in facts.RootElement.EnumerateArray())
        {
            count++;
            var model = ModelCatalogue.Embedded.Find(fact.GetProperty("provider").GetString()!, fact.GetProperty("id").GetString()!);
            model.ShouldNotBeNull(fact.GetProperty("id").GetString());
            model.Id.ShouldBe(fact.GetProperty("id").GetString());
            model.Context.ShouldBe(Whole(fact, "context"), model.Name);
            model.MaxOutputTokens.ShouldBe(Whole(fact, "max_output"), model.Name);
            model.Input.ToArray().ShouldBe(Words(fact, "input"), model.Name);
            model.Output.ToArray().ShouldBe(Words(fact, "output"), model.Name);
            model.Traits.Tools.ShouldBe(fact.GetProperty("tools").GetBoolean(), model.Name);
            Compare(fact.GetProperty("usd_per_mtok"), model.Prices?.PeriodAt(at)?.Base, model.Name);
            var steps = model.Prices?.PeriodAt(at)?.Steps ?? [];
            var tiers = fact.TryGetProperty("price_tiers", out var list) ? list.EnumerateArray().ToArray() : [];
            steps.Select(step => step.AboveInputTokens).ShouldBe(tiers.Select(tier => tier.GetProperty("above_input_tokens").GetInt64()), model.Name);
            for (var i = 0; i < tiers.Length; i++) Compare(tiers[i], steps[i].Rates, model.Name);
        }
        count.ShouldBe(ModelCatalogue.Embedded.Models.Count - 1);
    }

    private static void Compare(JsonElement fact, Rates? rates, string name)
    {
        (rates?.Input).ShouldBe(Money(fact, "input"), name);
        (rates?.Output).ShouldBe(Money(fact, "output"), name);
        (rates?.CacheRead).ShouldBe(Money(fact, "cache_read"), name);
        (rates?.CacheWrite).ShouldBe(Money(fact, "cache_write"), name);
    }

    private static decimal? Money(JsonElement fact, string name) => fact.TryGetProperty(name, out var value) ? value.GetDecimal() : null;

    private static long? Whole(JsonElement fact, string name) => fact.TryGetProperty(name, out var value) ? value.GetInt64() : null;

    private static string[] Words(JsonElement fact, string name) => [.. fact.GetProperty(name).EnumerateArray().Select(word => word.GetString()!)];
}
