using Nano.LocalHost.Tests.Sdk;

namespace Nano.LocalHost.Tests.Responses;

/// <summary>The host with OpenAI and Azure OpenAI, whose models get requests that Chat refuses on Responses.</summary>
public sealed class ResponsesFixture : SdkFixture
{
    protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream))
    {
        ["AZURE_BASE_URL"] = $"{upstream}/azure/openai/v1",
        ["AZURE_API_KEY"] = ProviderKey("azure"),
    };
}
