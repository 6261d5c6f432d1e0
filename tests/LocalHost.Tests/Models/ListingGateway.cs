using Microsoft.Extensions.DependencyInjection;
using Nano.LocalHost.Tests.Panel;
using Nano.Testing;
using Nano.Testing.Upstream;
using Nano.Upstream;

namespace Nano.LocalHost.Tests.Models;

/// <summary>OpenAI, Anthropic, Google, a custom provider and Ollama without a key, Together, Perplexity and Azure.</summary>
internal sealed class ListingGateway : PanelGateway
{
    protected override Dictionary<string, string> Settings(string upstream)
    {
        var settings = base.Settings(upstream);
        settings.Remove("XAI_API_KEY");
        settings.Remove("COHERE_API_KEY");
        settings["CUSTOM_MY_SERVER_BASE_URL"] = $"{upstream}/my-server/v1";
        settings["OLLAMA_BASE_URL"] = $"{upstream}/ollama/v1";
        foreach (var id in new[] { "TOGETHER", "PERPLEXITY", "AZURE" })
        {
            settings[id + "_BASE_URL"] = $"{upstream}/{id.ToLowerInvariant()}/v1";
            settings[id + "_API_KEY"] = ProviderKey(id.ToLowerInvariant());
        }
        return settings;
    }

    /// <summary>Completes when no list is being fetched.</summary>
    public Task LandedAsync() => Services.GetRequiredService<ModelLists>().IdleAsync();

    /// <summary>Providers whose target begins with this prefix return this; others have empty lists.</summary>
    public void Lists(params (string Provider, UpstreamScript Script)[] lists) =>
        Upstream.Lists = request => lists.FirstOrDefault(list => request.Target.StartsWith($"/{list.Provider}/", StringComparison.Ordinal)).Script
        ?? UpstreamScript.Json("""{"data":[],"models":[]}""");

    /// <summary>The ids of all listed models.</summary>
    /// <param name="credential">Null for the owner.</param>
    public async Task<List<string>> IdsAsync(string? credential = null)
    {
        var reply = credential is null ? await OwnerAsync("GET", "/v1/models") : await CallAsync("GET", "/v1/models", null, credential);
        ((int)reply.Status).ShouldBe(200, reply.Text);
        return [.. reply.Json.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()!)];
    }

    /// <summary>Asks until a response has the model: a list that was being fetched is in one of the next responses.</summary>
    public Task UntilListedAsync(string model) => Wait.UntilAsync(async () => (await IdsAsync()).Contains(model));
}
