using System.Text;

namespace Nano.Testing.Oracle;

/// <summary>Gathers one choice from whole messages or fragments.</summary>
internal sealed class ChoiceBuilder(int index)
{
    public int Index { get; } = index;

    public StringBuilder Text { get; } = new();

    public StringBuilder Reasoning { get; } = new();

    public StringBuilder Refusal { get; } = new();

    public List<CallBuilder> Calls { get; } = [];

    public string? Finish { get; set; }

    public AnswerChoice Build() => new(Index)
    {
        Text = Text.ToString(),
        Reasoning = Reasoning.ToString(),
        Refusal = Refusal.ToString(),
        ToolCalls = [.. Calls.Select(c => new AnswerToolCall(c.Id, c.Name, c.Arguments.ToString()))],
        Finish = Finish,
    };
}

internal sealed class CallBuilder
{
    public int? Index { get; set; }

    public string? Id { get; set; }

    public string Name { get; set; } = "";

    public StringBuilder Arguments { get; } = new();
}
