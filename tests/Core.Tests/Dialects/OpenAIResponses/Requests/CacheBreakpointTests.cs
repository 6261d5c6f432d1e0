using System.Text;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.OpenAIResponses.Requests;

/// <summary>
/// OpenAI's cache breakpoints of a Chat request that is sent to Responses (<c>openai-chat-one-cache-1cc589</c>, <c>openai-responses-one-cache-cb95a3</c>). Without
/// them, <c>prompt_cache_options: {"mode":"explicit"}</c> would switch caching off (BerriAI/litellm#42281).
/// </summary>
public sealed class CacheBreakpointTests
{
    private const string Mark = "\"prompt_cache_breakpoint\":{\"mode\":\"explicit\"}", Options = "\"prompt_cache_options\":{\"mode\":\"explicit\",\"ttl\":\"30m\"}",
        Call = """{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]}""";

    [Theory]
    [InlineData($$"""{"role":"user","content":[{"type":"text","text":"a",{{Mark}}},{"type":"text","text":"b"}]}""",
        $$"""{"role":"user","content":[{"type":"input_text","text":"a",{{Mark}}},{"type":"input_text","text":"b"}]}""")]
    [InlineData($$"""{"role":"system","content":[{"type":"text","text":"a",{{Mark}}}]},{"role":"user","content":"b"}""",
        $$"""{"role":"system","content":[{"type":"input_text","text":"a",{{Mark}}}]},{"role":"user","content":"b"}""")]
    [InlineData($$$"""{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"},{{{Mark}}}}]}""",
        $$"""{"role":"user","content":[{"type":"input_image","image_url":"https://example.com/a.png",{{Mark}}}]}""")]
    [InlineData($$$"""{"role":"user","content":"q"},{{{Call}}},{"role":"tool","tool_call_id":"call_1","content":[{"type":"text","text":"r",{{{Mark}}}}]}""",
        $$"""{"type":"function_call_output","call_id":"call_1","output":[{"type":"input_text","text":"r",{{Mark}}}]}""")]
    public void A_breakpoint_stays_on_its_part(string turns, string sent)
    {
        var (body, losses) = Write(turns);
        body.ShouldContain(sent);
        body.ShouldContain(Options);
        losses.ShouldBe("");
    }

    [Theory]
    // Only on a part that has none in Responses: nothing would be cached, so OpenAI chooses.
    [InlineData($$"""{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"text","text":"b",{{Mark}}}]},{"role":"user","content":"c"}""", false)]
    [InlineData($$"""{"role":"user","content":[{"type":"text","text":"a",{{Mark}}}]},{"role":"assistant","content":[{"type":"text","text":"b",{{Mark}}}]},{"role":"user","content":"c"}""", true)]
    public void A_lost_breakpoint_is_named(string turns, bool keepsOptions)
    {
        var (body, losses) = Write(turns);
        body.Contains(Options, StringComparison.Ordinal).ShouldBe(keepsOptions);
        losses.ShouldBe(keepsOptions ? "dropped=messages.content.prompt_cache_breakpoint" : "dropped=prompt_cache_options,messages.content.prompt_cache_breakpoint");
    }

    [Fact]
    public void Options_without_a_breakpoint_are_the_callers_choice()
    {
        var (body, losses) = Write("""{"role":"user","content":"a"}""");
        body.ShouldContain(Options);
        losses.ShouldBe("");
    }

    private static (string Body, string Losses) Write(string turns)
    {
        var made = Conversion.Run("openai-chat", Encoding.UTF8.GetBytes($$"""{"model":"m",{{Options}},"messages":[{{turns}}]}"""), new Target("openai-responses", "gpt-5.6-sol"));
        made.Error.ShouldBeNull();
        return (made.Body.GetRawText(), made.Losses.ToString());
    }
}
