using Microsoft.Extensions.DependencyInjection;
using Nano.Providers;

namespace Nano.Tests.Providers.Cohere;

/// <summary>Cohere's addresses, and the dialect that each one uses.</summary>
public sealed class CohereProviderTests
{
    [Theory]
    [InlineData(null, "cohere-chat", "https://api.cohere.com/v2/chat", "https://api.cohere.com/v1/models?page_size=1")]
    [InlineData("https://proxy.example/cohere", "cohere-chat", "https://proxy.example/cohere/v2/chat", "https://proxy.example/cohere/v1/models?page_size=1")]
    [InlineData("https://api.cohere.ai/compatibility/v1", "openai-chat", "https://api.cohere.ai/compatibility/v1/chat/completions",
        "https://api.cohere.ai/compatibility/v1/models")]
    [InlineData("https://proxy.example/Compatibility/V1/", "openai-chat", "https://proxy.example/Compatibility/V1/chat/completions",
        "https://proxy.example/Compatibility/V1/models")]
    public void The_address_determines_the_dialect(string? baseUrl, string dialect, string chat, string models)
    {
        var settings = new Dictionary<string, string> { ["COHERE_API_KEY"] = "k" };
        if (baseUrl is not null) settings["COHERE_BASE_URL"] = baseUrl;
        var services = new ServiceCollection();
        services.AddGateway(settings).Errors.ShouldBeEmpty();
        var provider = services.Select(service => service.ImplementationInstance).OfType<IReadOnlyList<Provider>>().Single().Single(p => p.Id == "cohere");
        provider.Dialect.Name.ShouldBe(dialect);
        var address = (baseUrl ?? provider.DefaultBaseUrl!).TrimEnd('/');
        provider.Address(address, "command-a-03-2025", stream: false).ShouldBe(new Uri(chat));
        provider.Lister!.CheckAddress(address).ShouldBe(new Uri(models));
        using var request = new HttpRequestMessage();
        provider.Sign(request, "k");
        request.Headers.Authorization!.ToString().ShouldBe("Bearer k");
    }
}
