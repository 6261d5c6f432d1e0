using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Testing;
using Nano.Tests.Streaming;

namespace Nano.Tests.Dialects.AnthropicMessages;

/// <summary>
/// For any input, the codecs raise only the expected exceptions, nothing hangs, and the output is JSON.
/// </summary>
public sealed class HostileTests
{
    private static readonly AnthropicMessagesDialect Dialect = new();
    private static readonly OpenAIChatDialect Chat = new();
    private static readonly ResponseContext Context = new() { FallbackId = "x", Model = "m", Created = 0 };

    private static readonly string[] Words =
    [
        "model", "messages", "role", "content", "type", "text", "source", "data", "tools", "tool_choice", "name", "input_schema", "thinking", "signature",
        "tool_use", "tool_result", "tool_use_id", "id", "input", "image", "document", "base64", "url", "system", "user", "assistant", "max_tokens",
        "output_config", "format", "json_schema", "schema", "effort", "metadata", "user_id", "stop_sequences", "stop_reason", "usage", "input_tokens",
        "cache_creation", "citations", "citation", "message", "message_start", "message_delta", "message_stop", "content_block_start", "content_block",
        "content_block_delta", "content_block_stop", "delta", "index", "text_delta", "input_json_delta", "partial_json", "error", "ping", "$ref", "$defs",
        "properties", "object", "anyOf", "tool_calls", "function", "arguments", "tool_call_id", "response_format", "reasoning_effort", "image_url", "file",
    ];

    [Fact]
    public void Random_bytes() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll<byte[]>(bytes => Everything(bytes ?? [])));

    /// <summary>JSON made from the dialects' own names and values, in any order and shape.</summary>
    [Fact]
    public void Random_json_of_known_words()
    {
        var random = new Random(7);
        for (var i = 0; i < 6000; i++)
        {
            var text = new StringBuilder();
            Value(text, random, 0);
            Everything(Encoding.UTF8.GetBytes(text.ToString()));
        }
    }

    /// <summary>Requests and events with a valid outer object and arbitrary content.</summary>
    [Fact]
    public void Random_values_in_the_right_places()
    {
        var random = new Random(11);
        for (var i = 0; i < 6000; i++)
        {
            var value = new StringBuilder();
            Value(value, random, 2);
            var type = Words[random.Next(Words.Length)];
            foreach (var body in (string[])
            [
                $$$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"{{{{type}}}}","{{{{Words[random.Next(Words.Length)]}}}}":{{{{value}}}}}]}]}""",
                $$$$"""{"model":"m","messages":[{"role":"user","content":"a"}],"{{{{Words[random.Next(Words.Length)]}}}}":{{{{value}}}}}""",
                $$$$"""{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{{{{value}}}}}}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{{{{value}}}}}}}""",
                $$$$"""{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{{{{value}}}}}}]},{"role":"tool","tool_call_id":"a","content":{{{{value}}}}}]}""",
                $$$$"""{"type":"content_block_start","index":{{{{random.Next(3)}}}},"content_block":{"type":"{{{{type}}}}","{{{{Words[random.Next(Words.Length)]}}}}":{{{{value}}}}}}""",
                $$$$"""{"type":"content_block_delta","index":{{{{value}}}},"delta":{"type":"{{{{type}}}}","text":{{{{value}}}},"partial_json":{{{{value}}}}}}""",
                $$$$"""{"type":"message_start","message":{"id":{{{{value}}}},"content":{{{{value}}}},"usage":{{{{value}}}}}}""",
                $$$$"""{"type":"message_delta","delta":{{{{value}}}},"usage":{{{{value}}}}}""",
                $$$$"""{"type":"message","content":{{{{value}}}},"stop_reason":{{{{value}}}},"usage":{{{{value}}}},"error":{{{{value}}}}}""",
                $$$$"""{"type":"message","content":[{"type":"{{{{type}}}}","citations":{{{{value}}}},"input":{{{{value}}}},"content":{{{{value}}}}}]}""",
            ])
                Everything(Encoding.UTF8.GetBytes(body));
        }
    }

    public static TheoryData<string> Recorded => [.. WireCorpus.Of("messages").Where(c => c.ResponseBytes().Length < 200_000).Select(c => c.Id)];

    [SkippableTheory]
    [RecordedData(nameof(Recorded))]
    public void Truncated_and_mutated_recordings(string id)
    {
        WireCorpus.Require();
        var item = WireCorpus.Get(id);
        var random = new Random(id.Length * 31 + id[^1]);
        foreach (var bytes in (byte[][])[item.HasRequest ? item.RequestBytes() : [], item.ResponseBytes()])
        {
            if (bytes.Length == 0) continue;
            for (var i = 0; i < 12; i++)
            {
                Everything(bytes[..random.Next(bytes.Length)]);
                var mutated = (byte[])bytes.Clone();
                for (var n = random.Next(1, 4); n > 0; n--) mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
                Everything(mutated);
            }
        }
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    [InlineData("{\"type\":\"object\",\"properties\":{\"a\":", "}}")]
    [InlineData("{\"type\":\"tool_result\",\"tool_use_id\":\"a\",\"content\":[", "]}")]
    public void Deep_nesting_ends(string open, string close)
    {
        foreach (var depth in (int[])[20, 60, 120, 500, 100_000])
        {
            var value = string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth));
            foreach (var body in (string[])
            [
                value,
                $$$$"""{"model":"m","messages":[{"role":"user","content":[{{{{value}}}}]}],"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{{{{value}}}}}}]}""",
                $$$$"""{"type":"message","content":[{{{{value}}}}]}""",
            ])
                CpuTime.Of(() => Everything(Encoding.UTF8.GetBytes(body))).ShouldBeLessThan(TimeSpan.FromSeconds(10), $"depth {depth}");
        }
    }

    [Fact]
    public void Blocks_that_never_end_are_bounded()
    {
        var reader = Dialect.CreateEventReader(UsageRules.Anthropic);
        var log = new EventLog();
        var refused = 0;
        for (var i = 0; i < 5000; i++)
        {
            var data = Encoding.UTF8.GetBytes($$$"""{"type":"content_block_start","index":{{{i}}},"content_block":{"type":"text","text":""}}""");
            if (reader.TryRead(default, data, log, "x") is not null) refused++;
        }
        refused.ShouldBeGreaterThan(3000);
    }

    private static void Everything(byte[] bytes)
    {
        using var output = new JsonOutput();
        Requests(Dialect.TryReadRequest(bytes).Request, output);
        Requests(Chat.TryReadRequest(bytes).Request, output);
        if (Dialect.TryReadResponse(bytes, UsageRules.Anthropic, "x").Response is { } own) Answer(own, output);
        if (Chat.TryReadResponse(bytes, UsageRules.OpenAI, "x").Response is { } foreign) Answer(foreign, output);
        Dialect.ReadError(bytes);
        var tap = Dialect.CreateUsageTap(UsageRules.Anthropic);
        tap.OnBody(bytes);
        tap.OnEvent(default, bytes);
        Stream(Dialect.CreateEventReader(UsageRules.Anthropic), tap, [.. "data: "u8, .. bytes, .. "\n\n"u8], output);
        Stream(Dialect.CreateEventReader(UsageRules.Anthropic), tap, bytes, output);
        Stream(Chat.CreateEventReader(UsageRules.OpenAI), tap, [.. "data: "u8, .. bytes, .. "\n\n"u8], output);
    }

    private static void Requests(ChatRequest? request, JsonOutput output)
    {
        if (request is null) return;
        foreach (var traits in (ModelTraits?[])[null, FromChat.Budget, FromChat.AlwaysOn])
        {
            output.Clear();
            if (Dialect.TryWriteRequest(request, new RequestTarget { Model = "m", Traits = traits }, output, new LossReport()) is null)
                IsJson(output.WrittenSpan);
        }
    }

    private static void Answer(ChatResponse answer, JsonOutput output)
    {
        output.Clear();
        Dialect.WriteResponse(answer, Context, output, new LossReport());
        IsJson(output.WrittenSpan);
    }

    private static void Stream(IEventReader reader, IUsageTap tap, byte[] sse, JsonOutput output)
    {
        output.Clear();
        var writer = Dialect.CreateEventWriter(Context, output, new LossReport());
        SsePieces.ReadData(sse, int.MaxValue, e =>
        {
            tap.OnEvent(e.Type, e.Data);
            reader.TryRead(e.Type, e.Data, writer, "x");
        });
        if (reader.IsComplete) writer.Complete();
        SsePieces.ReadData(output.WrittenSpan.ToArray(), int.MaxValue, e =>
        {
            if (reader.IsComplete) IsJson(e.Data.Span);
        });
    }

    private static void IsJson(ReadOnlySpan<byte> text) => JsonSlice.IsValid(text).ShouldBeTrue(Encoding.UTF8.GetString(text));

    private static void Value(StringBuilder text, Random random, int depth)
    {
        switch (random.Next(depth > 4 ? 6 : 9))
        {
            case 0: text.Append("null"); break;
            case 1: text.Append(random.Next(2) == 0 ? "true" : "false"); break;
            case 2: text.Append(random.Next(3) switch { 0 => "-1", 1 => "1e400", _ => "9223372036854775808" }); break;
            case 3: text.Append('"').Append(random.Next(3) switch { 0 => "", 1 => " \\n\\ud800\\u0000", _ => "data:x;base64,AA" }).Append('"'); break;
            case 4 or 5: text.Append('"').Append(Words[random.Next(Words.Length)]).Append('"'); break;
            case 6:
                text.Append('[');
                for (var n = random.Next(4); n > 0; n--)
                {
                    Value(text, random, depth + 1);
                    if (n > 1) text.Append(',');
                }
                text.Append(']');
                break;
            default:
                text.Append('{');
                for (var n = random.Next(6); n > 0; n--)
                {
                    text.Append('"').Append(Words[random.Next(Words.Length)]).Append("\":");
                    Value(text, random, depth + 1);
                    if (n > 1) text.Append(',');
                }
                text.Append('}');
                break;
        }
    }
}
