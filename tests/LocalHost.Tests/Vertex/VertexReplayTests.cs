using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Vertex;

/// <summary>
/// Every recorded response of Vertex AI, and every one of Anthropic's as Claude on Vertex AI, through the chat inbound API: it matches
/// the result of an independent reader.
/// </summary>
public sealed class VertexReplayTests(VertexFixture gateway) : IClassFixture<VertexFixture>
{
    private const string Gemini = "vertex/gemini-of-tomorrow";
    private const string Claude = "vertex/claude-of-tomorrow@20270101";

    [SkippableTheory]
    [InlineData("vertexai", Gemini, 23, false, false)]
    [InlineData("vertexai", Gemini, 10, true, false)]
    [InlineData("vertexai", Gemini, 23, false, true)]
    [InlineData("vertexai", Gemini, 10, true, true)]
    [InlineData("anthropic", Claude, 30, false, false)]
    [InlineData("anthropic", Claude, 30, true, false)]
    [InlineData("anthropic", Claude, 30, true, true)]
    public async Task A_response_matches_the_recording(string provider, string model, int least, bool stream, bool inOddPieces)
    {
        WireCorpus.Require();
        var cases = ReplayCases.All.Where(c => c.Provider == provider && c.Api is ("generateContent" or "messages") && c.Sse is not null == stream)
            .Where(c => !ReplayExceptions.Reasons.ContainsKey(c.Id)).ToArray();
        cases.Length.ShouldBeGreaterThanOrEqualTo(least);
        var failures = new List<string>();
        foreach (var wire in cases)
            if (await DifferenceAsync(wire, model, inOddPieces) is { } difference) failures.Add($"{wire.Id}: {difference}");
        failures.ShouldBeEmpty($"{failures.Count} of {cases.Length} cases:\n{string.Join('\n', failures)}");
    }

    [SkippableFact]
    public async Task A_recorded_error_keeps_its_status_and_message_or_names_the_fix()
    {
        WireCorpus.Require();
        var told = new Dictionary<string, (int Status, string Message)>();
        foreach (var wire in WireCorpus.Of("generateContent", "predict").Where(c => c.Provider == "vertexai" && c.Status >= 400))
        {
            var script = new UpstreamScript(wire.Status).Header("content-type", ReplayCases.ContentType(wire)).Send(wire.ResponseBytes());
            // Another token of the same key would be refused as well: nothing is asked twice.
            var reply = await gateway.ChatAsync(GatewayFixture.Ask(Gemini), script);
            told[wire.Id] = ((int)reply.Status, reply.Error().GetProperty("message").GetString()!);
            reply.Text.ShouldNotContain(FakeTokenServer.TokenPrefix);
        }
        told.Count.ShouldBe(6);
        told["vertexai-generatecontent-one-error-1a990f"].Status.ShouldBe(502);
        told["vertexai-generatecontent-one-error-1a990f"].Message.ShouldStartWith(
            "Provider 'vertex' refused the gateway's credential (status 403). Give the role 'Vertex AI User' in the project a-project to the account of the credential in the setting VERTEX_CREDENTIALS, and see that the Vertex AI API is enabled there. It says: ");
        told["vertexai-generatecontent-one-error-d9eb9d"]
            .ShouldBe((502, "Provider 'vertex' refused the gateway's credential (status 400). Check the setting VERTEX_CREDENTIALS."));
        foreach (var id in new[] { "vertexai-generatecontent-one-error-be86f8", "vertexai-generatecontent-one-error-ed988c" })
        {
            told[id].Status.ShouldBe(400);
            told[id].Message.ShouldStartWith("Cannot fetch content from the provided URL.");
        }
        // html_body: a page of markup is not a message.
        told["vertexai-generatecontent-one-error-c193c1"].Status.ShouldBe(404);
        told["vertexai-generatecontent-one-error-c193c1"].Message.ShouldNotContain("<");
    }

    /// <summary>Claude's errors have Anthropic's format, or Google's if Google's front end refuses; a stream's error may be a list (<c>streamRawPredict</c>).</summary>
    [Theory]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: too large"},"request_id":"req_vrtx_1"}""", 400, "max_tokens: too large")]
    [InlineData(429, """{"error":{"code":429,"message":"Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model","status":"RESOURCE_EXHAUSTED"}}""",
        429, "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model")]
    [InlineData(404, """[{"error":{"code":404,"message":"Publisher Model was not found","status":"NOT_FOUND"}}]""", 404, "Publisher Model was not found")]
    [InlineData(529, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", 503, "Overloaded")]
    public async Task An_error_of_Claude_keeps_its_message(int status, string body, int told, string message)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(Claude, stream: true), UpstreamScript.Json(body, status));
        ((int)reply.Status, reply.Error().GetProperty("message").GetString()).ShouldBe((told, message));
    }

    [Fact]
    public async Task Claude_gets_the_version_in_the_body_at_its_address_and_no_betas()
    {
        gateway.Script(UpstreamScript.Json(
            """{"id":"msg_vrtx_1","type":"message","role":"assistant","model":"claude-of-tomorrow","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"""));
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(GatewayFixture.Ask(Claude)) };
        message.Headers.Add("anthropic-beta", "context-1m-2025-08-07,unknown-2030-01-01");
        using var response = await gateway.Client.SendAsync(message);
        ((int)response.StatusCode).ShouldBe(200);
        var request = gateway.Upstream.Request;
        request.Target.ShouldBe("/vertex/v1/projects/a-project/locations/global/publishers/anthropic/models/claude-of-tomorrow@20270101:rawPredict");
        request.Headers.Keys.ShouldNotContain("anthropic-beta");
        request.Headers.Keys.ShouldNotContain("anthropic-version");
        request.Headers.Keys.ShouldNotContain("x-api-key");
        request.Headers["authorization"].ShouldStartWith("Bearer " + FakeTokenServer.TokenPrefix);
        request.BodyJson.TryGetProperty("model", out _).ShouldBeFalse();
        request.BodyJson.GetProperty("anthropic_version").GetString().ShouldBe("vertex-2023-10-16");
    }

    private async Task<string?> DifferenceAsync(WireCase wire, string model, bool inOddPieces)
    {
        var expected = RecordedAnswer.Read(wire);
        var body = wire.ResponseBytes();
        var script = new UpstreamScript().Header("content-type", ReplayCases.ContentType(wire));
        try
        {
            var stream = wire.Sse is not null;
            var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream),
                inOddPieces ? script.SendInPieces(body, Math.Max(7, body.Length / 2000 | 1)) : script.Send(body));
            if (AddressProblem(model, stream) is { } wrong) return wrong;
            var actual = reply.ReadStrictly(usageAsked: stream);
            if (expected.IsError && reply.Text.Contains("[DONE]", StringComparison.Ordinal)) return "an error ended with [DONE]";
            return AnswerDifference.First(expected, actual) ?? ReplayRecordTests.Difference(wire, "vertex", expected, await gateway.Usage.OneAsync());
        }
        catch (Exception e) when (e is ChatFormException or HttpRequestException or InvalidOperationException or JsonException)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    private string? AddressProblem(string model, bool stream)
    {
        var (publisher, method) = model == Claude ? ("anthropic", stream ? "streamRawPredict" : "rawPredict")
            : ("google", stream ? "streamGenerateContent?alt=sse" : "generateContent");
        var target = $"/vertex/v1/projects/a-project/locations/global/publishers/{publisher}/models/{model["vertex/".Length..]}:{method}";
        return gateway.Upstream.Request.Target == target ? null : $"it was asked at {gateway.Upstream.Request.Target}";
    }
}
