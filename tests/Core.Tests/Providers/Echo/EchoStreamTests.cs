using System.Text.Json;
using static Nano.Tests.Providers.Echo.EchoUpstream;

namespace Nano.Tests.Providers.Echo;

public class EchoStreamTests
{
    [Fact]
    public async Task Every_word_arrives_on_its_own_read()
    {
        var chunks = await Chunks(Request("one two", "\"stream\":true"));
        chunks.Select(Delta).Select(d => d.TryGetProperty("content", out var c) ? c.GetString() : null)
            .ShouldBe(["", "Nano", " is", " working.", " You", " said:", " one", " two", null]);
        chunks[0].GetProperty("choices")[0].GetProperty("delta").GetProperty("role").GetString().ShouldBe("assistant");
        chunks.Select(c => c.GetProperty("choices")[0].GetProperty("finish_reason").GetString())
            .ShouldBe([.. Enumerable.Repeat<string?>(null, 8), "stop"]);
        chunks.Select(c => c.GetProperty("id").GetString()).Distinct().Count().ShouldBe(1);
        chunks.ShouldAllBe(c => c.GetProperty("object").GetString() == "chat.completion.chunk" && !c.HasMember("usage"));
    }

    [Fact]
    public async Task Usage_is_sent_last_and_only_on_request()
    {
        var chunks = await Chunks(Request("one two", "\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
        chunks[..^1].ShouldAllBe(c => c.GetProperty("usage").ValueKind == JsonValueKind.Null);
        chunks[^1].GetProperty("choices").GetArrayLength().ShouldBe(0);
        (chunks[^1].Count("prompt_tokens"), chunks[^1].Count("completion_tokens")).ShouldBe((2, 7));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"max_tokens\":3")]
    [InlineData("\"reasoning_effort\":\"high\"")]
    [InlineData("\"n\":2")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"},\"unit\":{\"enum\":[\"c\"]}}}}}]")]
    [InlineData("\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"f\"}}]")]
    public async Task The_stream_equals_the_whole_response(string members)
    {
        var separator = members.Length > 0 ? "," : "";
        var whole = await Answer(Request("é 日本語日本語日本語 word", members));
        var chunks = await Chunks(Request("é 日本語日本語日本語 word", $"{members}{separator}\"stream\":true,\"stream_options\":{{\"include_usage\":true}}"));
        foreach (var choice in whole.GetProperty("choices").EnumerateArray())
        {
            var index = choice.GetProperty("index").GetInt32();
            var parts = chunks[..^1].Select(c => c.GetProperty("choices")[0]).Where(c => c.GetProperty("index").GetInt32() == index).ToList();
            var deltas = parts.Select(p => p.GetProperty("delta")).ToList();
            var message = choice.GetProperty("message");
            Joined(deltas, "content").ShouldBe(message.GetProperty("content").GetString() ?? "");
            Joined(deltas, "reasoning_content").ShouldBe(message.TryGetProperty("reasoning_content", out var r) ? r.GetString()! : "");
            parts[^1].GetProperty("finish_reason").GetString().ShouldBe(choice.GetProperty("finish_reason").GetString());
            if (message.TryGetProperty("tool_calls", out var calls)) Arguments(deltas).ShouldBe(ArgumentsOf(calls[0]));
        }
        chunks[^1].GetProperty("usage").GetRawText().ShouldBe(whole.GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task A_buffer_smaller_than_a_chunk_loses_nothing()
    {
        var invoker = new HttpMessageInvoker(new Nano.Providers.Echo.EchoHandler(TimeProvider.System));
        using var response = await invoker.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "http://echo.invalid/") { Content = new StringContent(Request("one", "\"stream\":true")) }, default);
        var stream = await response.Content.ReadAsStreamAsync();
        var bytes = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one) == 1) bytes.Add(one[0]);
        var text = System.Text.Encoding.UTF8.GetString([.. bytes]);
        text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(9);
        text.ShouldEndWith("data: [DONE]\n\n");
    }

    [Fact]
    public async Task A_cancelled_read_ends()
    {
        var invoker = new HttpMessageInvoker(new Nano.Providers.Echo.EchoHandler(TimeProvider.System));
        using var response = await invoker.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "http://echo.invalid/") { Content = new StringContent(Request("one", "\"stream\":true")) }, default);
        var stream = await response.Content.ReadAsStreamAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => stream.ReadExactlyAsync(new byte[10], new CancellationToken(true)).AsTask());
    }

    private static JsonElement Delta(JsonElement chunk) => chunk.GetProperty("choices")[0].GetProperty("delta");

    private static string Joined(List<JsonElement> deltas, string member) =>
        string.Concat(deltas.Select(d => d.TryGetProperty(member, out var text) ? text.GetString() : null));

    private static string Arguments(List<JsonElement> deltas) =>
        string.Concat(deltas.Where(d => d.HasMember("tool_calls")).Select(d => ArgumentsOf(d.GetProperty("tool_calls")[0])));

    private static string ArgumentsOf(JsonElement call) => call.TryGetProperty("function", out var function)
        ? function.GetProperty("arguments").GetString()!
        : call.GetProperty("custom").GetProperty("input").GetString()!;
}

internal static class JsonElementMembers
{
    public static bool HasMember(this JsonElement element, string name) => element.TryGetProperty(name, out _);
}
