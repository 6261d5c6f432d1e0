using System.Text.Json;
using static Nano.Tests.Providers.Echo.EchoUpstream;

namespace Nano.Tests.Providers.Echo;

public class EchoTextTests
{
    private const string Pixel = "iVBORw0KGgo="; // 8 bytes

    [Theory]
    [InlineData("""[{"role":"user","content":"Hello there"}]""", "Nano is working. You said: Hello there")]
    [InlineData("""[{"role":"user","content":""}]""", "Nano is working. You said: ")]
    [InlineData("""[{"role":"system","content":"Be brief"}]""", "Nano is working. You said nothing.")]
    [InlineData("""[{"role":"developer","content":"x"},{"role":"user","content":"first"},{"role":"assistant","content":"a"},{"role":"user","content":"last"}]""",
        "Nano is working. You said: last")]
    [InlineData("""[{"content":[{"text":"a","type":"text"},{"type":"text","text":"b"}],"role":"user"}]""", "Nano is working. You said: a\nb")]
    [InlineData("""[{"role":"user","content":"\u00e9 \ud83d\ude00 \"q\" \n\\"}]""", "Nano is working. You said: é 😀 \"q\" \n\\")]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}},{"type":"text","text":"see"}]}]""",
        "Nano is working. I see an image (image/png, 8 bytes). You said: see")]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}}]}]""",
        "Nano is working. I see an image (https://example.com/a.png). You said nothing.")]
    [InlineData("""[{"role":"user","content":[{"type":"file","file":{"filename":"r.pdf","file_data":"data:application/pdf;base64,iVBORw0KGgo="}},{"type":"input_audio","input_audio":{"data":"iVBORw0KGgoiVBORw0KGgoiVBORw0KGgoiVBORw0KGgoiVBORw0KGgoiVBORw0KGgo=","format":"wav"}},{"type":"file","file":{"file_id":"file-1"}}]}]""",
        "Nano is working. I see a file (r.pdf, application/pdf, 8 bytes), a sound (wav, 49 bytes) and a file (file-1). You said nothing.")]
    public async Task Repeats_the_last_user_turn(string messages, string expected) =>
        (await Answer($$"""{"model":"echo","messages":{{messages}}}""")).Content().ShouldBe(expected);

    [Fact]
    public async Task The_whole_response_has_the_form_that_OpenAI_gives_it()
    {
        var answer = await Answer(Request("Hello there"));
        answer.GetProperty("id").GetString()!.ShouldStartWith("chatcmpl-");
        answer.GetProperty("object").GetString().ShouldBe("chat.completion");
        answer.GetProperty("created").GetInt64().ShouldBe(Now.ToUnixTimeSeconds());
        answer.GetProperty("model").GetString().ShouldBe("nano/echo");
        answer.GetProperty("choices").GetArrayLength().ShouldBe(1);
        answer.GetProperty("choices")[0].GetProperty("index").GetInt32().ShouldBe(0);
        answer.Message().GetProperty("role").GetString().ShouldBe("assistant");
        answer.Message().GetProperty("refusal").ValueKind.ShouldBe(JsonValueKind.Null);
        answer.Finish().ShouldBe("stop");
        (answer.Count("prompt_tokens"), answer.Count("completion_tokens"), answer.Count("total_tokens")).ShouldBe((2, 7, 9));
    }

    [Fact]
    public async Task The_same_request_has_the_same_response()
    {
        var bodies = new[] { await Answer(Request("a b")), await Answer(Request("a b")) };
        bodies[0].GetProperty("id").GetString().ShouldNotBe(bodies[1].GetProperty("id").GetString());
        bodies[0].GetProperty("choices").GetRawText().ShouldBe(bodies[1].GetProperty("choices").GetRawText());
        bodies[0].GetProperty("usage").GetRawText().ShouldBe(bodies[1].GetProperty("usage").GetRawText());
    }

    [Theory]
    [InlineData("\"max_tokens\":4", "Nano is working. You", "length", 4)]
    [InlineData("\"max_completion_tokens\":1", "Nano", "length", 1)]
    [InlineData("\"max_completion_tokens\":2,\"max_tokens\":5", "Nano is", "length", 2)]
    [InlineData("\"max_tokens\":8", "Nano is working. You said: one two", "stop", 7)]
    [InlineData("\"max_tokens\":null", "Nano is working. You said: one two", "stop", 7)]
    [InlineData("\"stop\":\" two\"", "Nano is working. You said: one", "stop", 6)]
    [InlineData("\"stop\":[\"zero\",\"one\",\"said\"]", "Nano is working. You ", "stop", 5)]
    [InlineData("\"stop\":[\"two\"],\"max_tokens\":2", "Nano is", "length", 2)]
    [InlineData("\"stop\":\"\"", "Nano is working. You said: one two", "stop", 7)]
    [InlineData("\"stop\":null", "Nano is working. You said: one two", "stop", 7)]
    public async Task Keeps_to_the_limits(string members, string text, string finish, int tokens)
    {
        var answer = await Answer(Request("one two", members));
        (answer.Content(), answer.Finish(), answer.Count("completion_tokens")).ShouldBe((text, finish, tokens));
    }

    [Fact]
    public async Task A_long_text_is_cut_at_the_models_maximum()
    {
        var answer = await Answer(Request(string.Concat(Enumerable.Repeat("word ", 20_000))));
        (answer.Finish(), answer.Count("completion_tokens"), answer.Count("prompt_tokens")).ShouldBe(("length", 16_384, 20_001));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("one", 1)]
    [InlineData(" one  two\nthree ", 4)]
    [InlineData("abcdefghijklmnop", 1)]
    [InlineData("abcdefghijklmnopq", 2)]
    [InlineData("ééééééééé", 2)] // 18 bytes
    [InlineData("日本語日本語", 2)] // 18 bytes, cut between characters
    public async Task Counts_words_and_every_16_bytes_of_long_ones(string text, int tokens) =>
        (await Answer(Request(text))).Count("prompt_tokens").ShouldBe(tokens);

    [Fact]
    public async Task Escapes_do_not_change_the_count() =>
        (await Answer("""{"model":"echo","messages":[{"role":"user","content":"a\u0020b\nc"}]}""")).Count("prompt_tokens").ShouldBe(3);

    [Fact]
    public async Task Media_are_one_token_whatever_their_size() =>
        (await Answer($$$"""{"model":"echo","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{Pixel}}}"}},{"type":"text","text":"a b"}]}]}"""))
            .Count("prompt_tokens").ShouldBe(3);

    [Fact]
    public async Task Several_choices_are_all_counted()
    {
        var answer = await Answer(Request("one two", "\"n\":3"));
        answer.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("index").GetInt32()).ShouldBe([0, 1, 2]);
        answer.Count("completion_tokens").ShouldBe(21);
    }

    [Theory]
    [InlineData("\"reasoning_effort\":\"low\"", "I am an echo, so I repeat your message.", 9)]
    [InlineData("\"reasoning_effort\":\"low\",\"max_completion_tokens\":3", "I am an", 3)]
    [InlineData("\"reasoning_effort\":\"none\"", null, 0)]
    [InlineData("\"reasoning_effort\":null", null, 0)]
    public async Task Reasons_when_an_effort_is_given(string members, string? reasoning, int tokens)
    {
        var answer = await Answer(Request("Hi", members));
        (answer.Message().TryGetProperty("reasoning_content", out var text) ? text.GetString() : null).ShouldBe(reasoning);
        answer.GetProperty("usage").GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32().ShouldBe(tokens);
        answer.Count("completion_tokens").ShouldBe(tokens + (members.Contains("max") ? 0 : 6));
    }

    [Theory]
    [InlineData("""{"type":"text"}""", "Nano is working. You said: Hi")]
    [InlineData("""{"type":"json_object"}""", """{"echo":"Nano is working. You said: Hi"}""")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"p","strict":true,"schema":{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}}}""",
        """{"name":"name","age":1}""")]
    public async Task Responds_in_the_requested_format(string format, string expected) =>
        (await Answer(Request("Hi", $"\"response_format\":{format}"))).Content().ShouldBe(expected);
}
