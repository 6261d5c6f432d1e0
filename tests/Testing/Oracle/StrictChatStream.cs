using System.Text.Json;
using static Nano.Testing.Oracle.StrictChat;

namespace Nano.Testing.Oracle;

/// <summary>The state of one strictly read stream: what was received, and what may still follow.</summary>
internal sealed class StrictChatStream(bool usageAsked)
{
    private readonly List<ChoiceBuilder> _choices = [];
    private readonly HashSet<int> _roles = [];
    private string? _id;
    private AnswerUsage? _usage;
    private bool _usageCame;
    private bool _done;
    private string? _error;

    public void Read(string data)
    {
        Demand(!_done, "something follows [DONE]");
        Demand(_error is null, "something follows the error");
        if (data == "[DONE]")
        {
            _done = true;
            return;
        }
        var chunk = Parse(data, "a chunk");
        if (chunk.TryGetProperty("error", out _))
        {
            _error = ReadError(data).Text("message");
            return;
        }
        Demand(!_usageCame, "a chunk follows the usage chunk");
        Head(chunk, "chat.completion.chunk");
        Demand(_id is null || _id == chunk.Text("id"), "id changes between chunks");
        _id = chunk.Text("id");
        var parts = Array(chunk, "choices").ToArray();
        foreach (var part in parts) Take(part);
        if (chunk.Member("usage") is not { } usage)
        {
            Demand(parts.Length > 0, "a chunk without choices and without usage");
            return;
        }
        Demand(usageAsked, "usage came although nobody asked");
        Demand(parts.Length == 0, "the usage chunk has choices");
        (_usage, _usageCame) = (Usage(usage), true);
    }

    public Answer End()
    {
        if (_error is not null) return Answer.Failure(_error);
        Demand(_done, "the stream ends without [DONE] and without an error");
        Demand(_choices.Count > 0, "the stream has no choice");
        Demand(_choices.TrueForAll(c => c.Finish is not null), "a choice without finish_reason");
        return new Answer { Choices = [.. _choices.Select(c => c.Build())], Usage = _usage };
    }

    private void Take(JsonElement part)
    {
        var index = Integer(part, "index");
        var choice = _choices.Find(c => c.Index == index);
        if (choice is null) _choices.Add(choice = new ChoiceBuilder(index));
        Demand(choice.Finish is null, "a choice goes on after its finish_reason");
        var delta = Object(part, "delta");
        if (delta.TryGetProperty("role", out var role))
        {
            Demand(role.ValueEquals("assistant"), "role is not assistant");
            Demand(_roles.Add(index), "role is said twice");
        }
        Demand(_roles.Contains(index), "the first delta of a choice has no role");
        choice.Text.Append(TextOrNull(delta, "content"));
        choice.Reasoning.Append(TextOrNull(delta, "reasoning_content"));
        choice.Refusal.Append(TextOrNull(delta, "refusal"));
        ChatOracle.TakeAttachments(choice, delta);
        if (delta.Member("tool_calls") is not null)
            foreach (var call in StrictChat.Array(delta, "tool_calls")) Take(choice, call);
        choice.Finish = Reason(part);
    }

    private static void Take(ChoiceBuilder choice, JsonElement call)
    {
        var index = Integer(call, "index");
        var known = choice.Calls.Find(c => c.Index == index);
        var kind = Kind(call) ?? known?.Kind;
        Demand(known is not null || kind is not null, "a tool call begins without type function or custom");
        var function = Object(call, kind!);
        if (known is null)
        {
            Demand(index == choice.Calls.Count, $"tool call index {index} comes after {choice.Calls.Count} calls");
            known = new CallBuilder
            {
                Index = index,
                Kind = kind,
                Id = call.Text("id") ?? throw new ChatFormException("a tool call begins without id"),
                Name = function.Text("name") ?? throw new ChatFormException("a tool call begins without name"),
            };
            choice.Calls.Add(known);
        }
        else
        {
            Demand(call.Member("id") is null, "a tool call's id is said twice");
            Demand(function.Member("name") is null, "a tool call's name is said twice");
        }
        known.Arguments.Append(TextOrNull(function, known.Kind == "custom" ? "input" : "arguments"));
    }
}
