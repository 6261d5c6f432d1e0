using System.ClientModel;
using Nano.LocalHost.Tests.Embeddings;
using OpenAI.Embeddings;

namespace Nano.LocalHost.Tests.Sdk;

/// <summary>NuGet OpenAI's embeddings against every API behind the gateway. The SDK asks for base64.</summary>
public sealed class SdkEmbeddingTests(SdkEmbeddingFixture gateway) : IClassFixture<SdkEmbeddingFixture>
{
    [Theory]
    [InlineData("openai/text-embedding-3-small")]
    [InlineData("azure/my-embedding")]
    [InlineData("mistral/mistral-embed")]
    [InlineData("cohere/embed-v4.0")]
    [InlineData("google/gemini-embedding-001")]
    [InlineData("vertex/text-embedding-005")]
    [InlineData("bedrock/amazon.titan-embed-text-v2:0")]
    [InlineData("dashscope/text-embedding-v4")]
    [InlineData("voyage/voyage-4")]
    [InlineData("jina/jina-embeddings-v4")]
    public async Task Texts_are_embedded(string model)
    {
        var embeddings = (await gateway.Embeddings(model).GenerateEmbeddingsAsync(["Hello", "two words"])).Value;
        embeddings.Select(item => item.ToFloats().ToArray()).ShouldBe([FakeEmbedder.Vector("Hello"), FakeEmbedder.Vector("two words")]);
        embeddings.Usage.InputTokenCount.ShouldBe(3);
    }

    [Fact]
    public async Task A_cached_response()
    {
        using var cache = new CacheHandler();
        var client = gateway.Embeddings("openai/text-embedding-3-small", cache);
        for (var i = 0; i < 2; i++) (await client.GenerateEmbeddingAsync("Is it cached?")).Value.ToFloats().ToArray().ShouldBe(FakeEmbedder.Vector("Is it cached?"));
        cache.Seen.ShouldBe(["miss", "hit"]);
    }

    [Fact]
    public async Task A_provider_without_embeddings_is_a_400()
    {
        var error = await Should.ThrowAsync<ClientResultException>(async () => await gateway.Embeddings("anthropic/claude-opus-5-5").GenerateEmbeddingAsync("Hello"));
        error.Status.ShouldBe(400);
        error.Message.ShouldContain("Anthropic offers no embeddings");
    }
}

/// <summary>The host with every provider's embeddings, and the official .NET SDK.</summary>
public sealed class SdkEmbeddingFixture : EmbeddingFixture
{
    public EmbeddingClient Embeddings(string model, HttpMessageHandler? handler = null) => new(model, new ApiKeyCredential(CallerKey), new OpenAI.OpenAIClientOptions
    {
        Endpoint = new Uri(Client.BaseAddress!, "/v1"),
        RetryPolicy = new System.ClientModel.Primitives.ClientRetryPolicy(0),
        Transport = new System.ClientModel.Primitives.HttpClientPipelineTransport(new HttpClient(handler ?? new SocketsHttpHandler { UseProxy = false })),
    });
}
