using Nano.Chat;
using Nano.Dialects;
using Nano.Testing;
using Nano.Tests.Streaming;

namespace Nano.Tests.Dialects.OpenAIChat.Streams;

public sealed class UsageTapTests
{
    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""", TapVerdict.Relay)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"}}]}""", TapVerdict.Content)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"a"}]}}]}""", TapVerdict.Content)]
    [InlineData("""{"choices":[{"index":0,"delta":{"reasoning_content":"a"}}]}""", TapVerdict.Content)]
    [InlineData("""{"choices":[{"index":0,"delta":{"reasoning":"a"}}]}""", TapVerdict.Content)]
    [InlineData("""{"choices":[{"index":0,"delta":{"refusal":"a"}}]}""", TapVerdict.Content)]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]}""", TapVerdict.Content)]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":[]}}]}""", TapVerdict.Relay)]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":null,"content":null}}]}""", TapVerdict.Relay)]
    [InlineData("""{"choices":[{"index":0,"delta":{"audio":{"data":"AA"}}}]}""", TapVerdict.Content)]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}""", TapVerdict.Relay)]
    [InlineData("""{"choices":[],"usage":{"prompt_tokens":1}}""", TapVerdict.UsageOnly)]
    [InlineData("""{"usage":{"prompt_tokens":1},"choices":[]}""", TapVerdict.UsageOnly)]
    [InlineData("""{"choices":[],"usage":null}""", TapVerdict.Relay)]
    [InlineData("""{"choices":[],"prompt_filter_results":[]}""", TapVerdict.Relay)]
    [InlineData("""{"choices":[],"error":null}""", TapVerdict.Relay)]
    [InlineData("[DONE]", TapVerdict.Error)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}""", TapVerdict.Error)]
    [InlineData("", TapVerdict.Relay)]
    [InlineData("{", TapVerdict.Relay)]
    [InlineData("[]", TapVerdict.Relay)]
    [InlineData("5", TapVerdict.Relay)]
    [InlineData("""{"choices":[7,null,{"delta":5}]}""", TapVerdict.Relay)]
    public void Verdicts(string data, TapVerdict verdict) =>
        ChatCases.Dialect.CreateUsageTap(UsageRules.OpenAI).OnEvent(default, ChatCases.Utf8(data)).ShouldBe(verdict);

    [Theory]
    [InlineData("[DONE]")]
    [InlineData(" [DONE] ")]
    public void The_end_marker_ends_a_stream_that_had_a_choice(string data)
    {
        var tap = ChatCases.Dialect.CreateUsageTap(UsageRules.OpenAI);
        tap.OnEvent(default, ChatCases.Utf8("""{"choices":[{"index":0,"delta":{"content":"a"}}]}"""));
        tap.OnEvent(default, ChatCases.Utf8(data)).ShouldBe(TapVerdict.End);
        tap.IsComplete.ShouldBeTrue();
    }

    /// <summary>The quick check and the full scan give the same verdict; chunks that are not plain are scanned.</summary>
    [Theory]
    [InlineData("""{"model":"m","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}],"usage":null}""", TapVerdict.Content)]
    [InlineData("""{"model": "m", "choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": null}], "usage": null}""", TapVerdict.Content)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"\"usage\":{\"error\":"}}]}""", TapVerdict.Content)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":""},"finish_reason":null}]}""", TapVerdict.Relay)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}""", TapVerdict.Content)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"}}],"error":{"message":"m"}}""", TapVerdict.Error)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":7}}""", TapVerdict.Content)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"}}],"x_groq":{"usage":{"prompt_tokens":7}}}""", TapVerdict.Content)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null},{"index":1,"delta":{"content":"b"},"finish_reason":"stop"}]}""", TapVerdict.Content)]
    public void The_quick_check_agrees_with_the_full_scan(string chunk, TapVerdict verdict)
    {
        var fresh = ChatCases.Dialect.CreateUsageTap(UsageRules.OpenAI);
        var begun = ChatCases.Dialect.CreateUsageTap(UsageRules.OpenAI);
        begun.OnEvent(default, """{"model":"m","choices":[]}"""u8.ToArray());
        fresh.OnEvent(default, ChatCases.Utf8(chunk)).ShouldBe(verdict);
        begun.OnEvent(default, ChatCases.Utf8(chunk)).ShouldBe(verdict);
        begun.Usage.ShouldBe(fresh.Usage);
        begun.Finish.ShouldBe(fresh.Finish);
        begun.IsComplete.ShouldBe(fresh.IsComplete);
    }

    [SkippableFact]
    public void Over_every_stream_the_tap_sees_what_the_readers_see()
    {
        WireCorpus.Require();
        ChatCases.ShouldHold(ChatCases.Streams, 143, c =>
        {
            var tap = ChatCases.Dialect.CreateUsageTap(ChatCases.RulesOf(c));
            var content = 0;
            SsePieces.Read(c.ResponseBytes(), 1000, e =>
            {
                if (e.HasData && tap.OnEvent(e.Type, e.Data) == TapVerdict.Content) content++;
            });
            var log = AnswerLog.Of(c.ResponseBytes(), 1000, ChatCases.RulesOf(c), out var reader);
            if (tap.IsComplete != reader.IsComplete) return $"complete {tap.IsComplete}, reader {reader.IsComplete}";
            if (tap.Usage != log.Usage) return $"usage {tap.Usage}, reader {log.Usage}";
            if ((tap.Error is null) != (log.Error is null)) return $"error {tap.Error}, reader {log.Error}";
            var says = log.Lines.Exists(l => l.StartsWith("Text ", StringComparison.Ordinal) || l.StartsWith("Reasoning ", StringComparison.Ordinal)
                || l.StartsWith("ToolCallStart ", StringComparison.Ordinal) || l.StartsWith("Refusal ", StringComparison.Ordinal));
            return content > 0 == says ? null : $"{content} events of content, but the reader says {says}";
        });
    }

    [SkippableFact]
    public void Over_every_whole_response_the_tap_sees_what_the_reader_sees()
    {
        WireCorpus.Require();
        ChatCases.ShouldHold(ChatCases.Whole, 145, c =>
        {
            var tap = ChatCases.Dialect.CreateUsageTap(ChatCases.RulesOf(c));
            tap.OnBody(c.ResponseBytes());
            var response = ChatCases.Dialect.ReadResponse(c.ResponseBytes(), ChatCases.RulesOf(c));
            if (tap.Usage != (response.Usage is null ? null : response.Usage with { Extras = null })) return $"usage {tap.Usage}, reader {response.Usage}";
            if ((tap.Error is null) != (response.Error is null)) return $"error {tap.Error}, reader {response.Error}";
            if (response.Error is not null) return null;
            var finish = response.Choices.Exists(choice => choice.Finish == FinishReason.Error) ? FinishReason.Error : response.Choices[0].Finish;
            if (tap.Finish != finish) return $"finish {tap.Finish}, reader {finish}";
            var (seen, read) = (string.Join(' ', tap.Finishes ?? [tap.Finish]), string.Join(' ', response.Choices.OrderBy(choice => choice.Index).Select(choice => choice.Finish)));
            if (seen != read) return $"finishes {seen}, reader {read}";
            return (tap.Model ?? "") == response.Model.ToString() ? null : $"model {tap.Model}, reader {response.Model}";
        });
    }

    [Fact]
    public void A_chunk_of_content_allocates_nothing()
    {
        var chunk = ChatCases.Utf8(
            """{"id":"x","object":"chat.completion.chunk","created":1,"model":"m","service_tier":"default","system_fingerprint":"f","choices":[{"index":0,"delta":{"content":"hello"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"abc"}""");
        var tap = ChatCases.Dialect.CreateUsageTap(UsageRules.OpenAI);
        for (var i = 0; i < 100; i++) tap.OnEvent(default, chunk);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) tap.OnEvent(default, chunk);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}
