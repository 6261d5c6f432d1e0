namespace Nano.LocalHost.Tests.Embeddings;

/// <summary>The request that each provider gets, and the parts that it cannot express.</summary>
public sealed class RequestTests(EmbeddingFixture gateway) : IClassFixture<EmbeddingFixture>
{
    [Theory]
    // Passthrough: every byte except the model's name, including unknown members.
    [InlineData("openai/m", """{"model":"openai/m","input":"a b","dimensions":3,"user":"u","tomorrow":{"x":[1, 2]}}""",
        """{"model":"m","input":"a b","dimensions":3,"user":"u","tomorrow":{"x":[1, 2]}}""", null)]
    [InlineData("openai/m", """{ "input" : [ [1, 2], [3] ] , "model":"openai/m"}""", """{ "input" : [ [1, 2], [3] ] , "model":"m"}""", null)]
    [InlineData("openai/m", """{"model":"openai/m","input":[1,2,3]}""", """{"model":"m","input":[1,2,3]}""", null)]
    [InlineData("openrouter/m", """{"model":"openrouter/m","input":"a","input_type":"query"}""", """{"model":"m","input":"a","input_type":"query"}""", null)]
    // The same API with other names.
    [InlineData("mistral/m", """{"model":"mistral/m","input":"a","dimensions":256,"user":"u","metadata":{"k":1}}""",
        """{"model":"m","input":["a"],"output_dimension":256,"metadata":{"k":1}}""", "dropped=user")]
    [InlineData("dashscope/m", """{"model":"dashscope/m","input":"a","encoding_format":"base64","dimensions":64}""", """{"model":"m","input":["a"],"dimensions":64}""", null)]
    [InlineData("nvidia/m", """{"model":"nvidia/m","input":"a"}""", """{"model":"m","input":["a"],"input_type":"passage"}""", null)]
    [InlineData("nvidia/m", """{"model":"nvidia/m","input":"a","input_type":"query"}""", """{"model":"m","input":"a","input_type":"query"}""", null)]
    [InlineData("nvidia/m", """{"model":"nvidia/m","input":"a","input_type":"search_query"}""", """{"model":"m","input":["a"],"input_type":"query"}""", null)]
    [InlineData("vllm/m", """{"model":"vllm/m","input":"a","encoding_format":null,"user":null}""", """{"model":"m","input":["a"]}""", null)]
    [InlineData("voyage/m", """{"model":"voyage/m","input":"a","input_type":"search_query","dimensions":256,"encoding_format":"float","user":"u"}""",
        """{"model":"m","input":["a"],"output_dimension":256,"input_type":"query"}""", "dropped=user")]
    [InlineData("jina/m", """{"model":"jina/m","input":"a","task":"retrieval.query","encoding_format":"base64"}""",
        """{"model":"m","input":["a"],"task":"retrieval.query","embedding_type":"base64"}""", null)]
    // Token ids of OpenAI's embedding models become text for the others ("Hello world", "Hi").
    [InlineData("cohere/m", """{"model":"cohere/m","input":[[9906,1917],[13347]]}""",
        """{"model":"m","texts":["Hello world","Hi"],"input_type":"search_document","embedding_types":["float"]}""", "emulated=input")]
    [InlineData("mistral/m", """{"model":"mistral/m","input":[9906,1917]}""", """{"model":"m","input":["Hello world"]}""", "emulated=input")]
    // Other APIs.
    [InlineData("cohere/m", """{"model":"cohere/m","input":"a","dimensions":256,"input_type":"query","truncate":"END"}""",
        """{"model":"m","texts":["a"],"input_type":"search_query","embedding_types":["float"],"output_dimension":256,"truncate":"END"}""", null)]
    [InlineData("cohere/m", """{"model":"cohere/m","input":"a","user":"u","input_type":"text-matching","tomorrow":1}""",
        """{"model":"m","texts":["a"],"input_type":"search_document","embedding_types":["float"]}""", "dropped=input_type,user,tomorrow")]
    [InlineData("cohere/embed-english-v3.0", """{"model":"cohere/embed-english-v3.0","input":"a","dimensions":256}""",
        """{"model":"embed-english-v3.0","texts":["a"],"input_type":"search_document","embedding_types":["float"]}""", "dropped=dimensions")]
    [InlineData("google/m", """{"model":"google/m","input":["a","b"],"dimensions":256,"input_type":"search_query","user":"u"}""",
        """{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":256},{"model":"models/m","content":{"parts":[{"text":"b"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":256}]}""", "dropped=user")]
    [InlineData("vertex/text-embedding-005", """{"model":"vertex/text-embedding-005","input":["a"],"dimensions":256,"input_type":"document","truncate":false}""",
        """{"instances":[{"content":"a","task_type":"RETRIEVAL_DOCUMENT"}],"parameters":{"outputDimensionality":256,"autoTruncate":false}}""", null)]
    [InlineData("vertex/gemini-embedding-2", """{"model":"vertex/gemini-embedding-2","input":["a"],"dimensions":256}""",
        """{"content":{"parts":[{"text":"a"}]},"outputDimensionality":256}""", null)]
    [InlineData("bedrock/amazon.titan-embed-text-v2:0", """{"model":"bedrock/amazon.titan-embed-text-v2:0","input":["a"],"dimensions":256,"input_type":"document"}""",
        """{"inputText":"a","dimensions":256}""", "dropped=input_type")]
    [InlineData("bedrock/amazon.titan-embed-text-v1", """{"model":"bedrock/amazon.titan-embed-text-v1","input":["a"],"dimensions":256}""", """{"inputText":"a"}""",
        "dropped=dimensions")]
    [InlineData("bedrock/cohere.embed-v4:0", """{"model":"bedrock/cohere.embed-v4:0","input":["a"],"dimensions":256}""",
        """{"texts":["a"],"input_type":"search_document","embedding_types":["float"],"output_dimension":256}""", null)]
    public async Task A_request_reaches_its_provider_in_the_providers_form(string model, string body, string sent, string? loss)
    {
        var reply = await gateway.PostAsync("/v1/embeddings", body);
        ((int)reply.Status).ShouldBe(200, $"{model}: {reply.Text}");
        gateway.Upstream.Request.BodyText.ShouldBe(sent);
        reply.Headers.GetValueOrDefault("x-nano-loss").ShouldBe(loss);

        if (loss is null) return;
        var strict = await gateway.PostAsync("/v1/embeddings", body, ("x-nano-strict", "true"));
        ((int)strict.Status).ShouldBe(400);
        strict.Error().GetProperty("code").GetString().ShouldBe("lossy_conversion");
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("openai/m", "/openai/v1/embeddings")]
    [InlineData("azure/my-embedding", "/azure/v1/embeddings")]
    [InlineData("cohere/m", "/cohere/v2/embed")]
    [InlineData("google/m", "/google/v1beta/models/m:batchEmbedContents")]
    [InlineData("vertex/text-embedding-005", "/vertex/v1/publishers/google/models/text-embedding-005:predict")]
    [InlineData("vertex/gemini-embedding-2", "/vertex/v1/publishers/google/models/gemini-embedding-2:embedContent")]
    [InlineData("bedrock/amazon.titan-embed-text-v2:0", "/bedrock/model/amazon.titan-embed-text-v2%3A0/invoke")]
    [InlineData("bedrock/eu.cohere.embed-v4:0", "/bedrock/model/eu.cohere.embed-v4%3A0/invoke")]
    public async Task Each_provider_gets_requests_at_its_own_address(string model, string target)
    {
        ((int)(await gateway.EmbedAsync(model, "a")).Status).ShouldBe(200);
        gateway.Upstream.Request.Target.ShouldBe(target);
    }

    [Fact]
    public async Task A_passed_through_response_is_identical_to_the_providers()
    {
        const string response = """{"object":"list", "data":[{"object":"embedding","index":0,"embedding":[0.10000000000000001, -1e-9]}],"model":"m","usage":{"prompt_tokens":1,"total_tokens":1},"x":1}""" + "\n";
        gateway.Script(Nano.Testing.Upstream.UpstreamScript.Json(response));
        using var reply = await gateway.Client.PostAsync("/v1/embeddings", new StringContent(EmbeddingFixture.Body("openai/m", "a")));
        (await reply.Content.ReadAsStringAsync()).ShouldBe(response);
    }
}
