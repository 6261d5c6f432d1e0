using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.OpenAIChat;
using Nano.Json;

namespace Nano.Tests.Dialects.AnthropicMessages;

/// <summary>The hot path of a stream, text and arguments, allocates nothing.</summary>
public sealed class AllocationTests
{
    [Theory]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a few words \n"}}""")]
    [InlineData("""{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"x\":"}}""")]
    [InlineData("""{"type":"ping"}""")]
    public void A_delta_allocates_nothing(string data)
    {
        var dialect = new AnthropicMessagesDialect();
        var reader = dialect.CreateEventReader(UsageRules.Anthropic);
        using var output = new JsonOutput();
        var context = new ResponseContext { FallbackId = "x", Model = "m", Created = 1 };
        var writer = new OpenAIChatDialect().CreateEventWriter(context, output, new LossReport());
        var tap = dialect.CreateUsageTap(UsageRules.Anthropic);
        foreach (var start in (string[])
        [
            """{"type":"message_start","message":{"id":"a","model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"c","name":"f","input":{}}}""",
        ])
            reader.Read(default, Encoding.UTF8.GetBytes(start), writer);
        var type = "content_block_delta"u8.ToArray();
        var bytes = Encoding.UTF8.GetBytes(data);
        Run(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(1000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1000, data);

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                reader.Read(type, bytes, writer);
                tap.OnEvent(type, bytes);
            }
        }
    }
}
