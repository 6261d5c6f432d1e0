using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.BedrockConverse;
using Nano.Dialects.CohereChat;
using Nano.Json;
using Nano.Pipeline;
using Nano.Streaming;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Tests.Requests;

namespace Nano.Tests.Fidelity;

/// <summary>Recorded responses of every dialect, written for callers of every inbound API, and read back by readers that share no code with the codecs.</summary>
internal static class ResponsePairs
{
    /// <summary>The recordings' name for each provider dialect, and its name in documents.</summary>
    public static readonly (string Api, string Title, IUpstreamDialect Dialect, UsageRules Rules)[] Sources =
    [
        ("chat", "Chat", Conversion.Dialect("openai-chat"), UsageRules.OpenAI),
        ("responses", "Responses", Conversion.Dialect("openai-responses"), UsageRules.OpenAI),
        ("messages", "Messages", Conversion.Dialect("anthropic-messages"), UsageRules.Anthropic),
        ("generateContent", "Gemini", Conversion.Dialect("gemini"), UsageRules.ReasoningApart),
        ("chat_v2", "Cohere", new CohereChatDialect(), UsageRules.OpenAI),
        ("converse", "Converse", new BedrockConverseDialect(), UsageRules.Anthropic),
    ];

    public static IEnumerable<(string Api, string Title, IDialect Dialect)> Callers => Sources.Where(s => s.Dialect is IDialect).Select(s => (s.Api, s.Title, (IDialect)s.Dialect));

    /// <summary>Recorded successful responses.</summary>
    public static IEnumerable<WireCase> Cases(string api) => WireCorpus.Of(api).Where(c => c.Status == 200 && !RecordedAnswer.Read(c).IsError);

    /// <summary>The caller's response, in bytes.</summary>
    public static (byte[] Body, LossReport Losses) Write(IUpstreamDialect source, UsageRules rules, byte[] body, bool isStream, IDialect caller)
    {
        var losses = new LossReport();
        using var output = new JsonOutput();
        var context = new ResponseContext { FallbackId = "fallback0000000000000000", Model = "a-model", Created = 1, StreamUsage = true };
        if (isStream) WriteStream(source, rules, body, caller.CreateEventWriter(context, output, losses), output);
        else caller.WriteResponse(source.ReadResponse(body, rules), context, output, losses);
        output.ReplaceHalves();
        return (output.WrittenSpan.ToArray(), losses);
    }

    public static Answer Read(string api, byte[] body, bool isStream) => (api, isStream) switch
    {
        ("chat", false) => StrictChat.ReadWhole(body),
        ("chat", true) => StrictChat.ReadStream(body, usageAsked: true),
        ("responses", false) => StrictResponses.ReadWhole(body),
        ("responses", true) => StrictResponses.ReadStream(body),
        ("messages", false) => StrictMessages.ReadWhole(body),
        ("messages", true) => StrictMessages.ReadStream(body),
        (_, false) => StrictGemini.ReadWhole(body),
        (_, true) => StrictGemini.ReadStream(body),
    };

    private static void WriteStream(IUpstreamDialect source, UsageRules rules, byte[] body, IEventWriter writer, JsonOutput output)
    {
        var reader = source.CreateEventReader(rules);
        var sink = new Sink(writer);
        using var frames = FrameReaders.Create(source.Framing, int.MaxValue, null);
        body.CopyTo(frames.GetMemory(body.Length));
        frames.Advance(body.Length);
        while (!sink.HasEnded && (frames.TryRead(out var item) || frames.TryReadLast(out item)))
        {
            var before = output.Length;
            if (item.HasData) reader.Read(item.Type, item.Data, sink);
            output.ReplaceHalves(before);
        }
        writer.Complete();
    }

    private sealed class Sink(IEventWriter writer) : IChatEventSink
    {
        private readonly HalfPairs _halves = new(writer);

        public bool HasEnded { get; private set; }

        public void BeginFrame(in ChatFrame frame) => writer.BeginFrame(frame);

        public void On(in ChatEvent item)
        {
            HasEnded |= item.Kind == ChatEventKind.End;
            _halves.On(item);
        }

        public void EndFrame() => writer.EndFrame();
    }
}
