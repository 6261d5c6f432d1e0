using System.Net;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;
using static Nano.LocalHost.Tests.Caching.CacheTests;

namespace Nano.LocalHost.Tests.Caching;

/// <summary>Which requests and responses may be cached.</summary>
public sealed class CacheableTests(CacheGateway gateway) : IClassFixture<CacheGateway>
{
    [Theory]
    [InlineData(""","store":true""")]
    [InlineData(""","tools":[{"type":"web_search"}]""")]
    [InlineData(""","tools":[{"type":"function","function":{"name":"f"}},{"type":"code_interpreter","container":{"type":"auto"}}]""")]
    [InlineData(""","web_search_options":{}""")]
    [InlineData(""","Previous_Response_Id":"resp_1" """)]
    [InlineData(""","extra_body":{"search_parameters":{"mode":"on"}}""")]
    public async Task Requests_with_state_or_tools_at_the_provider_are_not_cached(string member)
    {
        gateway.Script(Whole());
        var reply = await gateway.OwnerChatAsync(gateway.Ask("openai/gpt-4o", member), Ttl);
        (reply.Status, reply.Headers["x-nano-cache"]).ShouldBe((HttpStatusCode.OK, "off"));
    }

    [Fact]
    public async Task A_response_is_cached_only_if_the_request_tells_the_provider_not_to_store_it()
    {
        var content = gateway.Fresh();
        foreach (var (store, expected) in ((string, string)[])[("", "off"), (",\"store\":true", "off"), (",\"store\":false", "miss")])
        {
            gateway.Script(UpstreamScript.Json(
                """{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-5.5","error":null,"output":[{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}"""));
            var reply = await gateway.CallAsync("POST", "/v1/responses", $$"""{"model":"openai/gpt-5.5","input":"{{content}}"{{store}}}""",
                "Bearer " + GatewayFixture.CallerKey, Ttl);
            (reply.Status, reply.Headers["x-nano-cache"]).ShouldBe((HttpStatusCode.OK, expected), store);
        }
    }

    public static TheoryData<string> Incomplete() => ["filter", "refusal", "error", "cut", "error event", "no finish", "large"];

    [Theory, MemberData(nameof(Incomplete))]
    public async Task Only_complete_responses_are_stored(string kind)
    {
        UpstreamScript bad = kind switch
        {
            "filter" => Whole("content_filter"),
            "refusal" => Whole("refusal"),
            "error" => UpstreamScript.Json("""{"error":{"message":"no","code":"bad"}}""", 400),
            "cut" => UpstreamScript.Sse(Chunk("Hi")).Cut(),
            "error event" => UpstreamScript.Sse(Chunk("Hi"), "data: {\"error\":{\"message\":\"died\",\"code\":500}}\n\n"),
            "no finish" => UpstreamScript.Sse(Chunk("Hi"), "data: [DONE]\n\n"),
            _ => Whole(text: new string('x', CacheGateway.MaxEntry)),
        };
        var isStream = kind is "cut" or "error event" or "no finish";
        var request = gateway.Ask("openai/gpt-4o", isStream ? ",\"stream\":true" : "");
        gateway.Script(bad, isStream ? Stream() : Whole());
        (await gateway.OwnerChatAsync(request, Ttl)).Headers["x-nano-cache"].ShouldBe("miss");
        (await gateway.OwnerChatAsync(request, Ttl)).Headers["x-nano-cache"].ShouldBe("miss");
        (await gateway.OwnerChatAsync(request, Ttl)).Headers["x-nano-cache"].ShouldBe("hit");
    }
}
