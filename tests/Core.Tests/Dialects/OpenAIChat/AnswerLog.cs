using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Testing.Oracle;
using Nano.Tests.Streaming;

namespace Nano.Tests.Dialects.OpenAIChat;

/// <summary>Gathers the events of this dialect's readers in the oracle's form, and checks their order.</summary>
internal sealed class AnswerLog : IChatEventSink
{
    private readonly SortedDictionary<int, Choice> _choices = [];

    public List<string> Lines { get; } = [];

    public Usage? Usage { get; private set; }

    public string? Error { get; private set; }

    public static AnswerLog Of(byte[] stream, int size, UsageRules rules, out IEventReader reader)
    {
        var log = new AnswerLog();
        var read = reader = ChatCases.Dialect.CreateEventReader(rules);
        SsePieces.Read(stream, size, e =>
        {
            if (e.HasData) read.Read(e.Type, e.Data, log);
        });
        return log;
    }

    public static Answer Of(ChatResponse response) => response.Error is { } error ? Answer.Failure(error.Message) : new Answer
    {
        Choices =
        [
            .. response.Choices.Select(c => new AnswerChoice(c.Index)
            {
                Text = Join<TextPart>(c, p => p.Text),
                Reasoning = Join<ReasoningPart>(c, p => p.Text),
                Refusal = Join<RefusalPart>(c, p => p.Text),
                Sources = c.Message.Parts.OfType<TextPart>().SelectMany(p => p.Citations ?? []).Select(x => x.Url.ToString()).Where(url => url.Length > 0).ToHashSet(),
                ToolCalls = [.. c.Message.Parts.OfType<ToolCallPart>().Select(p => new AnswerToolCall(p.Id.ToString(), p.Name.ToString(), Arguments(p.Arguments)))],
            }),
        ],
    };

    public void BeginFrame(in ChatFrame frame) => frame.Origin.ShouldBe("openai-chat");

    public void EndFrame()
    {
    }

    public void On(in ChatEvent item)
    {
        var text = item.Text.ToString();
        Lines.Add($"{item.Kind} {item.Choice} {item.ToolIndex} {item.Id} {item.Name} {text}{item.Json} {item.Finish} {item.NativeFinish}");
        if (item.Kind == ChatEventKind.Usage) Usage = item.Usage;
        if (item.Kind == ChatEventKind.Error) Error = item.Error!.Message;
        if (item.Kind is ChatEventKind.Start or ChatEventKind.Usage or ChatEventKind.End or ChatEventKind.Error) return;
        if (!_choices.TryGetValue(item.Choice, out var choice)) _choices.Add(item.Choice, choice = new Choice());
        switch (item.Kind)
        {
            case ChatEventKind.Text: choice.Text.Append(text); break;
            case ChatEventKind.Reasoning: choice.Reasoning.Append(text); break;
            case ChatEventKind.Refusal: choice.Refusal.Append(text); break;
            case ChatEventKind.ToolCallStart:
                item.ToolIndex.ShouldBe(choice.Calls.Count, "calls are counted in order of appearance");
                choice.Calls.Add((item.Id.ToString(), item.Name.ToString(), new StringBuilder()));
                break;
            case ChatEventKind.ToolCallArguments: choice.Calls[item.ToolIndex].Arguments.Append(item.Json.IsPresent ? item.Json.ToString() : text); break;
            case ChatEventKind.ToolCallEnd: choice.Ended++; break;
            case ChatEventKind.Citation when item.Citation!.Url.IsPresent: choice.Sources.Add(item.Citation.Url.ToString()); break;
            case ChatEventKind.Finish: choice.Finish = item.NativeFinish.ToString(); break;
        }
    }

    public Answer Build() => Error is { } error ? Answer.Failure(error) : new Answer
    {
        Choices =
        [
            .. _choices.Select(c => new AnswerChoice(c.Key)
            {
                Text = c.Value.Text.ToString(),
                Reasoning = c.Value.Reasoning.ToString(),
                Refusal = c.Value.Refusal.ToString(),
                Sources = c.Value.Sources,
                ToolCalls = [.. c.Value.Calls.Select(x => new AnswerToolCall(x.Id, x.Name, x.Arguments.ToString()))],
            }),
        ],
    };

    private static string Join<T>(ChatChoice choice, Func<T, JsonText> text) => string.Concat(choice.Message.Parts.OfType<T>().Select(p => text(p).ToString()));

    private static string Arguments(ToolArguments arguments) => arguments.Json.IsPresent ? arguments.Json.ToString() : arguments.Encoded.ToString();

    private sealed class Choice
    {
        public StringBuilder Text { get; } = new();
        public StringBuilder Reasoning { get; } = new();
        public StringBuilder Refusal { get; } = new();
        public List<(string Id, string Name, StringBuilder Arguments)> Calls { get; } = [];
        public HashSet<string> Sources { get; } = [];
        public int Ended { get; set; }
        public string? Finish { get; set; }
    }
}
