using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>
/// Writes the reasoning of an assistant turn. Only this dialect's encrypted state is sent: an item without
/// <c>encrypted_content</c> has no meaning for a provider that stored nothing. Summaries belong to the state that follows
/// them.
/// </summary>
internal sealed class ReasoningWriter(JsonOutput output, LossReport losses)
{
    private readonly List<JsonText> _summary = [];

    /// <param name="hasMore">Text or a call follows in the turn.</param>
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

    /// <summary>Reports summaries that no state follows in their turn as lost.</summary>
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
