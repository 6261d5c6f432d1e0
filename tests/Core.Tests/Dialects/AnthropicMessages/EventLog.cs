using System.Text;
using Nano.Chat;
using Nano.Errors;
using Nano.Streaming;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Testing.Oracle;
using Nano.Tests.Streaming;

namespace Nano.Tests.Dialects.AnthropicMessages;

/// <summary>Records a reader's events, one line per event, and gathers the response from them.</summary>
internal sealed class EventLog : IChatEventSink
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _refusal = new();
    private readonly StringBuilder _reasoning = new();
    private readonly List<(string? Id, string Name, StringBuilder Arguments)> _calls = [];

    public List<string> Lines { get; } = [];

    public Usage? Usage { get; private set; }

    public FinishReason Finish { get; private set; }

    public GatewayError? Error { get; private set; }

    public string Text => _text.ToString();

    public string Refusal => _refusal.ToString();

    public string Reasoning => _reasoning.ToString();

    public string Signature { get; private set; } = "";

    public List<string> Opaque { get; } = [];

    public List<string> Citations { get; } = [];

    public List<AnswerToolCall> Calls => [.. _calls.Select(c => new AnswerToolCall(c.Id, c.Name, c.Arguments.ToString()))];

    public static EventLog Of(byte[] sse, int pieces, out bool isComplete)
    {
        var log = new EventLog();
        var reader = new AnthropicMessagesDialect().CreateEventReader(UsageRules.Anthropic);
        SsePieces.ReadData(sse, pieces, e => reader.Read(e.Type, e.Data, log));
        isComplete = reader.IsComplete;
        return log;
    }

    public void BeginFrame(in ChatFrame frame) => Lines.Add($"[{frame.Type}");

    public void EndFrame() => Lines.Add("]");

    public void On(in ChatEvent item)
    {
        Lines.Add($"{item.Kind} {item.Part} {item.PartKind} {item.ToolIndex} {item.Type}|{item.Id}|{item.Name}|{item.Text}|{item.Json}|{item.Finish}|{item.NativeFinish}|{item.Usage?.InputTokens}|{item.Usage?.OutputTokens}");
        switch (item.Kind)
        {
            case ChatEventKind.Text: _text.Append(OracleTests.Decode(item.Text.Span)); break;
            case ChatEventKind.Refusal: _refusal.Append(item.Text); break;
            case ChatEventKind.Reasoning: _reasoning.Append(OracleTests.Decode(item.Text.Span)); break;
            case ChatEventKind.ReasoningSignature: Signature += item.Text; break;
            case ChatEventKind.ToolCallStart:
                item.ToolIndex.ShouldBe(_calls.Count, "calls are numbered in order of appearance");
                _calls.Add((item.Id.ToString(), item.Name.ToString(), new StringBuilder()));
                break;
            case ChatEventKind.ToolCallArguments:
                _calls[item.ToolIndex].Arguments.Append(item.Json.IsPresent ? item.Json.ToString() : OracleTests.Decode(item.Text.Span));
                break;
            case ChatEventKind.Citation: Citations.Add($"{item.Citation!.Url}|{item.Citation.Title}|{item.Citation.CitedText}"); break;
            case ChatEventKind.Opaque or ChatEventKind.PartStart when item.Type.IsPresent: Opaque.Add(item.Type.ToString()); break;
            case ChatEventKind.Finish when item.Finish != FinishReason.None: Finish = item.Finish; break;
            case ChatEventKind.Usage: Usage = item.Usage; break;
            case ChatEventKind.Error: Error = item.Error; break;
        }
    }
}
