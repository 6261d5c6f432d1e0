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

    public HashSet<string> Sources { get; } = [];

    public List<string> Images { get; } = [];

    public string? Finish { get; set; }

    public void Source(string? url)
    {
        // A position in a document has a title and no URL; Chat writes it with an empty one.
        if (!string.IsNullOrEmpty(url)) Sources.Add(url);
    }

    public AnswerChoice Build() => new(Index)
    {
        Text = Text.ToString(),
        Reasoning = Reasoning.ToString(),
        Refusal = Refusal.ToString(),
        ToolCalls = [.. Calls.Select(c => new AnswerToolCall(c.Id, c.Name, c.Arguments.ToString()))],
        Sources = Sources,
        Images = Images,
        Finish = Finish,
    };
}

internal sealed class CallBuilder
{
    public int? Index { get; set; }

    /// <summary><c>function</c> or <c>custom</c>, if the reader needs to know.</summary>
    public string? Kind { get; set; }

    public string? Id { get; set; }

    public string Name { get; set; } = "";

    public StringBuilder Arguments { get; } = new();
}
