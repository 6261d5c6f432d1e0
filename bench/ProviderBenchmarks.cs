using System.Text;
using BenchmarkDotNet.Attributes;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Pipeline;
using Nano.Providers;
using Nano.Providers.OpenAICompatible;
using Nano.Streaming;

namespace Nano.Bench;

/// <summary>
/// The cost of a provider's quirks on the passthrough: an agent's request, and 1,000 chunks (divide for one). OpenAI has none; DeepSeek
/// and Groq have some that this traffic does not trigger, and some that it does.
/// </summary>
public class ProviderBenchmarks
{
    private static readonly byte[] Request = Samples.AgentRequest();
    private static readonly byte[] Edited = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Request).Insert(1, "\"seed\":7,"));
    private static readonly byte[] Text = Samples.ChatStream();
    private static readonly byte[] Thoughts = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Text).Replace("\"content\":", "\"reasoning\":", StringComparison.Ordinal));
    private static readonly OpenAIChatDialect Chat = new();
    private static readonly Dictionary<string, Provider> Providers = CompatibleProviders.All.ToDictionary(vendor => vendor.Id,
        vendor => OpenAICompatibleProvider.Create(vendor, Chat));

    [Benchmark(Baseline = true)]
    public int StreamOfOpenAI() => Stream("openai", Text);

    [Benchmark]
    public int StreamOfGroq() => Stream("groq", Text);

    [Benchmark]
    public int StreamOfGroqWithThoughts() => Stream("groq", Thoughts);

    [Benchmark]
    public int StreamOfMistral() => Stream("mistral", Text);

    [Benchmark]
    public long RequestToDeepSeek() => Send("deepseek", Request);

    [Benchmark]
    public long RequestToDeepSeekWithASeed() => Send("deepseek", Edited);

    private static int Stream(string id, byte[] bytes)
    {
        var vendor = Providers[id];
        var events = new PassthroughRelay(Chat, Chat.CreateUsageTap(UsageRules.OpenAI), vendor.Dialect.Quirks?.CreateEventEdit(isForReader: false), vendor,
            keepUsage: true, key: default, endMarker: default);
        using var output = new JsonOutput();
        using var sse = new SseReader();
        var written = 0;
        for (var at = 0; at < bytes.Length; at += 4096)
        {
            var piece = bytes.AsMemory(at, Math.Min(4096, bytes.Length - at));
            piece.CopyTo(sse.GetMemory(piece.Length));
            sse.Advance(piece.Length);
            while (sse.TryRead(out var item)) events.Take(item, output);
            written += output.Length;
            output.Clear();
        }
        return written;
    }

    private static long Send(string id, byte[] body)
    {
        var quirks = Providers[id].Dialect.Quirks!;
        using var output = new JsonOutput();
        return quirks.TryEditRequest(body, new RequestTarget { Model = "m" }, output, new LossReport()) ? output.Length : body.Length;
    }
}
