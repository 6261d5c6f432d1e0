using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Json;
using Nano.Tests.Streaming;

namespace Nano.Tests.Dialects.AnthropicMessages.Responses;

/// <summary>Streams that the dialect writes, and the order that its clients rely on.</summary>
internal static class WrittenStream
{
    public static AnthropicMessagesDialect Dialect { get; } = new();

    public static ResponseContext Context { get; } = new() { FallbackId = "abc", Model = "asked", Created = 0, InputEstimate = 12 };

    public static JsonText Text(string escaped) => new(Encoding.UTF8.GetBytes(escaped));

    public static string Stream(params ChatEvent[] events) => Stream(new LossReport(), events);

    public static string Stream(LossReport losses, params ChatEvent[] events)
    {
        using var output = new JsonOutput();
        var writer = Dialect.CreateEventWriter(Context, output, losses);
        foreach (var item in events)
        {
            writer.BeginFrame(new ChatFrame("openai-chat"));
            writer.On(item);
            writer.EndFrame();
        }
        writer.Complete();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>message_start, blocks that open and close one by one with increasing indexes, message_delta, message_stop.</summary>
    public static void Sequence(string stream, string id)
    {
        var open = -1;
        var next = 0;
        var words = new List<string>();
        SsePieces.ReadData(Encoding.UTF8.GetBytes(stream), int.MaxValue, e =>
        {
            var data = JsonSerializer.Deserialize<JsonElement>(e.Data.Span);
            var type = data.GetProperty("type").GetString()!;
            Encoding.UTF8.GetString(e.Type.Span).ShouldBe(type, id);
            switch (type)
            {
                case "content_block_start":
                    open.ShouldBe(-1, id);
                    open = data.GetProperty("index").GetInt32();
                    open.ShouldBe(next++, id);
                    break;
                case "content_block_delta":
                    data.GetProperty("index").GetInt32().ShouldBe(open, id);
                    break;
                case "content_block_stop":
                    data.GetProperty("index").GetInt32().ShouldBe(open, id);
                    open = -1;
                    break;
                default:
                    open.ShouldBe(-1, id);
                    words.Add(type);
                    break;
            }
        });
        words.ShouldBe(["message_start", "ping", "message_delta", "message_stop"], id);
    }
}
