using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Json;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Testing.Requests;

namespace Nano.Tests.Dialects.Shared;

/// <summary>
/// A turn that the provider paused (Anthropic's limit on its own tools) is not complete, and a caller must not take it for that. A finish
/// reason that the gateway does not know is reported where the caller's dialect has no value for it.
/// </summary>
public sealed class PausedTurnTests
{
    private static readonly DialectSet Dialects = new();
    private static readonly ResponseContext Context = new() { FallbackId = "fallback0000000000000000", Model = "a-model", Created = 1 };

    private const string Begin =
        """{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"c","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}""";

    private static readonly string[] Text =
    [
        """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"half"}}""", """{"type":"content_block_stop","index":0}""",
    ];

    [Theory]
    [InlineData("openai-responses", "pause_turn", "incomplete pause_turn", "")]
    [InlineData("gemini", "pause_turn", "OTHER", "dropped=choices.finish_reason")]
    [InlineData("anthropic-messages", "pause_turn", "pause_turn", "")]
    [InlineData("openai-responses", "of_tomorrow", "completed ", "dropped=choices.finish_reason")]
    [InlineData("gemini", "of_tomorrow", "OTHER", "")]
    [InlineData("openai-responses", "end_turn", "completed ", "")]
    [InlineData("gemini", "end_turn", "STOP", "")]
    public void The_end_of_a_response_and_of_a_stream(string caller, string reason, string expected, string losses)
    {
        var dialect = Dialect(caller);
        var (whole, streamed) = (new LossReport(), new LossReport());
        using var output = new JsonOutput();
        var response = new AnthropicMessagesDialect().ReadResponse(Encoding.UTF8.GetBytes($$$"""
            {"id":"m","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"half"}],"stop_reason":"{{{reason}}}",
             "usage":{"input_tokens":1,"output_tokens":1}}
            """), UsageRules.OpenAI);
        dialect.WriteResponse(response, Context, output, whole);
        (End(caller, output.WrittenSpan), whole.ToString()).ShouldBe((expected, losses));

        output.Clear();
        var writer = dialect.CreateEventWriter(Context, output, streamed);
        var reader = new AnthropicMessagesDialect().CreateEventReader(UsageRules.OpenAI);
        var end = $$$"""{"type":"message_delta","delta":{"stop_reason":"{{{reason}}}"},"usage":{"output_tokens":2}}""";
        string[] events = [Begin, .. Text, end, """{"type":"message_stop"}"""];
        foreach (var data in events) reader.Read(default, Encoding.UTF8.GetBytes(data), writer);
        writer.Complete();
        (EndOfStream(caller, Encoding.UTF8.GetString(output.WrittenSpan)), streamed.ToString()).ShouldBe((expected, losses));
    }

    /// <summary>Messages callers get a plain end for a value that the gateway does not know.</summary>
    [Fact]
    public void An_unknown_finish_reason_of_another_dialect_is_reported_to_Messages_callers()
    {
        var losses = new LossReport();
        using var output = new JsonOutput();
        var response = Dialects.OpenAIChat.ReadResponse(
            """{"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"of_tomorrow"}]}"""u8.ToArray(), UsageRules.OpenAI);
        Dialects.AnthropicMessages.WriteResponse(response, Context, output, losses);
        (End("anthropic-messages", output.WrittenSpan), losses.ToString()).ShouldBe(("end_turn", "dropped=choices.finish_reason"));
    }

    [SkippableFact]
    public void A_recorded_paused_turn_is_incomplete()
    {
        WireCorpus.Require();
        var item = WireCorpus.Get("anthropic-messages-sse-websearch-be6e35");
        using var output = new JsonOutput();
        var writer = Dialects.OpenAIResponses.CreateEventWriter(Context, output, new LossReport());
        var reader = new AnthropicMessagesDialect().CreateEventReader(UsageRules.OpenAI);
        foreach (var data in SseText.Events(item.Sse!).Where(e => e.HasData)) reader.Read(default, Encoding.UTF8.GetBytes(data.Data), writer);
        writer.Complete();
        EndOfStream("openai-responses", Encoding.UTF8.GetString(output.WrittenSpan)).ShouldBe("incomplete pause_turn");
    }

    private static IDialect Dialect(string name) => name switch { "gemini" => Dialects.Gemini, "openai-responses" => Dialects.OpenAIResponses, _ => Dialects.AnthropicMessages };

    private static string EndOfStream(string caller, string stream)
    {
        var data = stream.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => line["data: ".Length..]).ToArray();
        if (caller == "anthropic-messages")
            return JsonDocument.Parse(data.Single(item => item.Contains("message_delta"))).RootElement.GetProperty("delta").GetProperty("stop_reason").GetString()!;
        if (caller == "gemini") return End(caller, Encoding.UTF8.GetBytes(data[^1]));
        var last = JsonDocument.Parse(data[^1]).RootElement;
        var response = last.GetProperty("response");
        last.GetProperty("type").GetString().ShouldBe("response." + response.GetProperty("status").GetString());
        return End(caller, Encoding.UTF8.GetBytes(response.GetRawText()));
    }

    private static string End(string caller, ReadOnlySpan<byte> response)
    {
        var root = JsonDocument.Parse(response.ToArray()).RootElement;
        return caller switch
        {
            "gemini" => root.GetProperty("candidates")[0].GetProperty("finishReason").GetString()!,
            "openai-responses" => $"{root.GetProperty("status").GetString()} "
                + (root.GetProperty("incomplete_details") is { ValueKind: JsonValueKind.Object } why ? why.Text("reason") : ""),
            _ => root.GetProperty("stop_reason").GetString()!,
        };
    }
}
