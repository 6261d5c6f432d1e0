using System.Text;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>OpenAI's dialects refuse <c>json_object</c> without the word "json" in a message; Gemini's JSON mode needs no such word.</summary>
public sealed class JsonWordTests
{
    private const string Loss = "emulated=generationConfig.responseSchema";

    [Theory]
    [InlineData("openai/gpt-4o", "List three colours", "system, user", Loss)]
    [InlineData("deepseek/m", "List three colours", "system, user", Loss)]
    [InlineData("dashscope/m", "jso n, Jsom, j", "system, user", Loss)]
    [InlineData("openai/gpt-4o", "List three colours as Json", "user", "")]
    [InlineData("deepseek/m", "JSON", "user", "")]
    public async Task Geminis_JSON_mode_gets_an_instruction_with_the_word(string model, string prompt, string roles, string losses)
    {
        var body = (await Gemini(model, $$"""{"role":"user","parts":[{"text":"{{prompt}}"}]}""")).Body;
        string.Join(", ", body.Elements("messages").Select(message => message.Text("role"))).ShouldBe(roles);
        body.GetProperty("response_format").Text("type").ShouldBe("json_object");
        body.GetProperty("messages").GetRawText().Contains("json", StringComparison.OrdinalIgnoreCase).ShouldBeTrue();
        (await Gemini(model, $$"""{"role":"user","parts":[{"text":"{{prompt}}"}]}""")).Losses.ToString().ShouldBe(losses);
    }

    [Fact]
    public async Task The_instruction_follows_the_callers_own()
    {
        var body = (await Gemini("any-server/m", """{"role":"user","parts":[{"text":"q"}]}""", "\"systemInstruction\":{\"parts\":[{\"text\":\"brief\"}]},")).Body;
        body.Elements("messages").Count().ShouldBe(2);
        // One string: some servers take no list here.
        var text = body.Elements("messages").First().Text("content").ShouldNotBeNull();
        text.ShouldStartWith("brief\n\n");
        text.ShouldContain("JSON");
    }

    [Fact]
    public async Task The_word_in_a_tools_result_counts()
    {
        var sent = await Gemini("deepseek/m", """
            {"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},
            {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"a json"}}}]}
            """, "\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"description\":\"d\"}]}],");
        sent.Losses.ToString().ShouldNotContain(Loss);
    }

    [Fact]
    public async Task It_is_so_in_Responses()
    {
        // With a tool the model takes requests in Responses only.
        var sent = await Gemini("openai/gpt-6.2-sol", """{"role":"user","parts":[{"text":"q"}]}""", "\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"description\":\"d\"}]}],");
        sent.Dialect.ShouldBe("openai-responses");
        sent.Body.GetProperty("input").GetRawText().ShouldContain("exactly one JSON object");
        sent.Losses.ToString().ShouldContain(Loss);
    }

    /// <summary>They know the rule, and the provider's error tells them.</summary>
    [Fact]
    public async Task Callers_of_OpenAIs_dialects_get_no_instruction()
    {
        const string Chat = """{"model":"m","messages":[{"role":"user","content":"q"}],"response_format":{"type":"json_object"}}""";
        (await UpstreamForm.WriteAsync("deepseek/m", Encoding.UTF8.GetBytes(Chat))).Body.Elements("messages").Count().ShouldBe(1);
        const string Responses = """{"model":"m","store":false,"input":"q","text":{"format":{"type":"json_object"}}}""";
        (await UpstreamForm.WriteResponsesAsync("any-server/m", Encoding.UTF8.GetBytes(Responses))).Body.Elements("messages").Count().ShouldBe(1);
    }

    private static Task<Sent> Gemini(string model, string turn, string members = "") =>
        UpstreamForm.WriteGeminiAsync(model, Encoding.UTF8.GetBytes($$$"""{{{{members}}}"contents":[{{{turn}}}],"generationConfig":{"responseMimeType":"application/json"}}"""));
}
