using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Errors;
using Nano.Json;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.Tests.Dialects.OpenAIChat.Streams;

/// <summary>Events of other dialects as chunks.</summary>
public sealed class EventWriterTests
{
    [Fact]
    public void A_frame_is_one_chunk_if_possible()
    {
        var chunks = Write(w => Frame(w,
            Start,
            new ChatEvent(ChatEventKind.Reasoning) { Text = T("r") },
            new ChatEvent(ChatEventKind.Text) { Text = T("a") },
            new ChatEvent(ChatEventKind.Text) { Text = T("b\\n") },
            Call(0, "x", "f"),
            new ChatEvent(ChatEventKind.ToolCallArguments) { Json = J("""{"q":"\"\\"}""") },
            Call(1, "", "g"),
            new ChatEvent(ChatEventKind.ToolCallArguments) { ToolIndex = 1, Text = T("{\\\"a\\\":1}") },
            new ChatEvent(ChatEventKind.Finish) { Finish = FinishReason.Stop, NativeFinish = T("STOP") }));
        chunks.Count.ShouldBe(3);
        Same(chunks[0], """
            {"id":"gen-1","object":"chat.completion.chunk","created":1790000000,"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant",
              "reasoning_content":"r","reasoning_details":[{"type":"reasoning.text","text":"r","format":"anthropic-claude-v1","index":0}],"content":"ab\n","tool_calls":[
                {"index":0,"id":"x","type":"function","function":{"name":"f","arguments":"{\"q\":\"\\\"\\\\\"}"}},
                {"index":1,"id":"call_abcdefghijklmnopqrstuvwx1","type":"function","function":{"name":"g","arguments":"{\"a\":1}"}}]},"finish_reason":null}]}
            """);
        Same(chunks[1], """
            {"id":"gen-1","object":"chat.completion.chunk","created":1790000000,"model":"m-1","choices":[{"index":0,"delta":{},
              "finish_reason":"tool_calls","native_finish_reason":"STOP"}]}
            """);
        chunks[2].ShouldBe("[DONE]");
    }

    [Fact]
    public void Repeated_members_begin_a_new_chunk()
    {
        var chunks = Write(w => Frame(w, Start,
            new ChatEvent(ChatEventKind.Text) { Text = T("a") },
            new ChatEvent(ChatEventKind.Reasoning) { Text = T("r") },
            new ChatEvent(ChatEventKind.Text) { Text = T("b") },
            new ChatEvent(ChatEventKind.Text) { Choice = 1, Text = T("c") }));
        chunks.Count.ShouldBe(6);
        StrictChat.ReadStream(Sse(chunks), usageAsked: false).Choices.Select(c => c.Text).ToArray().ShouldBe(["ab", "c"]);
    }

    /// <summary>Anthropic sends the sources of a text block before its text, without a position: they cover the block, as in a whole response.</summary>
    [Fact]
    public void Citations_without_a_position_cover_their_part()
    {
        var chunks = Write(w =>
        {
            Frame(w, Start, new ChatEvent(ChatEventKind.PartStart) { Part = 0, PartKind = PartKind.Text },
                new ChatEvent(ChatEventKind.Text) { Part = 0, Text = T("Ol\\u00e9 \\ud83d\\ude00. ") },
                new ChatEvent(ChatEventKind.PartEnd) { Part = 0 });
            Frame(w, new ChatEvent(ChatEventKind.PartStart) { Part = 1, PartKind = PartKind.Text },
                new ChatEvent(ChatEventKind.Citation)
                    { Part = 1, Citation = new Citation { Origin = "anthropic-messages", Url = T("https://x/y"), Title = T("T"), CitedText = T("c") } });
            Frame(w, new ChatEvent(ChatEventKind.Text) { Part = 1, Text = T("It ") });
            Frame(w, new ChatEvent(ChatEventKind.Text) { Part = 1, Text = T("is.") });
            Frame(w, new ChatEvent(ChatEventKind.PartEnd) { Part = 1 });
            Frame(w, new ChatEvent(ChatEventKind.Text) { Part = 2, Text = T(" Yes.") });
        });
        chunks.Single(c => c.Contains("annotations", StringComparison.Ordinal)).ShouldContain(
            "\"annotations\":" + """[{"type":"url_citation","url_citation":{"url":"https://x/y","title":"T","content":"c","start_index":8,"end_index":14}}]""");
        StrictChat.ReadStream(Sse(chunks), usageAsked: false).Choices[0].Text["Olé 😀. ".Length..][..6].ShouldBe("It is.");
    }

    [Fact]
    public void Interleaved_calls_keep_their_indexes_and_are_counted_from_0()
    {
        var chunks = Write(w =>
        {
            Frame(w, Start, Call(3, "x", "f"));
            Frame(w, Call(5, "y", "g"));
            Frame(w, new ChatEvent(ChatEventKind.ToolCallArguments) { ToolIndex = 5, Text = T("{}") });
            Frame(w, new ChatEvent(ChatEventKind.ToolCallArguments) { ToolIndex = 3, Text = T("{\\\"a\\\"") });
            Frame(w, new ChatEvent(ChatEventKind.ToolCallArguments) { ToolIndex = 3, Text = T(":1}") });
        });
        var calls = StrictChat.ReadStream(Sse(chunks), usageAsked: false).Choices[0].ToolCalls;
        calls.Select(c => $"{c.Id} {c.Name} {c.Arguments}").ToArray().ShouldBe(["""x f {"a":1}""", "y g {}"]);
    }

    /// <summary>Cases 15 and 16: reasoning with state is sent as details that clients can return.</summary>
    [Fact]
    public void Case16_reasoning_state_survives_the_caller()
    {
        var chunks = Write(w =>
        {
            Frame(w, Start);
            Frame(w, new ChatEvent(ChatEventKind.PartStart) { PartKind = PartKind.Reasoning });
            Frame(w, new ChatEvent(ChatEventKind.Reasoning) { Text = T("why") });
            Frame(w, new ChatEvent(ChatEventKind.ReasoningSignature) { Text = T("sig") });
            Frame(w, new ChatEvent(ChatEventKind.PartStart) { Part = 1, PartKind = PartKind.Reasoning });
            Frame(w, new ChatEvent(ChatEventKind.ReasoningOpaque) { Part = 1, Text = T("sealed") });
        });
        Same(chunks[0], """{"id":"gen-1","object":"chat.completion.chunk","created":1790000000,"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"why","reasoning_details":[{"type":"reasoning.text","text":"why","format":"anthropic-claude-v1","index":0}]},"finish_reason":null}]}""");
        chunks[1].ShouldContain("""{"type":"reasoning.text","signature":"sig","format":"anthropic-claude-v1","index":0}""");
        chunks[2].ShouldContain("""{"type":"reasoning.encrypted","data":"sealed","format":"anthropic-claude-v1","index":1}""");
    }

    [Fact]
    public void Usage_is_the_last_chunk_if_it_was_requested()
    {
        static void Say(IEventWriter w) => Frame(w,
            new ChatEvent(ChatEventKind.Start) { Usage = new Usage { InputTokens = 7, CacheReadTokens = 3 } },
            new ChatEvent(ChatEventKind.Text) { Text = T("a") },
            new ChatEvent(ChatEventKind.Usage) { Usage = new Usage { OutputTokens = 2 } });
        var chunks = Write(Say, usage: true);
        Same(chunks[^2], """
            {"id":"chatcmpl-abcdefghijklmnopqrstuvwx","object":"chat.completion.chunk","created":1790000000,"model":"asked-model","choices":[],
             "usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9,"prompt_tokens_details":{"cached_tokens":3}}}
            """);
        Write(Say, usage: false).ShouldAllBe(c => !c.Contains("usage"));
    }

    [Fact]
    public void Citations_images_audio_and_logprobs()
    {
        var losses = new LossReport();
        var chunks = Write(w => Frame(w, Start,
            new ChatEvent(ChatEventKind.Text) { Text = T("a") },
            new ChatEvent(ChatEventKind.Citation) { Citation = new Citation { Origin = "gemini", Url = T("https://x"), Title = T("X"), StartIndex = 0, EndIndex = 1 } },
            new ChatEvent(ChatEventKind.Media) { Media = new MediaPart(MediaKind.Image, new MediaSource { MediaType = T("image/png"), Data = T("AAAA") }) },
            new ChatEvent(ChatEventKind.Media) { Media = new MediaPart(MediaKind.Video, new MediaSource { Data = T("AAAA") }) },
            new ChatEvent(ChatEventKind.PartStart) { PartKind = PartKind.Opaque, Type = T("server_tool_use") },
            new ChatEvent(ChatEventKind.Logprobs) { Json = J("""{"content":[]}""") },
            new ChatEvent(ChatEventKind.Text) { Text = T("b") }), losses: losses);
        Same(chunks[0], """
            {"id":"gen-1","object":"chat.completion.chunk","created":1790000000,"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":"a",
              "annotations":[{"type":"url_citation","url_citation":{"url":"https://x","title":"X","start_index":0,"end_index":1}}],
              "images":[{"type":"image_url","index":0,"image_url":{"url":"data:image/png;base64,AAAA"}}]},
              "logprobs":{"content":[]},"finish_reason":null}]}
            """);
        losses.Dropped.ToArray().ShouldBe(["content.video", "content.server_tool_use"]);
        StrictChat.ReadStream(Sse(chunks), usageAsked: false).Choices[0].Text.ShouldBe("ab");
    }

    /// <summary>A stream's losses are reported like a whole response's.</summary>
    [Theory]
    [InlineData("gemini", """{"candidates":[{"content":{"parts":[{"text":"hi"}],"role":"model"},"safetyRatings":[{"category":"x"}],"groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://y"}}],"searchEntryPoint":{"renderedContent":"<div>"}}}],"createTime":"t","modelStatus":{"a":1}}""",
        "modelStatus,choices.safetyRatings,choices.groundingMetadata.searchEntryPoint")]
    [InlineData("anthropic-messages",
        """{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"c","content":[],"stop_reason":null,"stop_details":null,"tomorrow":1,"usage":{"input_tokens":1,"output_tokens":1}},"later":1}""",
        "later,tomorrow")]
    [InlineData("anthropic-messages",
        """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null,"container":{"id":"c"},"stop_details":{"a":1}},"usage":{"input_tokens":3,"output_tokens":1,"server_tool_use":{"web_search_requests":2},"cache_creation":{"ephemeral_1h_input_tokens":0}}}""",
        "container,choices.stop_details,usage.server_tool_use")]
    public void Losses_of_a_stream_are_reported(string dialect, string data, string dropped)
    {
        IDialect source = dialect == "gemini" ? new GeminiDialect() : new AnthropicMessagesDialect();
        var losses = new LossReport();
        var reader = source.CreateEventReader(UsageRules.OpenAI);
        var type = new JsonSlice(ChatCases.Utf8(data)).Member("type"u8).AsText().Escaped;
        Write(w =>
        {
            reader.Read(type, ChatCases.Utf8(data), w);
            reader.Read(type, ChatCases.Utf8(data), w);
        }, losses: losses);
        string.Join(",", losses.Dropped).ShouldBe(dropped);
    }

    /// <summary>Gemini's signatures sign different parts: with one index, clients that gather them would merge them.</summary>
    [Fact]
    public void Every_signature_of_a_dialect_without_parts_has_its_own_index()
    {
        var chunks = Write(w =>
        {
            w.BeginFrame(new ChatFrame("gemini"));
            w.On(Start);
            w.On(new ChatEvent(ChatEventKind.ReasoningSignature) { Part = -1, Text = T("one") });
            w.On(new ChatEvent(ChatEventKind.ReasoningSignature) { Part = -1, Text = T("two") });
            w.EndFrame();
        });
        chunks[0].ShouldContain("""{"type":"reasoning.text","signature":"one","format":"google-gemini-v1","index":0}""");
        chunks[0].ShouldContain("""{"type":"reasoning.text","signature":"two","format":"google-gemini-v1","index":1}""");
    }

    [Fact]
    public void The_service_tier_is_sent_with_the_usage() =>
        Write(w => Frame(w, Start,
            new ChatEvent(ChatEventKind.Usage) { Usage = new Usage { InputTokens = 1, ServiceTier = "standard" } },
            new ChatEvent(ChatEventKind.Usage) { Usage = new Usage { OutputTokens = 2 } }), usage: true)[^2]
                .ShouldEndWith(""" "total_tokens":3},"service_tier":"default"} """.Trim());

    [Fact]
    public void Case5_an_error_is_not_a_clean_end()
    {
        var chunks = Write(w =>
        {
            Frame(w, Start, new ChatEvent(ChatEventKind.Text) { Text = T("a") });
            Frame(w, new ChatEvent(ChatEventKind.Error) { Error = new GatewayError(GatewayErrorKind.ProviderFailed, 529, "busy") });
        });
        chunks.Count.ShouldBe(2);
        StrictChat.ReadStream(Sse(chunks), usageAsked: false).Error.ShouldBe("busy");
    }

    [Fact]
    public void An_empty_response_still_has_a_choice()
    {
        var answer = StrictChat.ReadStream(Sse(Write(w => Frame(w, Start))), usageAsked: false);
        answer.Choices.ShouldHaveSingleItem().Finish.ShouldBe("stop");
    }

    [Fact]
    public void A_text_costs_no_allocation()
    {
        using var output = new JsonOutput(1 << 16);
        var writer = ChatCases.Dialect.CreateEventWriter(ChatCases.Context, output, new LossReport());
        var text = new ChatEvent(ChatEventKind.Text) { Text = T("hello") };
        var extras = new Extras("gemini");
        extras.Add(T("createTime"), J("\"t\""));
        extras.Add(T("tomorrow"), J("{}"));
        void Once()
        {
            output.Clear();
            writer.BeginFrame(new ChatFrame("gemini") { Extras = extras });
            writer.On(text);
            writer.EndFrame();
        }
        for (var i = 0; i < 100; i++) Once();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) Once();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static readonly ChatEvent Start = new(ChatEventKind.Start) { Id = T("gen-1"), Model = T("m-1") };

    private static ChatEvent Call(int index, string id, string name) =>
        new(ChatEventKind.ToolCallStart) { ToolIndex = index, Id = id.Length > 0 ? T(id) : default, Name = T(name) };

    private static JsonText T(string escaped) => new(ChatCases.Utf8(escaped));

    private static JsonSlice J(string json) => new(ChatCases.Utf8(json));

    private static void Frame(IEventWriter writer, params ChatEvent[] events)
    {
        writer.BeginFrame(new ChatFrame("anthropic-messages"));
        foreach (var item in events) writer.On(item);
        writer.EndFrame();
    }

    private static List<string> Write(Action<IEventWriter> say, bool usage = false, LossReport? losses = null)
    {
        using var output = new JsonOutput();
        var writer = ChatCases.Dialect.CreateEventWriter(ChatCases.Context with { StreamUsage = usage }, output, losses ?? new LossReport());
        say(writer);
        writer.Complete();
        return [.. ChatCases.Events(output.WrittenSpan.ToArray()).Select(e => e.Data)];
    }

    private static byte[] Sse(List<string> chunks) => ChatCases.Utf8(string.Concat(chunks.Select(c => $"data: {c}\n\n")));

    private static void Same(string chunk, string expected) => JsonDifference.First(ChatCases.Utf8(expected), ChatCases.Utf8(chunk)).ShouldBeNull(chunk);
}
