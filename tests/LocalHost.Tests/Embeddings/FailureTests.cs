using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Embeddings;

/// <summary>Requests that cannot be served, and providers that fail.</summary>
public sealed class FailureTests(EmbeddingFixture gateway) : IClassFixture<EmbeddingFixture>
{
    [Theory]
    [InlineData("""{"input":"a"}""", 400, "missing_required_parameter")]
    [InlineData("""{"model":"openai/m"}""", 400, null)]
    [InlineData("""{"model":"openai/m","input":[]}""", 400, null)]
    [InlineData("""{"model":"openai/m","input":[true]}""", 400, null)]
    [InlineData("""{"model":"openai/m","input":"a","dimensions":0}""", 400, null)]
    [InlineData("""{"model":"openai/m","input":"a","encoding_format":"int8"}""", 400, null)]
    [InlineData("""{"model":"openai/m","input":"a","model":"openai/n"}""", 400, "duplicate_member")]
    [InlineData("""{"model":"no-such-model","input":"a"}""", 404, "model_not_found")]
    [InlineData("""{"model":"anthropic/claude-opus-5-5","input":"a"}""", 400, "embeddings_not_supported")]
    [InlineData("""{"model":"xai/grok-4.6","input":"a"}""", 400, "embeddings_not_supported")]
    [InlineData("""{"model":"vertex/claude-opus-5-5","input":"a"}""", 400, "embeddings_not_supported")]
    [InlineData("""{"model":"bedrock/amazon.nova-lite-v1:0","input":"a"}""", 400, "embeddings_not_supported")]
    [InlineData("""{"model":"cohere/embed-v4.0","input":[{"image":"x"}]}""", 400, null)]
    [InlineData("""{"model":"cohere/embed-v4.0","input":[[-1]]}""", 400, null)]
    [InlineData("""{"model":"cohere/embed-v4.0","input":[[2147483647]]}""", 400, null)]
    [InlineData("""{"model":"cohere/embed-v4.0","input":[["a"]]}""", 400, null)]
    [InlineData("{", 400, "invalid_json")]
    public async Task A_request_that_cannot_be_served_is_a_specific_error(string body, int status, string? code)
    {
        var reply = await gateway.PostAsync("/v1/embeddings", body);
        ((int)reply.Status).ShouldBe(status, reply.Text);
        if (code is not null) reply.Error().GetProperty("code").GetString().ShouldBe(code);
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_model_that_only_embeds_does_not_chat()
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("voyage/voyage-4"));
        ((int)reply.Status).ShouldBe(404);
        reply.Error().GetProperty("message").GetString().ShouldBe("The model 'voyage/voyage-4' does not generate responses.");
    }

    [Fact]
    public async Task A_call_that_needs_too_many_requests_is_refused_before_the_first()
    {
        var reply = await gateway.EmbedAsync("bedrock/amazon.titan-embed-text-v2:0", Enumerable.Repeat("a", 2049).ToArray());
        ((int)reply.Status).ShouldBe(400);
        reply.Error().GetProperty("code").GetString().ShouldBe("too_many_inputs");
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("openai/m", """{"error":{"message":"Too long.","type":"invalid_request_error","param":"input","code":"c"}}""", 400, 400, "Too long.")]
    [InlineData("openai/m", """{"error":{"message":"Slow down.","type":"rate_limit","code":"rate_limit_exceeded"}}""", 429, 429, "Slow down.")]
    [InlineData("cohere/m", """{"id":"x","message":"model 'm' not found"}""", 404, 404, "model 'm' not found")]
    [InlineData("voyage/m", """{"detail":"Model m is not supported."}""", 400, 400, "Model m is not supported.")]
    [InlineData("google/m", """{"error":{"code":404,"message":"models/m is not found","status":"NOT_FOUND"}}""", 404, 404, "models/m is not found")]
    [InlineData("bedrock/amazon.titan-embed-text-v2:0", """{"message":"Malformed input request"}""", 400, 400, "Malformed input request")]
    [InlineData("openai/m", """{"error":{"message":"bad key key-of-openai-do-not-leak"}}""", 401, 502, "OPENAI_API_KEY")]
    [InlineData("openai/m", """{"error":{"message":"Not today."}}""", 200, 502, "Not today.")]
    [InlineData("cohere/m", """{"embeddings":{"float":[]}}""", 200, 502, "provider 'cohere'")]
    [InlineData("cohere/m", """{"embeddings":{"float":[[1]]""", 200, 502, "provider 'cohere'")]
    [InlineData("google/m", """{"embeddings":[{"values":"x"}]}""", 200, 502, "provider 'google'")]
    [InlineData("openai/m", """{"data":[{"embedding":[1]}""", 200, 502, "provider 'openai'")]
    [InlineData("openai/m", """[]""", 200, 502, "provider 'openai'")]
    [InlineData("openai/m", "", 200, 502, "provider 'openai'")]
    public async Task A_failure_of_the_provider_is_an_error_in_the_callers_form(string model, string body, int status, int expected, string message)
    {
        gateway.Script(UpstreamScript.Json(body, status));
        using var sent = await gateway.Client.PostAsync("/v1/embeddings", new StringContent(EmbeddingFixture.Body(model, "a")));
        var reply = await GatewayReply.ReadAsync(sent);
        ((int)reply.Status).ShouldBe(expected, reply.Text);
        reply.Error().GetProperty("message").GetString()!.ShouldContain(message);
        reply.Text.ShouldNotContain("do-not-leak");
    }

    [Theory]
    [InlineData("""[1,"x"]""")]
    [InlineData("""[1,[2]]""")]
    [InlineData("""[null]""")]
    public async Task Invalid_numbers_are_not_encoded_as_base64(string vector)
    {
        gateway.Script(UpstreamScript.Json("{\"embeddings\":{\"float\":[" + vector + "]}}"));
        using var sent = await gateway.Client.PostAsync("/v1/embeddings", new StringContent(EmbeddingFixture.Body("cohere/m", "a", new { encoding_format = "base64" })));
        ((int)sent.StatusCode).ShouldBe(502);
    }

    /// <summary>Requests that were served are charged.</summary>
    [Fact]
    public async Task A_batch_that_fails_in_one_part_fails_whole_and_records_what_was_served()
    {
        var texts = Enumerable.Range(0, 25).Select(i => i == 12 ? "poison" : "one").ToArray();
        gateway.Upstream.Responder = request => request.BodyText.Contains("poison", StringComparison.Ordinal)
            ? UpstreamScript.Json("""{"error":{"message":"Bad text."}}""", 400) : FakeEmbedder.Respond(request);
        try
        {
            var reply = await gateway.EmbedAsync("dashscope/m", texts);
            ((int)reply.Status).ShouldBe(400);
            reply.Error().GetProperty("message").GetString().ShouldBe("Bad text.");
            var record = await gateway.Usage.OneAsync();
            record["InputTokens"].ShouldBe(15L);
            record["Outcome"]!.ToString().ShouldBe("Failed");
        }
        finally
        {
            gateway.Upstream.Responder = FakeEmbedder.Respond;
        }
    }
}
