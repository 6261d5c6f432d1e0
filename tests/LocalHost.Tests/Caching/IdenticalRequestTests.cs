using System.Net;
using System.Text.Json.Nodes;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Caching;

/// <summary>
/// Random requests of every API over sockets: white space, the order of members, the form of the response and headers that only identify a caller's program
/// do not matter to the cache; any other change of the body, of a header or of the caller does. A failure names its seed.
/// </summary>
public sealed class IdenticalRequestTests(CacheGateway gateway) : IClassFixture<CacheGateway>
{
    private const int Requests = 50;

    private static readonly string[] Harmless = ["user-agent: another/2", "idempotency-key: 1", "x-title: another", "x-unknown: 1"];

    private static readonly string[] Features = ["x-nano-strict: true", "anthropic-beta: another-2025-01-01", "anthropic-unknown: 1", "openai-beta: another=v2"];

    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    [InlineData("responses")]
    [InlineData("gemini")]
    public async Task Only_identical_requests_hit(string api)
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"cache":{"max_seconds":600}}""");
        for (var i = 0; i < Requests; i++)
        {
            var seed = Random.Shared.Next();
            var random = new Random(seed);
            var request = Request(api, random);
            (await SendAsync(request)).ShouldBe((HttpStatusCode.OK, "miss"), Message("is new", request));
            (await SendAsync(request)).ShouldBe((HttpStatusCode.OK, "hit"), Message("is the same", request));
            (await SendAsync(request, stream: true)).ShouldBe((HttpStatusCode.OK, "hit"), Message("is to be streamed", request));
            var harmless = random.GetItems(Harmless, 1)[0];
            (await SendAsync(request, headers: harmless)).ShouldBe((HttpStatusCode.OK, "hit"), Message(harmless, request));

            var anywhere = request.DeepClone();
            var what = RandomJson.Change(anywhere, random);
            // It may be invalid, or one that is not cached.
            (await SendAsync(anywhere)).Cache.ShouldNotBe("hit", Message(what, anywhere));
            JsonNode unknown;
            do
            {
                unknown = request.DeepClone();
                what = RandomJson.Change(unknown["x_more"]!, random);
            } while (JsonNode.DeepEquals(unknown, anywhere));
            (await SendAsync(unknown)).ShouldBe((HttpStatusCode.OK, "miss"), Message("x_more" + what, unknown));
            var feature = random.GetItems(Features, 1)[0];
            (await SendAsync(request, headers: feature)).Cache.ShouldNotBe("hit", Message(feature, request));
            (await SendAsync(request, key: key)).ShouldBe((HttpStatusCode.OK, "miss"), Message("is another caller's", request));
            (await SendAsync(request, stream: true, key: key)).ShouldBe((HttpStatusCode.OK, "hit"), Message("is the same caller's", request));

            string Message(string change, JsonNode of) => $"seed {seed}, {change}: {of.ToJsonString()}";

            async Task<(HttpStatusCode Status, string? Cache)> SendAsync(JsonNode body, bool stream = false, string? key = null, params string[] headers)
            {
                var method = stream ? "streamGenerateContent?alt=sse" : "generateContent";
                var path = api switch { "chat" => "/v1/chat/completions", "messages" => "/v1/messages", "responses" => "/v1/responses", _ => $"/v1beta/models/nano/echo:{method}" };
                if (stream && api != "gemini")
                {
                    body = body.DeepClone();
                    body["stream"] = true;
                }
                var reply = await gateway.CallAsync("POST", path, RandomJson.Write(body, random), "Bearer " + (key ?? GatewayFixture.CallerKey), [CacheTests.Ttl, .. headers]);
                return (reply.Status, reply.Headers.GetValueOrDefault("x-nano-cache"));
            }
        }
    }

    /// <summary>A request that no other test sends, also if one member is left out.</summary>
    private JsonObject Request(string api, Random random)
    {
        var fresh = gateway.Fresh();
        var json = api switch
        {
            "chat" => $$"""
                {"model":"nano/echo","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"{{fresh}}"}],"temperature":0.5,"max_tokens":100,
                "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"string"} } } } }]}
                """,
            "messages" => $$"""
                {"model":"nano/echo","max_tokens":100,"system":[{"type":"text","text":"Be brief."}],"messages":[{"role":"user","content":[{"type":"text","text":"{{fresh}}"}]}],
                "temperature":0.5,"tools":[{"name":"f","input_schema":{"type":"object","properties":{"a":{"type":"string"} } } }]}
                """,
            "responses" => $$"""
                {"model":"nano/echo","instructions":"Be brief.","input":[{"role":"user","content":[{"type":"input_text","text":"{{fresh}}"}]}],"temperature":0.5,
                "tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{"a":{"type":"string"} } } }]}
                """,
            _ => $$"""
                {"contents":[{"role":"user","parts":[{"text":"{{fresh}}"}]}],"systemInstruction":{"parts":[{"text":"Be brief."}]},
                "generationConfig":{"temperature":0.5,"maxOutputTokens":100},"tools":[{"functionDeclarations":[{"name":"f"}]}]}
                """,
        };
        var request = JsonNode.Parse(json)!.AsObject();
        foreach (var optional in (string[])["temperature", "tools", "system", "instructions", "systemInstruction", "generationConfig"])
            if (random.Next(3) == 0) request.Remove(optional);
        request["x_fresh"] = fresh;
        request["x_more"] = RandomJson.Object(random);
        return request;
    }
}
