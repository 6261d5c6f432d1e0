using System.Text.Json;
using Nano.Dialects;
using Nano.Providers.Catalogue;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>Every model of the catalogue, and a name of every family, through every quirk of its provider: no request has a member that the model is known to refuse.</summary>
public sealed class CatalogueQuirkTests
{
    public static TheoryData<string, string> Models
    {
        get
        {
            var table = new TheoryData<string, string>();
            var vendors = VendorRequests.Vendors.Select(vendor => vendor.Id).ToHashSet();
            foreach (var model in ModelCatalogue.Embedded.Models.Where(model => vendors.Contains(model.Provider)))
                foreach (var name in model.Aliases.Prepend(model.Id).Append(model.Id + "-2026-11-01")) table.Add(model.Provider, name);
            foreach (var (provider, models, _) in ModelFamilies.All.Where(family => vendors.Contains(family.Provider))) table.Add(provider,
                models.Replace("*", "").Replace('?', '2'));
            return table;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_gets_nothing_that_it_refuses(string provider, string model)
    {
        var vendor = VendorRequests.Vendors.First(vendor => vendor.Id == provider);
        var traits = VendorRequests.TraitsOf(provider, model).ShouldNotBeNull($"{provider}/{model} is known");
        // A provider without these flags leaves the limits to the caller.
        if (vendor.Quirks?.Request is not { } quirks) return;
        var problems = new List<string>();
        foreach (var (name, request) in VendorRequests.Written)
        {
            var (body, losses) = VendorRequests.Send(provider, vendor.Quirks, model, request);
            if (quirks.EffortsOfModel)
                if (Effort(traits, body) is { } refused) problems.Add($"{name}: {refused} ({losses})");
            foreach (var member in quirks.RefusedByFixedSampling.Where(_ => IsFixed(traits, body)))
                if (body.Member(member) is not null) problems.Add($"{name}: {member} ({losses})");
            foreach (var member in quirks.RefusedByReasoningModels.Where(name => traits.Reasons == true && !(traits.StopSequences && name == "stop")))
                if (body.Member(member) is not null) problems.Add($"{name}: {member} ({losses})");
        }
        problems.ShouldBeNone();
    }

    private static string? Effort(ModelTraits traits, JsonElement body)
    {
        if (body.Text("reasoning_effort") is not { } effort) return null;
        // The provider decides about future values.
        if (effort is not ("none" or "minimal" or "low" or "medium" or "high" or "xhigh" or "max")) return null;
        if (traits.Reasons == false || traits is { ThinkingByLevel: false, ThinkingAlwaysOn: true, Efforts.Count: 0 }) return $"effort {effort} at a model that takes none";
        if (effort == "none" && traits.ThinkingAlwaysOn) return "effort none at a model that always thinks";
        return traits.Efforts.Count == 0 || traits.Efforts.Contains(effort) ? null : $"effort {effort}, which is none of {string.Join(", ", traits.Efforts)}";
    }

    private static bool IsFixed(ModelTraits traits, JsonElement body) =>
        traits.SamplingParameters == false
        || (traits.SamplingOnlyWithoutReasoning && (body.Text("reasoning_effort") is { } effort ? effort != "none" : traits.ReasonsUnasked));

    /// <summary>A family's rule covers names that are not in the catalogue, and is not empty.</summary>
    [Fact]
    public void Every_family_has_traits()
    {
        foreach (var (provider, models, traits) in ModelFamilies.All)
        {
            traits.Reasons.ShouldNotBeNull($"{provider}: {models}");
            if (traits.Reasons == false) traits.Efforts.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("anthropic", "claude-sonnet-4-5", true)]
    [InlineData("anthropic", "claude-sonnet-4-5-20250929", true)]
    [InlineData("anthropic", "claude-sonnet-4-20250514", true)]
    [InlineData("anthropic", "claude-3-opus-20240229", false)]
    [InlineData("anthropic", "claude-sonnet-6", null)]
    [InlineData("anthropic", "claude-opus-4-9", null)]
    [InlineData("google", "gemini-4.0-flash", null)]
    [InlineData("google", "gemini-pro", false)]
    [InlineData("google", "gemini-pro-vision", false)]
    [InlineData("google", "gemini-pro-latest", null)]
    [InlineData("openai", "gpt-7", null)]
    [InlineData("xai", "grok-5", null)]
    [InlineData("cohere", "command-b", null)]
    public void A_future_name_has_no_family(string provider, string model, bool? reasons) => ModelFamilies.Find(provider, model)?.Reasons.ShouldBe(reasons);
}
