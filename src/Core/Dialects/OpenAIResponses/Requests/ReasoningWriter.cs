using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>
/// Writes what a turn of the assistant thought. Only state of this dialect goes back, and only where it is sealed: an item
/// without <c>encrypted_content</c> means nothing to a provider that kept nothing. Summaries belong to the state behind
/// them.
/// </summary>
internal sealed class ReasoningWriter(JsonOutput output, LossReport losses)
{
    private readonly List<JsonText> _summary = [];

    /// <param name="hasMore">The turn says or calls something behind it.</param>
    public void Write(ReasoningPart reasoning, bool hasMore)
    {
        if (reasoning.Origin != OpenAIResponsesDialect.DialectName || !hasMore)
        {
            Lose(reasoning);
            return;
        }
        if (reasoning.Text.HasValue) _summary.Add(reasoning.Text);
        if (reasoning.Opaque.HasValue) Item(reasoning.Opaque);
    }

    /// <summary>Summaries without state behind them in their turn are lost.</summary>
    public void EndTurn()
    {
        if (_summary.Count > 0) losses.Drop("messages.reasoning_content");
        _summary.Clear();
    }

    private void Item(JsonText state)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("reasoning"u8);
        output.Name("summary"u8);
        output.BeginArray();
        foreach (var text in _summary)
        {
            output.BeginObject();
            output.Name("type"u8);
            output.Literal("summary_text"u8);
            output.Name("text"u8);
            output.Text(text);
            output.EndObject();
        }
        output.EndArray();
        output.Name("encrypted_content"u8);
        output.Text(state);
        output.EndObject();
        _summary.Clear();
    }

    private void Lose(ReasoningPart reasoning)
    {
        if (reasoning.Text.HasValue) losses.Drop("messages.reasoning_content");
        else if (reasoning.Signature.HasValue || reasoning.Opaque.HasValue) losses.Drop("messages.reasoning_details");
    }
}
