using BenchmarkDotNet.Attributes;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIResponses;
using Nano.Json;
using Nano.Streaming;

namespace Nano.Bench;

/// <summary>
/// The cost of a stream of 1,000 text chunks, read in pieces of 4 KiB: split into events, read by the passthrough's tap, and converted for callers of each
/// API. Divide by 1,000 for one chunk.
/// </summary>
public class StreamBenchmarks
{
    private static readonly OpenAIChatDialect Chat = new();
    private static readonly byte[] ChatBytes = Samples.ChatStream(), AnthropicBytes = Samples.AnthropicStream(), GeminiBytes = Samples.GeminiStream(), ResponsesBytes =
        Samples.ResponsesStream();
    private static readonly ResponseContext Context = new() { FallbackId = "abcdefghijklmnopqrstuvwx", Model = "m", Created = 1, StreamUsage = true };

    private IDialect _caller = Chat;

    [Params("Chat", "Responses", "Messages", "Gemini")]
    public string Caller { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _caller = Caller switch
    {
        "Responses" => new OpenAIResponsesDialect(),
        "Messages" => new AnthropicMessagesDialect(),
        "Gemini" => new GeminiDialect(),
        _ => Chat,
    };

    [Benchmark(Baseline = true)]
    public int Tap() => Tap(Chat, ChatBytes, UsageRules.OpenAI);

    [Benchmark]
    public int TapOfGemini() => Tap(new GeminiDialect(), GeminiBytes, UsageRules.ReasoningApart);

    [Benchmark]
    public int FromChat() => Convert(Chat, ChatBytes, UsageRules.OpenAI);

    [Benchmark]
    public int FromAnthropic() => Convert(new AnthropicMessagesDialect(), AnthropicBytes, UsageRules.Anthropic);

    [Benchmark]
    public int FromGemini() => Convert(new GeminiDialect(), GeminiBytes, UsageRules.ReasoningApart);

    [Benchmark]
    public int FromResponses() => Convert(new OpenAIResponsesDialect(), ResponsesBytes, UsageRules.OpenAI);

    private static int Tap(IDialect dialect, byte[] bytes, UsageRules usage)
    {
        var tap = dialect.CreateUsageTap(usage);
        var content = 0;
        Read(bytes, item => content += tap.OnEvent(item.Type, item.Data) == TapVerdict.Content ? 1 : 0);
        return content;
    }

    private int Convert(IDialect source, byte[] bytes, UsageRules usage)
    {
        using var output = new JsonOutput();
        var reader = source.CreateEventReader(usage);
        var writer = _caller.CreateEventWriter(Context, output, new LossReport());
        var written = 0;
        Read(bytes, item =>
        {
            reader.Read(item.Type, item.Data, writer);
            written += output.Length;
            output.Clear();
        });
        writer.Complete();
        return written + output.Length;
    }

    private static void Read(byte[] bytes, Action<SseEvent> take)
    {
        using var sse = new SseReader();
        for (var at = 0; at < bytes.Length; at += 4096)
        {
            var piece = bytes.AsMemory(at, Math.Min(4096, bytes.Length - at));
            piece.CopyTo(sse.GetMemory(piece.Length));
            sse.Advance(piece.Length);
            while (sse.TryRead(out var item)) take(item);
        }
    }
}
