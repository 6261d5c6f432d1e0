using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.BedrockConverse;
using Nano.Dialects.BedrockConverse.Responses;
using Nano.Json;
using Nano.Streaming;
using Nano.Testing;

namespace Nano.Tests.Dialects.BedrockConverse.Responses;

/// <summary>Responses and events in the neutral model, recorded and handmade; hostile ones raise only errors.</summary>
public sealed class ResponseTests
{
    /// <summary>Each oddity of the recorded Converse cases (wire/INDEX.md), with a recording and its expected reading.</summary>
    [SkippableTheory]
    [InlineData("bedrock_metadata_after_message_stop", "bedrock-converse-evs-cache-8ee68f", "Finish:end_turn Usage:1040/250 r1028 w0 End")]
    [InlineData("bedrock_padding_p", "bedrock-converse-evs-toolcall-3e8c8e", "Call:add {\"x\":20,\"y\":22} Finish:tool_use Usage:512/21 r w End")]
    [InlineData("bedrock_text_block_without_start", "bedrock-converse-evs-toolres-d68ad5", "Text:The best language to learn is **Ruby**, according to our analysis.")]
    [InlineData("bedrock_cache_tokens", "bedrock-converse-evs-cache-8ee68f", "Usage:1040/250 r1028 w0")]
    [InlineData("bedrock_delta:reasoningContent", "bedrock-converse-evs-think-6bb93a", "Reasoning:The user just says")]
    [InlineData("bedrock_reasoning_delta:text", "bedrock-converse-evs-think-b67f9a", "Reasoning:Let me count the r")]
    [InlineData("bedrock_reasoning_delta:signature", "bedrock-converse-evs-think-0779db", "Signature:")]
    [InlineData("bedrock_delta:citation", "bedrock-converse-evs-cite-1cf078", "Citation:https://www.ruby-lang.org/en/downloads/")]
    [InlineData("bedrock_delta:citation", "bedrock-converse-evs-pdf-dafdfd", "Citation:/facts/The Ruby programming language was created by Yukihiro Matsumoto in 1993. ")]
    [InlineData("bedrock_delta:toolResult", "bedrock-converse-evs-cite-1cf078", "Opaque:server_tool_use Opaque:toolResult")]
    [InlineData("bedrock_stop:guardrail_intervened", "bedrock-converse-evs-filter-33da6b", "Finish:guardrail_intervened=ContentFilter")]
    [InlineData("bedrock_trace", "bedrock-converse-evs-filter-e4d3b5", "Opaque:trace")]
    [InlineData("bedrock_block:reasoningContent", "bedrock-converse-one-think-dc4328", "Reasoning:The user is asking me to multiply")]
    [InlineData("bedrock_block:citationsContent", "bedrock-converse-one-cite-ae3391",
        "Text:Ruby was created by Yukihiro Matsumoto in 1993. Citation:https://example.com/ruby-facts/Ruby Facts/")]
    [InlineData("bedrock_block:type", "bedrock-converse-one-partools-ce29f0", "Call:get-weather {\"location\":\"SF\"} Text:Now the JSON. Call:json {\"result\":\"data\"}")]
    [InlineData("bedrock_block:toolResult", "bedrock-converse-one-cite-0447a3", "Opaque:server_tool_use Opaque:toolResult Text:The latest stable Ruby version is 4.0.6")]
    [InlineData("bedrock_stop:guardrail_intervened", "bedrock-converse-one-filter-1c244f",
        "Text:Blocked by guardrail. Finish:guardrail_intervened=ContentFilter Usage:0/0 r w Extra:trace")]
    [InlineData("bedrock_trace", "bedrock-converse-one-sys-f806a8", "Extra:trace")]
    public void An_oddity_is_read(string oddity, string id, string said)
    {
        WireCorpus.Require();
        var wire = WireCorpus.Get(id);
        wire.Oddities.ShouldContain(oddity);
        (wire.EventStream is { } stream ? Told(stream) : Told(new BedrockConverseDialect().ReadResponse(wire.ResponseBytes(), UsageRules.Anthropic))).ShouldContain(said);
    }

    /// <summary>BedrockErrorTests covers the two that occur in errors, over sockets.</summary>
    [SkippableFact]
    public void Every_oddity_has_its_test()
    {
        WireCorpus.Require();
        var named = typeof(ResponseTests).GetMethod(nameof(An_oddity_is_read))!.GetCustomAttributesData().Where(a => a.AttributeType == typeof(InlineDataAttribute))
            .Select(a => (string)((IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)a.ConstructorArguments[0].Value!)[0].Value!)
            .Append("bedrock_error_type_header").Append("error_without_error_key:message");
        WireCorpus.Of("converse").SelectMany(c => c.Oddities).Distinct().Except(named).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("end_turn", FinishReason.Stop)]
    [InlineData("tool_use", FinishReason.ToolCalls)]
    [InlineData("max_tokens", FinishReason.Length)]
    [InlineData("model_context_window_exceeded", FinishReason.Length)]
    [InlineData("stop_sequence", FinishReason.StopSequence)]
    [InlineData("guardrail_intervened", FinishReason.ContentFilter)]
    [InlineData("content_filtered", FinishReason.ContentFilter)]
    [InlineData("malformed_model_output", FinishReason.Error)]
    [InlineData("malformed_tool_use", FinishReason.Error)]
    [InlineData("word_of_tomorrow", FinishReason.Other)]
    public void A_stop_reason_is_known(string word, FinishReason expected) => FinishReasons.Read(JsonText.From(word)).ShouldBe(expected);

    [Theory]
    [InlineData("""{"inputTokens":3,"outputTokens":2,"cacheReadInputTokens":4,"cacheReadInputTokenCount":4,"cacheWriteInputTokens":5,"cacheWriteInputTokenCount":5,"cacheDetails":[{"ttl":"5m","inputTokens":2},{"ttl":"1h","inputTokens":3}]}""", "12/2 4 5 3")]
    [InlineData("""{"inputTokens":3,"outputTokens":2}""", "3/2   ")]
    [InlineData("""{"inputTokens":0,"outputTokens":0,"cacheReadInputTokens":0}""", "0/0 0  ")]
    [InlineData("""{"inputTokens":-1,"outputTokens":1e99,"cacheDetails":{}}""", "/   ")]
    public void Usage_is_counted_once(string usage, string expected)
    {
        var counts = UsageReader.Read(new JsonSlice(Encoding.UTF8.GetBytes(usage)), JsonSlice.Constant("""{"type":"flex"}"""), UsageRules.Anthropic)!;
        $"{counts.InputTokens}/{counts.OutputTokens} {counts.CacheReadTokens} {counts.CacheWriteTokens} {counts.LongCacheWriteTokens}".ShouldBe(expected);
        counts.ServiceTier.ShouldBe("flex");
    }

    [Theory]
    [InlineData("""{"output":{"message":{"content":[{"reasoningContent":{"redactedContent":"RR=="}},{"image":{"format":"png","source":{"bytes":"AAAA"}}},{"toolUse":{"toolUseId":"t","name":"f"}},{"blockOfTomorrow":{"a":1}}]}},"stopReason":"tool_use"}""",
        "Redacted:RR== Image:image/png AAAA Call:f  Opaque:blockOfTomorrow Finish:tool_use=ToolCalls")]
    [InlineData("""{"output":{"message":{"content":[{"citationsContent":{"citations":[{"title":"T"}]}}]}},"stopReason":"end_turn"}""", "Text: Citation:/T/ Finish:end_turn=Stop")]
    [InlineData("""{"output":{"message":{"content":[]}},"stopReason":"end_turn","additionalModelResponseFields":{"a":1}}""",
        "Finish:end_turn=Stop Extra:additionalModelResponseFields")]
    public void A_whole_response_is_read(string body, string said) =>
        Told(new BedrockConverseDialect().ReadResponse(Encoding.UTF8.GetBytes(body), UsageRules.Anthropic)).ShouldBe(said);

    public static TheoryData<string> Malformed =>
    [
        "", "{", "[]", "null", "\"x\"", "{}", """{"output":{}}""", """{"output":{"message":{"content":{}}}}""", """{"output":{"message":{"content":["x"]}}}""",
        """{"output":{"message":{"content":[]}}} {}""", """{"output":{"message":{"content":[{"citationsContent":{"citations":["x"]}}]}}}""",
    ];

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_response_is_an_error(string body)
    {
        var (response, error) = new BedrockConverseDialect().TryReadResponse(Encoding.UTF8.GetBytes(body), UsageRules.Anthropic, "bedrock");
        response.ShouldBeNull();
        error.ShouldNotBeNull().Code.ShouldBe("provider_invalid_response");
    }

    /// <summary>A recorded response with any part replaced by another value is read or refused; no other exception is raised, and no block stays open without end.</summary>
    [SkippableFact]
    public void Changed_responses_and_events_raise_no_unexpected_exception()
    {
        WireCorpus.Require();
        string[] values = ["null", "7", "\"x\"", "{}", "[]", "true", "[[{}]]", "{\"text\":{}}"];
        var bodies = WireCorpus.Of("converse").Where(c => c.Status == 200 && c.EventStream is null).Select(c => ("", c.ResponseBytes()))
            .Concat(WireCorpus.Of("converse").Where(c => c.EventStream is not null).SelectMany(c => c.Response.GetProperty("events").EnumerateArray()
                .Select(e => (e.GetProperty("headers").GetProperty(":event-type").GetString()!, JsonSerializer.SerializeToUtf8Bytes(e.GetProperty("payload"))))
                .DistinctBy(e => e.Item1))).ToArray();
        Prop.ForAll(Gen.Choose(0, bodies.Length - 1).ToArbitrary(), Gen.Choose(0, 1_000_000).ToArbitrary(), Gen.Choose(0, values.Length).ToArbitrary(), (which, at, value) =>
        {
            var (type, body) = bodies[which];
            // After the last value, truncate the text instead.
            var changed = value == values.Length ? body[..(at % body.Length)] : Replace(body, at, values[value]);
            if (type.Length == 0) new BedrockConverseDialect().TryReadResponse(changed, UsageRules.Anthropic, "bedrock");
            else new BedrockConverseDialect().CreateEventReader(UsageRules.Anthropic).TryRead(Encoding.UTF8.GetBytes(type), changed, new Log(), "bedrock");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [Fact]
    public void Endless_blocks_are_refused()
    {
        var reader = new BedrockConverseDialect().CreateEventReader(UsageRules.Anthropic);
        Nano.Errors.GatewayError? error = null;
        var i = 0;
        for (; error is null && i < 5000; i++)
            error = reader.TryRead("contentBlockDelta"u8.ToArray(), Encoding.UTF8.GetBytes($$$"""{"contentBlockIndex":{{{i}}},"delta":{"text":"a"}}"""), new Log(), "bedrock");
        i.ShouldBe(1025);
    }

    private static byte[] Replace(byte[] body, int at, string value)
    {
        var places = new List<(int Start, int End)>();
        var reader = new Utf8JsonReader(body);
        while (reader.Read())
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                var copy = reader;
                copy.Skip();
                places.Add(((int)reader.TokenStartIndex, (int)copy.BytesConsumed));
            }
        var (start, end) = places[at % places.Count];
        return [.. body[..start], .. Encoding.UTF8.GetBytes(value), .. body[end..]];
    }

    private static string Told(byte[] stream)
    {
        using var frames = new AmazonEventStreamReader();
        var reader = new BedrockConverseDialect().CreateEventReader(UsageRules.Anthropic);
        var log = new Log();
        stream.CopyTo(frames.GetMemory(stream.Length));
        frames.Advance(stream.Length);
        while (frames.TryRead(out var item)) reader.TryRead(item.Type, item.Data, log, "bedrock").ShouldBeNull();
        reader.IsComplete.ShouldBeTrue();
        return log.ToString();
    }

    private static string Told(ChatResponse response)
    {
        var choice = response.Choices.Single();
        var said = choice.Message.Parts.SelectMany(part => part switch
        {
            TextPart text => new[] { $"Text:{text.Text}" }.Concat((text.Citations ?? []).Select(Show)),
            ReasoningPart { Opaque.IsPresent: true } redacted => [$"Redacted:{redacted.Opaque}"],
            ReasoningPart reasoning => [$"Reasoning:{reasoning.Text}"],
            ToolCallPart call => [$"Call:{call.Name} {call.Arguments.Json}"],
            MediaPart media => [$"Image:{media.Source.MediaType} {media.Source.Data}"],
            OpaquePart opaque => [$"Opaque:{opaque.Type}"],
            _ => new[] { part.GetType().Name },
        }).Append($"Finish:{choice.NativeFinish}={choice.Finish}");
        if (response.Usage is { } usage) said = said.Append(Show(usage));
        return string.Join(' ', said.Concat((response.Extras?.Members ?? []).Select(m => $"Extra:{m.Name}")));
    }

    private static string Show(Citation citation) => $"Citation:{citation.Url}/{citation.Title}/{citation.CitedText}";

    private static string Show(Usage usage) => $"Usage:{usage.InputTokens}/{usage.OutputTokens} r{usage.CacheReadTokens} w{usage.CacheWriteTokens}";

    /// <summary>Joins texts and arguments, and records other events briefly.</summary>
    private sealed class Log : IChatEventSink
    {
        private readonly StringBuilder _text = new();
        private ChatEventKind _last;

        public void BeginFrame(in ChatFrame frame) { }

        public void On(in ChatEvent item)
        {
            var goesOn = item.Kind == _last && item.Kind is ChatEventKind.Text or ChatEventKind.Reasoning or ChatEventKind.ToolCallArguments;
            _text.Append(item.Kind switch
            {
                ChatEventKind.Text => (goesOn ? "" : " Text:") + item.Text,
                ChatEventKind.Reasoning => (goesOn ? "" : " Reasoning:") + item.Text,
                ChatEventKind.ReasoningSignature => $" Signature:{item.Text}",
                ChatEventKind.ReasoningOpaque => $" Redacted:{item.Text}",
                ChatEventKind.ToolCallStart => $" Call:{item.Name}",
                ChatEventKind.ToolCallArguments => (goesOn ? "" : " ") + item.Text + item.Json,
                ChatEventKind.Citation => " " + Show(item.Citation!),
                ChatEventKind.PartStart when item.PartKind == PartKind.Opaque => $" Opaque:{item.Type}",
                ChatEventKind.Opaque => $" Opaque:{item.Type}",
                ChatEventKind.Finish => $" Finish:{item.NativeFinish}{(item.Finish is FinishReason.Stop or FinishReason.ToolCalls ? "" : $"={item.Finish}")}",
                ChatEventKind.Usage => " " + Show(item.Usage!),
                ChatEventKind.End => " End",
                _ => "",
            });
            if (item.Kind is not (ChatEventKind.PartStart or ChatEventKind.PartEnd)) _last = item.Kind;
        }

        public void EndFrame() { }

        public override string ToString() => _text.ToString().Trim();
    }
}
