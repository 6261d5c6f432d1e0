using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Embeddings;

/// <summary>Gemini's <c>:embedContent</c> and <c>:batchEmbedContents</c> to Google itself and to other providers.</summary>
public sealed class GeminiEmbedTests(EmbeddingFixture gateway) : IClassFixture<EmbeddingFixture>
{
    private const string Two =
        """{"requests":[{"model":"models/alias","content":{"parts":[{"text":"a b"}]},"taskType":"RETRIEVAL_QUERY"},{"content":{"parts":[{"text":"c"}]},"task_type":"RETRIEVAL_QUERY"}]}""";

    [Theory]
    [InlineData("/v1beta/models/google/gemini-embedding-001:embedContent")]
    [InlineData("/v1/models/google%2Fgemini-embedding-001:embedContent")]
    [InlineData("/v1beta/models/gemini-embedding-001:embedContent")]
    public async Task One_content_reaches_Google_unchanged(string path)
    {
        var reply = await gateway.PostAsync(path, """{"content":{"parts":[{"text":"a b"}]},"model":"models/alias","tomorrow":[1, 2]}""",
            ("x-goog-api-key", GatewayFixture.CallerKey));
        reply.Text.ShouldBe("""{"embedding":{"values":[0.375,56.75,-0.25]},"usageMetadata":{"promptTokenCount":2}}""");
        gateway.Upstream.Request.Target.ShouldBe("/google/v1beta/models/gemini-embedding-001:embedContent");
        gateway.Upstream.Request.BodyText.ShouldBe("""{"content":{"parts":[{"text":"a b"}]},"model":"models/gemini-embedding-001","tomorrow":[1, 2]}""");
        (await gateway.Usage.OneAsync())["InputTokens"].ShouldBe(2L);
    }

    [Fact]
    public async Task A_batch_reaches_Google_with_its_models_replaced()
    {
        var reply = await gateway.PostAsync("/v1beta/models/google/m:batchEmbedContents",
            Two.Replace("""{"content":{"parts":[{"text":"c"}]}""", """{"model":"x","content":{"parts":[{"text":"c"}]}""", StringComparison.Ordinal));
        reply.Json.GetProperty("embeddings").GetArrayLength().ShouldBe(2);
        gateway.Upstream.Request.BodyText.ShouldBe(
            """{"requests":[{"model":"models/m","content":{"parts":[{"text":"a b"}]},"taskType":"RETRIEVAL_QUERY"},{"model":"models/m","content":{"parts":[{"text":"c"}]},"task_type":"RETRIEVAL_QUERY"}]}""");
    }

    [Theory]
    [InlineData("openai/m", "dropped=taskType")]
    [InlineData("mistral/m", "dropped=taskType")]
    [InlineData("cohere/m", null)]
    [InlineData("voyage/m", null)]
    [InlineData("jina/m", null)]
    [InlineData("vertex/text-embedding-005", null)]
    [InlineData("bedrock/amazon.titan-embed-text-v2:0", "dropped=taskType")]
    public async Task A_batch_reaches_every_provider(string model, string? loss)
    {
        var reply = await gateway.PostAsync($"/v1beta/models/{model}:batchEmbedContents", Two);
        ((int)reply.Status).ShouldBe(200, reply.Text);
        reply.Json.GetProperty("embeddings").EnumerateArray().Select(item => item.GetProperty("values").Deserialize<float[]>()!)
            .ShouldBe([FakeEmbedder.Vector("a b"), FakeEmbedder.Vector("c")]);
        reply.Json.GetProperty("usageMetadata").GetProperty("promptTokenCount").GetInt32().ShouldBe(3);
        reply.Headers.GetValueOrDefault("x-nano-loss").ShouldBe(loss);
    }

    /// <summary>Gemini sets options per content, the others once per request.</summary>
    [Fact]
    public async Task Contents_with_different_options_become_separate_requests()
    {
        const string body = """{"requests":[{"content":{"parts":[{"text":"a"}]},"outputDimensionality":256},{"content":{"parts":[{"text":"b"}]},"output_dimensionality":256},{"content":{"parts":[{"text":"c"}]}}]}""";
        var reply = await gateway.PostAsync("/v1beta/models/openai/m:batchEmbedContents", body);
        reply.Json.GetProperty("embeddings").EnumerateArray().Select(item => item.GetProperty("values").Deserialize<float[]>()!)
            .ShouldBe([FakeEmbedder.Vector("a"), FakeEmbedder.Vector("b"), FakeEmbedder.Vector("c")]);
        gateway.Upstream.Requests.Select(request => request.BodyText).Order().ShouldBe(["""{"model":"m","input":["a","b"],"dimensions":256}""", """{"model":"m","input":["c"]}"""]);
    }

    [Fact]
    public async Task Texts_of_one_content_are_one_input()
    {
        var reply = await gateway.PostAsync("/v1beta/models/openai/m:embedContent", """{"content":{"parts":[{"text":"a"},{"text":"b"}]}}""");
        gateway.Upstream.Request.BodyText.ShouldBe("""{"model":"m","input":["a\nb"]}""");
        reply.Headers["x-nano-loss"].ShouldBe("emulated=content.parts");
    }

    [Theory]
    [InlineData("google/m:embedContent", """{"content":{"parts":[{"text":"a"},{"inline_data":{"mime_type":"image/png","data":"AA=="}}]}}""", 200)]
    [InlineData("openai/m:embedContent", """{"content":{"parts":[{"text":"a"},{"inline_data":{"mime_type":"image/png","data":"AA=="}}]}}""", 400)]
    [InlineData("openai/m:embedContent", "{}", 400)]
    [InlineData("openai/m:batchEmbedContents", """{"requests":[]}""", 400)]
    [InlineData("openai/m:batchEmbedContents", """{"requests":[{"content":{"parts":[{"text":"a"}]},"outputDimensionality":-1}]}""", 400)]
    [InlineData("anthropic/claude-opus-5-5:embedContent", """{"content":{"parts":[{"text":"a"}]}}""", 400)]
    [InlineData("no-such-model:embedContent", """{"content":{"parts":[{"text":"a"}]}}""", 404)]
    public async Task Errors_are_in_Googles_form(string call, string body, int status)
    {
        var reply = await gateway.PostAsync("/v1beta/models/" + call, body);
        ((int)reply.Status).ShouldBe(status, reply.Text);
        if (status == 200) return;
        var error = reply.Json.GetProperty("error");
        error.GetProperty("code").GetInt32().ShouldBe(status);
        error.GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
        error.GetProperty("status").GetString().ShouldBe(status == 404 ? "NOT_FOUND" : "INVALID_ARGUMENT");
    }

    [Fact]
    public async Task An_error_of_another_provider_is_in_Googles_form()
    {
        gateway.Script(UpstreamScript.Json("""{"error":{"message":"Slow down.","code":"rate_limit_exceeded"}}""", 429));
        using var sent = await gateway.Client.PostAsync("/v1beta/models/openai/m:embedContent", new StringContent("""{"content":{"parts":[{"text":"a"}]}}"""));
        var error = (await GatewayReply.ReadAsync(sent)).Json.GetProperty("error");
        (error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString(),
            error.GetProperty("status").GetString()).ShouldBe((429, "Slow down.", "RESOURCE_EXHAUSTED"));
    }
}
