using Nano.LocalHost.Tests.Hosting;

namespace Nano.LocalHost.Tests.Embeddings;

/// <summary><c>POST /v1/embeddings</c> to every provider with embeddings: order, format, batches, usage and the record.</summary>
public sealed class ProviderTests(EmbeddingFixture gateway) : IClassFixture<EmbeddingFixture>
{
    /// <summary>A model of each API, and the most inputs of one request.</summary>
    private static readonly (string Model, int Most)[] All =
    [
        ("openai/text-embedding-3-small", 2048), ("azure/my-embedding", 2048), ("mistral/mistral-embed", 256), ("cohere/embed-v4.0", 96),
        ("google/gemini-embedding-001", 100), ("vertex/text-embedding-005", 250), ("vertex/gemini-embedding-001", 1), ("vertex/gemini-embedding-2", 1),
        ("bedrock/amazon.titan-embed-text-v2:0", 1), ("bedrock/eu.cohere.embed-v4:0", 96), ("ollama/nomic-embed-text", 2048), ("vllm/e5", 2048), ("lmstudio/bge", 2048),
        ("any-server/bge", 2048), ("dashscope/text-embedding-v4", 10), ("together/m2-bert", 2048), ("fireworks/nomic-ai/nomic-embed-text-v1.5", 2048),
        ("openrouter/openai/text-embedding-3-small", 2048), ("nvidia/nv-embedqa", 2048), ("deepinfra/bge-m3", 2048), ("sambanova/e5-mistral", 2048),
        ("voyage/voyage-4", 1000), ("jina/jina-embeddings-v4", 2048),
    ];

    public static TheoryData<string, bool> Models
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var (model, _) in All)
                foreach (var asBase64 in (bool[])[false, true]) data.Add(model, asBase64);
            return data;
        }
    }

    public static TheoryData<string, int> Limits
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var (model, most) in All) data.Add(model, most);
            return data;
        }
    }

    [Theory, MemberData(nameof(Models))]
    public async Task Texts_become_vectors_in_their_order_and_in_the_requested_encoding(string model, bool asBase64)
    {
        string[] texts = ["Hello Nano", "a \"quoted\" text\n", "Grüße 👋 and more words"];
        var reply = await gateway.EmbedAsync(model, texts, new { encoding_format = asBase64 ? "base64" : "float" });
        EmbeddingFixture.Vectors(reply, asBase64).ShouldBe([.. texts.Select(FakeEmbedder.Vector)]);
        // Cohere at Bedrock reports no usage in the body.
        var counted = !model.StartsWith("bedrock/eu.cohere", StringComparison.Ordinal);
        var tokens = texts.Sum(FakeEmbedder.Tokens);
        if (counted)
        {
            reply.Json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32().ShouldBe(tokens);
            reply.Json.GetProperty("usage").GetProperty("total_tokens").GetInt32().ShouldBe(tokens);
        }
        reply.Headers.GetValueOrDefault("x-nano-loss").ShouldBeNull();

        var record = await gateway.Usage.OneAsync();
        record["Provider"].ShouldBe(model.Split('/')[0]);
        record["Dialect"].ShouldBe("openai-embeddings");
        record["InputTokens"].ShouldBe(counted ? (long?)tokens : null);
        record["OutputTokens"].ShouldBe(counted ? (long?)0 : null);
        record["Outcome"]!.ToString().ShouldBe("Ok");
    }

    [Theory, MemberData(nameof(Limits))]
    public async Task A_batch_above_the_limit_is_split_and_joined_in_order_with_summed_usage(string model, int most)
    {
        var texts = Enumerable.Range(0, most * 2 + 1).Select(i => $"text number {i}").ToArray();
        var reply = await gateway.EmbedAsync(model, texts);
        EmbeddingFixture.Vectors(reply, asBase64: false).ShouldBe([.. texts.Select(FakeEmbedder.Vector)]);
        gateway.Upstream.Requests.Count.ShouldBe(3);
        if (!model.StartsWith("bedrock/eu.cohere", StringComparison.Ordinal)) reply.Json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32().ShouldBe(texts.Length * 3);
        (await gateway.Usage.OneAsync())["Attempts"].ShouldBe(3);
    }

    [Theory]
    [InlineData("/embeddings")]
    [InlineData("/openai/v1/embeddings")]
    [InlineData("/openai/deployments/openai%2Fm/embeddings?api-version=2024-10-21")]
    public async Task Other_paths_of_the_API_work(string path)
    {
        var reply = await gateway.PostAsync(path, path.Contains("deployments", StringComparison.Ordinal) ? """{"input":["Hello"]}"""
            : """{"model":"openai/m","input":["Hello"]}""");
        EmbeddingFixture.Vectors(reply, asBase64: false).ShouldBe([FakeEmbedder.Vector("Hello")]);
        gateway.Upstream.Request.BodyJson.GetProperty("model").GetString().ShouldBe("m");
    }

    [Fact]
    public async Task One_text_needs_no_list()
    {
        var reply = await gateway.EmbedAsync("cohere/embed-v4.0", "Hello");
        EmbeddingFixture.Vectors(reply, asBase64: false).ShouldBe([FakeEmbedder.Vector("Hello")]);
        gateway.Upstream.Request.BodyText.ShouldBe("""{"model":"embed-v4.0","texts":["Hello"],"input_type":"search_document","embedding_types":["float"]}""");
        gateway.Upstream.Request.Headers["authorization"].ShouldBe("Bearer " + GatewayFixture.ProviderKey("cohere"));
    }
}
