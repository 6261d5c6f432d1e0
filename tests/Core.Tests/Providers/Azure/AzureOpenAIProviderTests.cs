using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIResponses;
using Nano.Providers;
using Nano.Providers.Azure;

namespace Nano.Tests.Providers.Azure;

public sealed class AzureOpenAIProviderTests
{
    private static readonly OpenAIChatDialect Chat = new();
    private static readonly OpenAIResponsesDialect Responses = new();

    [Theory]
    // The v1 API, by its whole base URL or only by the resource.
    [InlineData("https://r.openai.azure.com/openai/v1", null, "https://r.openai.azure.com/openai/v1/chat/completions", "https://r.openai.azure.com/openai/v1/models")]
    [InlineData("https://r.openai.azure.com/openai/v1", "preview", "https://r.openai.azure.com/openai/v1/chat/completions?api-version=preview",
        "https://r.openai.azure.com/openai/v1/models?api-version=preview")]
    [InlineData("https://r.openai.azure.com", null, "https://r.openai.azure.com/openai/v1/chat/completions", "https://r.openai.azure.com/openai/v1/models")]
    [InlineData("https://r.cognitiveservices.azure.com/openai", null, "https://r.cognitiveservices.azure.com/openai/v1/chat/completions",
        "https://r.cognitiveservices.azure.com/openai/v1/models")]
    // Classic.
    [InlineData("https://r.openai.azure.com", "2024-12-01-preview", "https://r.openai.azure.com/openai/deployments/my%20gpt%2F5/chat/completions?api-version=2024-12-01-preview",
        "https://r.openai.azure.com/openai/models?api-version=2024-12-01-preview")]
    [InlineData("https://r.openai.azure.com/openai", "2024-10-21", "https://r.openai.azure.com/openai/deployments/my%20gpt%2F5/chat/completions?api-version=2024-10-21",
        "https://r.openai.azure.com/openai/models?api-version=2024-10-21")]
    // Foundry's model address.
    [InlineData("https://r.services.ai.azure.com/models", "2024-05-01-preview", "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview",
        "https://r.services.ai.azure.com/openai/v1/models")]
    public void An_address_follows_from_the_base_url(string baseUrl, string? version, string chat, string models)
    {
        var provider = Azure(("AZURE_API_VERSION", version));
        provider.Address(baseUrl, "my gpt/5", stream: true).AbsoluteUri.ShouldBe(chat);
        provider.Lister!.CheckAddress(baseUrl)!.AbsoluteUri.ShouldBe(models);
    }

    [Theory]
    [InlineData("https://r.openai.azure.com/openai/v1", null, "https://r.openai.azure.com/openai/v1/responses")]
    [InlineData("https://r.openai.azure.com/openai/v1", "preview", "https://r.openai.azure.com/openai/v1/responses?api-version=preview")]
    [InlineData("https://r.openai.azure.com", null, "https://r.openai.azure.com/openai/v1/responses")]
    [InlineData("https://r.openai.azure.com", "2025-04-01-preview", "https://r.openai.azure.com/openai/responses?api-version=2025-04-01-preview")]
    [InlineData("https://r.openai.azure.com/openai", "2025-03-01-preview", "https://r.openai.azure.com/openai/responses?api-version=2025-03-01-preview")]
    // A version older than Responses: the v1 API is used without a version.
    [InlineData("https://r.openai.azure.com", "2024-10-21", "https://r.openai.azure.com/openai/v1/responses")]
    [InlineData("https://r.services.ai.azure.com/models", "2024-05-01-preview", "https://r.services.ai.azure.com/openai/v1/responses")]
    public void Responses_has_one_address_for_all_deployments(string baseUrl, string? version, string address)
    {
        var provider = Azure(("AZURE_API_VERSION", version));
        provider.Address(baseUrl, "my gpt/5", stream: true, Responses).AbsoluteUri.ShouldBe(address);
    }

    [Theory]
    [InlineData("2024-10-21&x=y")]
    [InlineData("../..")]
    [InlineData("v 1")]
    public void An_invalid_version_is_a_mistake(string version)
    {
        var mistakes = new List<string>();
        var provider = AzureOpenAIProvider.Create(Chat, Responses, new Dictionary<string, string> { ["AZURE_API_VERSION"] = version }, mistakes);
        mistakes.ShouldBe(["AZURE_API_VERSION must be a version such as 2024-10-21 or 2025-04-01-preview."]);
        provider.Address("https://r.openai.azure.com", "m", stream: false).Query.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("https://r.openai.azure.com/openai/v1", "https://cognitiveservices.azure.com/.default")]
    [InlineData("https://r.services.ai.azure.com/models", "https://ai.azure.com/.default")]
    [InlineData("https://r.openai.azure.us", "https://cognitiveservices.azure.us/.default")]
    [InlineData("https://r.openai.azure.cn", "https://cognitiveservices.azure.cn/.default")]
    public void With_Entra_a_token_for_the_addresss_cloud_is_sent_as_bearer(string baseUrl, string scope)
    {
        var mistakes = new List<string>();
        var provider = AzureOpenAIProvider.Create(Chat, Responses, new Dictionary<string, string> { ["AZURE_AUTH"] = "Entra", ["AZURE_BASE_URL"] = baseUrl }, mistakes);
        mistakes.ShouldBeEmpty();
        provider.Credentials.ShouldBeOfType<AzureOpenAIProvider.EntraToken>().Scope.ShouldBe(scope);
        provider.Credentials.SignIn.ShouldNotBeNull();
        using var message = new HttpRequestMessage();
        provider.Sign(message, "t");
        message.Headers.Authorization!.ToString().ShouldBe("Bearer t");
        message.Headers.Contains("api-key").ShouldBeFalse();
    }

    [Fact]
    public void An_invalid_way_to_sign_in_is_a_mistake()
    {
        var mistakes = new List<string>();
        var provider = AzureOpenAIProvider.Create(Chat, Responses, new Dictionary<string, string> { ["AZURE_AUTH"] = "magic" }, mistakes);
        mistakes.ShouldBe(["AZURE_AUTH must be 'key' or 'entra'."]);
        provider.Credentials.SignIn.ShouldBeNull();
    }

    [Fact]
    public void The_key_has_its_own_header()
    {
        using var message = new HttpRequestMessage();
        Azure().Sign(message, "k");
        message.Headers.GetValues("api-key").ShouldBe(["k"]);
        message.Headers.Authorization.ShouldBeNull();
    }

    private static Provider Azure(params (string Name, string? Value)[] settings) =>
        AzureOpenAIProvider.Create(Chat, Responses, settings.Where(setting => setting.Value is not null).ToDictionary(setting => setting.Name, setting => setting.Value!), []);
}
