using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.BedrockConverse;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Providers.OpenAICompatible;

namespace Nano.Tests.Requests;

/// <summary>Escapes, including halves of surrogate pairs, anywhere in requests and responses: nothing throws, and no half is forwarded after a conversion.</summary>
public sealed class HalfPairRequestTests
{
    private static readonly (string Dialect, string Body)[] Requests =
    [
        ("openai-chat", """
            {"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","name":"n","content":[{"type":"text","text":"t"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}}]},
            {"role":"assistant","content":"a","reasoning_content":"r","tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"a\":\"b\",\"type\":\"STRING\"}"}}]},
            {"role":"tool","tool_call_id":"c1","content":"{\"a\":{\"$ref\":\"x\"},\"n\":1}"},{"role":"user","content":"on"}],
            "tools":[{"type":"function","function":{"name":"look","description":"d","strict":true,"parameters":{"type":"object","properties":{"a":{"type":"string","enum":["x","y"],"default":"x"},"b":{"$ref":"#/$defs/c"}},"required":["a"],"$defs":{"c":{"type":"integer"}}}}}],
            "tool_choice":{"type":"function","function":{"name":"look"}},"response_format":{"type":"json_schema","json_schema":{"name":"f","schema":{"type":"object","properties":{"x":{"type":"string"}}}}},
            "reasoning_effort":"low","stop":["END"],"temperature":0.5,"metadata":{"k":"v"},"user":"u","thinking":{"type":"enabled"},"stream_options":{"include_usage":true},"logit_bias":{"1":2},"service_tier":"auto"}
            """),
        ("anthropic-messages", """
            {"model":"m","max_tokens":9,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"t"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
            {"role":"assistant","content":[{"type":"thinking","thinking":"r","signature":"sig"},{"type":"tool_use","id":"t1","name":"look","input":{"a":{"$ref":"x"}}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"{\"a\":1}"}]}],"tools":[{"name":"look","input_schema":{"type":"object","properties":{"a":{"type":"string"}}}}],
            "tool_choice":{"type":"tool","name":"look"},"thinking":{"type":"enabled","budget_tokens":1024},"stop_sequences":["END"],"metadata":{"user_id":"u"}}
            """),
        ("gemini", """
            {"contents":[{"role":"user","parts":[{"text":"t"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]},{"role":"model","parts":[{"text":"r","thought":true},{"functionCall":{"name":"look","args":{"a":{"$ref":"x"}}},"thoughtSignature":"sig"}]},
            {"role":"user","parts":[{"functionResponse":{"name":"look","response":{"a":1}}}]}],"systemInstruction":{"parts":[{"text":"s"}]},
            "tools":[{"functionDeclarations":[{"name":"look","parameters":{"type":"OBJECT","properties":{"a":{"type":"STRING","enum":["x"]}}}}]}],"generationConfig":{"responseSchema":{"type":"OBJECT","properties":{"x":{"type":"STRING"}}},"thinkingConfig":{"thinkingLevel":"low"},"stopSequences":["END"]}}
            """),
        ("openai-responses", """
            {"model":"m","instructions":"s","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"t"},{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]},{"type":"reasoning","id":"r1","summary":[{"type":"summary_text","text":"r"}],"encrypted_content":"e"},
            {"type":"function_call","call_id":"c1","name":"look","arguments":"{\"a\":1}"},{"type":"function_call_output","call_id":"c1","output":"{\"$ref\":1}"}],"tools":[{"type":"function","name":"look","parameters":{"type":"object","properties":{"a":{"type":"string"}}},"strict":true}],
            "tool_choice":{"type":"function","name":"look"},"reasoning":{"effort":"low"},"text":{"format":{"type":"json_schema","name":"f","schema":{"type":"object"}}},"metadata":{"k":"v"}}
            """),
    ];

    private static readonly (string Dialect, string Body)[] Responses =
    [
        ("openai-chat", """{"id":"i","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"a","reasoning_content":"r","refusal":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"a\":\"b\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":0}},"service_tier":"default"}"""),
        ("anthropic-messages", """{"id":"i","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"r","signature":"sig"},{"type":"text","text":"a","citations":[{"type":"char_location","cited_text":"c","document_index":0,"document_title":"d","start_char_index":0,"end_char_index":1}]},{"type":"tool_use","id":"t1","name":"look","input":{"a":"b"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2}}"""),
        ("gemini", """{"responseId":"i","modelVersion":"m","candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"r","thought":true},{"text":"a","thoughtSignature":"sig"},{"functionCall":{"name":"look","args":{"a":"b"}}}]},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a.example","title":"t"}}],"groundingSupports":[{"segment":{"startIndex":0,"endIndex":1,"text":"a"},"groundingChunkIndices":[0]}]}}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}}"""),
        ("openai-responses", """{"id":"i","object":"response","created_at":1,"status":"completed","model":"m","output":[{"type":"reasoning","id":"r1","summary":[{"type":"summary_text","text":"r"}],"encrypted_content":"e"},{"type":"message","id":"m1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"a","annotations":[{"type":"url_citation","url":"https://a.example","title":"t","start_index":0,"end_index":1}]}]},{"type":"function_call","id":"f1","call_id":"c1","name":"look","arguments":"{\"a\":1}","status":"completed"}],"usage":{"input_tokens":1,"output_tokens":2}}"""),
        ("cohere-chat", """{"id":"i","finish_reason":"TOOL_CALL","message":{"role":"assistant","tool_plan":"p","content":[{"type":"thinking","thinking":"r"},{"type":"text","text":"a"}],"tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"a\":1}"}}],"citations":[{"start":0,"end":1,"text":"a","sources":[{"type":"document","id":"d","document":{"id":"d","title":"t"}}]}]},"usage":{"tokens":{"input_tokens":1,"output_tokens":2}}}"""),
        ("bedrock-converse", """{"output":{"message":{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"r","signature":"sig"}}},{"text":"a"},{"toolUse":{"toolUseId":"t1","name":"look","input":{"a":"b"}}}]}},"stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}"""),
    ];

    private static readonly Target[] Targets =
    [
        new("openai-chat", "m"), new("anthropic-messages", "m"), new("anthropic-messages", "claude-opus-5-5"), new("anthropic-messages", "claude-haiku-4-5"), new("gemini", "m"),
        new("gemini", "gemini-2.5-flash"),
        new("gemini", "gemini-3.6-flash"), new("cohere-chat", "m"), new("openai-responses", "m"), new("openai-responses", "gpt-6-astra"), new("bedrock-converse", "m"),
        new("bedrock-converse", "anthropic.claude-opus-5-5"),
    ];

    private static readonly string[] Escapes =
    [
        @"\ud83d", @"\ude00", @"\ud83d\ud83d", @"\ude00\ud83d", @"\ud83d\ude00", @"\\ud83d", @"\\\ud83d", @"\u0000", @"\u006d", @"\""\ud800", @"\udfff\n", @"{\""\ud800\"":1}",
    ];

    public static TheoryData<string> Dialects() => [.. Requests.Select(request => request.Dialect)];

    public static TheoryData<string> Providers() => [.. Responses.Select(response => response.Dialect)];

    [Theory, MemberData(nameof(Dialects))]
    public void No_half_of_a_requests_text_reaches_another_dialect(string dialect) => Check(dialect, Requests, (body, what) =>
    {
        foreach (var target in Targets)
        {
            using var output = new JsonOutput();
            var from = Conversion.Dialect(dialect);
            var (request, refused) = from.TryReadRequest(body);
            if (request is null)
            {
                refused!.Status.ShouldBe(400, what);
                continue;
            }
            if (Writer(target.Dialect).TryWriteRequest(request, new RequestTarget { Model = target.Model, Traits = target.Traits }, output, new LossReport()) is { } unsayable)
            {
                unsayable.Status.ShouldBe(400, what);
                continue;
            }
            output.ReplaceHalves();
            IsWhole(output.WrittenSpan, $"{what}, to {target}");
        }
    });

    /// <summary>The first scan of the body, and the providers' edits of it.</summary>
    [Fact]
    public void A_passthrough_request_is_scanned_and_edited_or_refused() => Check("openai-chat", Requests, (body, what) =>
    {
        if (ChatEnvelope.TryRead(body, out var envelope) is { } refused)
        {
            refused.Status.ShouldBe(400, what);
            return;
        }
        _ = envelope.Model.ToString();
        foreach (var vendor in CompatibleProviders.All.Where(vendor => vendor.Quirks is not null))
        {
            using var output = new JsonOutput();
            new OpenAIChatDialect(vendor.Quirks!).Quirks!.TryEdit(body, new RequestTarget { Model = "m", Traits = new ModelTraits { Reasons = true } }, output, new LossReport(),
                out var isEdited);
            if (isEdited) JsonSlice.IsValid(output.WrittenSpan).ShouldBeTrue($"{what}, {vendor.Id}");
        }
    });

    [Theory, MemberData(nameof(Providers))]
    public void A_providers_response_is_read_or_an_error_and_no_half_of_it_reaches_the_caller(string dialect) => Check(dialect, Responses, (body, what) =>
    {
        var from = Writer(dialect);
        from.ReadError(body);
        // Like the gateway before it reads.
        JsonEscaping.ReplaceHalves(body);
        var (response, error) = from.TryReadResponse(body, UsageRules.OpenAI, "p");
        if (response is null)
        {
            error!.Status.ShouldBeGreaterThanOrEqualTo(400, what);
            return;
        }
        foreach (var to in Requests.Select(request => Conversion.Dialect(request.Dialect)))
        {
            using var output = new JsonOutput();
            to.WriteResponse(response, new ResponseContext { FallbackId = "i", Model = "m", Created = 1 }, output, new LossReport());
            IsWhole(output.WrittenSpan, $"{what}, to {to.Name}");
        }
    });

    /// <summary>A tap and a provider's edit of a passthrough response.</summary>
    [Theory]
    [InlineData("openai-chat")]
    [InlineData("anthropic-messages")]
    [InlineData("gemini")]
    [InlineData("openai-responses")]
    public void A_passthrough_response_is_observed_or_an_error(string dialect) => Check(dialect, Responses, (body, what) =>
    {
        var relayed = Conversion.Dialect(dialect);
        relayed.CreateUsageTap(UsageRules.OpenAI).TryOnBody(body, "p");
        relayed.CreateUsageTap(UsageRules.OpenAI).TryOnEvent(default, body, "p");
        if (dialect != "openai-chat" || !JsonSlice.IsValid(body)) return;
        foreach (var vendor in CompatibleProviders.All.Where(vendor => vendor.Quirks is not null))
        {
            using var output = new JsonOutput();
            var isEdited = new OpenAIChatDialect(vendor.Quirks!).Quirks!.TryEditResponse(body, output, isForReader: true);
            if (isEdited) JsonSlice.IsValid(output.WrittenSpan).ShouldBeTrue($"{what}, {vendor.Id}");
        }
    });

    private static IUpstreamDialect Writer(string name) => name == "bedrock-converse" ? new BedrockConverseDialect() : Conversion.Writer(name);

    private static void Check(string dialect, (string Dialect, string Body)[] bodies, Action<byte[], string> carry)
    {
        var body = Encoding.UTF8.GetBytes(bodies.Single(one => one.Dialect == dialect).Body);
        // First unchanged, then with one to three escapes inserted.
        carry([.. body], dialect);
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var escaped = WithEscapes(body, new System.Random(seed));
            var what = $"{dialect}, seed {seed}";
            try
            {
                carry([.. escaped], what);
            }
            catch (Exception e) when (e is not ShouldAssertException)
            {
                throw new InvalidOperationException($"{what}: {e.GetType().Name} {e.Message}\n{Encoding.UTF8.GetString(escaped)}\n{e.StackTrace}", e);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    /// <summary>Inserts escapes at the start or end of names and strings, or escapes their first character.</summary>
    private static byte[] WithEscapes(byte[] body, System.Random random)
    {
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var places = new List<(int Start, int Length)>();
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 128 });
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String) places.Add(((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length));
            var (start, length) = places[random.Next(places.Count)];
            if (random.Next(4) == 0 && length > 0 && char.IsAsciiLetterOrDigit((char)body[start]))
            {
                body = [.. body[..start], .. Encoding.ASCII.GetBytes($"\\u{(int)body[start]:x4}"), .. body[(start + 1)..]];
                continue;
            }
            var at = random.Next(2) == 0 ? start : start + length;
            body = [.. body[..at], .. Encoding.UTF8.GetBytes(Escapes[random.Next(Escapes.Length)]), .. body[at..]];
        }
        return body;
    }

    /// <summary>Checks that every name and string of the JSON is valid text.</summary>
    private static void IsWhole(ReadOnlySpan<byte> json, string what)
    {
        var shown = Encoding.UTF8.GetString(json);
        JsonEscaping.IndexOfHalf(json).ShouldBe(-1, $"{what}: half of a pair is left in\n{shown}");
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        while (reader.Read())
            if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String) _ = reader.GetString();
    }
}
