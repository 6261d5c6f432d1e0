using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Reasoning;
using Nano.Testing.Oracle;
using static Nano.Tests.Dialects.AnthropicMessages.Responses.WrittenStream;

namespace Nano.Tests.Dialects.AnthropicMessages.Responses;

/// <summary>A stream of Claude on a cloud platform, for a caller of Messages: the same events, with the state sealed.</summary>
public sealed class HostedStateTests
{
    [Fact]
    public void State_of_a_hosted_model_is_sealed_in_its_own_blocks()
    {
        string[] events =
        [
            """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"cmVk"}}""",
            """{"type":"content_block_stop","index":1}""",
            """{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Hi"}}""",
            """{"type":"content_block_stop","index":2}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}}""",
            """{"type":"message_stop"}""",
        ];
        using var output = new JsonOutput();
        var writer = Dialect.CreateEventWriter(Context, output, new LossReport());
        var sealer = new StreamSealer(new StateKey("the-gateways-own-key-0123456789").Of("vertex"), "abc", writer);
        var reader = Dialect.CreateEventReader(UsageRules.Anthropic);
        foreach (var item in events)
            reader.TryRead(Encoding.UTF8.GetBytes(JsonDocument.Parse(item).RootElement.GetProperty("type").GetString()!), Encoding.UTF8.GetBytes(item), sealer, "vertex")
                .ShouldBeNull();
        writer.Complete();
        var written = Encoding.UTF8.GetString(output.WrittenSpan);
        StrictMessages.ReadStream(output.WrittenSpan.ToArray()).Choices[0].Text.ShouldBe("Hi");
        written.ShouldNotContain("c2ln");
        written.ShouldNotContain("cmVk");
        written.ShouldContain("\"signature_delta\",\"signature\":\"__nano1_");
        written.ShouldContain("\"redacted_thinking\",\"data\":\"__nano1_");
    }
}
