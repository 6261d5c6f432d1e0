using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIResponses;
using Nano.Errors;
using Nano.Tests.Dialects.OpenAIChat;
using Nano.Tests.Streaming;

namespace Nano.Tests.Dialects.OpenAIResponses;

/// <summary>Records the events of this dialect's reader, one line per event.</summary>
internal sealed class EventLog : IChatEventSink
{
    public static readonly OpenAIResponsesDialect Dialect = new();

    public static readonly ResponseContext Context = new() { FallbackId = "abcdefghijklmnopqrstuvwx", Model = "asked-model", Created = 1_790_000_000, StreamUsage = true };

    public List<string> Lines { get; } = [];

    public StringBuilder Text { get; } = new();

    public StringBuilder Reasoning { get; } = new();

    public StringBuilder Refusal { get; } = new();

    public Usage? Usage { get; private set; }

    public FinishReason Finish { get; private set; }

    public GatewayError? Error { get; private set; }

    public List<string> Opaque { get; } = [];

    /// <summary>Name and arguments of each call, in order.</summary>
    public List<(string Name, StringBuilder Arguments, bool IsCustom)> Calls { get; } = [];

    public int Images { get; private set; }

    /// <summary>Names of members without a neutral name.</summary>
    public HashSet<string> Lost { get; } = [];

    /// <summary>The whole content, however it was split.</summary>
    public string Said => string.Join('\n', [
        Text.ToString(), Reasoning.ToString(), Refusal.ToString(), .. Calls.Select(c => $"{c.Name} {c.Arguments} {c.IsCustom}"), .. Opaque.Order(),
        $"{Images} images, {Citations.Count} sources, {Finish}, {Usage}, {Error?.Status}"]);

    public List<Citation> Citations { get; } = [];

    public static EventLog Of(byte[] sse, int size, out IEventReader reader)
    {
        var log = new EventLog();
        var read = reader = Dialect.CreateEventReader(UsageRules.OpenAI);
        SsePieces.Read(sse, size, e =>
        {
            if (e.HasData) read.Read(e.Type, e.Data, log);
        });
        return log;
    }

    /// <summary>A stream of events, each named by its type.</summary>
    public static EventLog Of(out IEventReader reader, params string[] events) => Of(Sse(events), int.MaxValue, out reader);

    public static byte[] Sse(params string[] events) => Encoding.UTF8.GetBytes(string.Concat(events.Select(e => $"data: {e}\n\n")));

    public void BeginFrame(in ChatFrame frame) => frame.Origin.ShouldBe("openai-responses");

    public void EndFrame()
    {
    }

    public void On(in ChatEvent item)
    {
        Lines.Add($"{item.Kind} {item.ToolIndex} {item.IsCustom} {item.Type}|{item.Id}|{item.Name}|{item.Text}|{item.Json}|{item.Finish}|{item.NativeFinish}|{item.Usage?.InputTokens}|{item.Citation?.Url}");
        foreach (var member in item.Extras?.Members ?? []) Lost.Add(member.Name.ToString());
        switch (item.Kind)
        {
            case ChatEventKind.Text: Text.Append(item.Text); break;
            case ChatEventKind.Refusal: Refusal.Append(item.Text); break;
            case ChatEventKind.Reasoning: Reasoning.Append(item.Text); break;
            case ChatEventKind.ToolCallStart:
                item.ToolIndex.ShouldBe(Calls.Count, "calls are counted in order of appearance");
                Calls.Add((item.Name.ToString(), new StringBuilder(), item.IsCustom));
                break;
            case ChatEventKind.ToolCallArguments: Calls[item.ToolIndex].Arguments.Append(item.Text); break;
            case ChatEventKind.Media: Images++; break;
            case ChatEventKind.Citation: Citations.Add(item.Citation! with { Native = default }); break;
            case ChatEventKind.Opaque: Opaque.Add(item.Type.ToString()); break;
            case ChatEventKind.Finish: Finish = item.Finish; break;
            case ChatEventKind.Usage: Usage = item.Usage; break;
            case ChatEventKind.Error: Error = item.Error; break;
        }
    }
}
