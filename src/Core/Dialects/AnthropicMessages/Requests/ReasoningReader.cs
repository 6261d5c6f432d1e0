using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>Combines <c>thinking</c> and <c>output_config.effort</c>, which may appear in any order.</summary>
internal ref struct ReasoningReader
{
    private JsonText _type;
    private long? _budget;
    private bool? _display;
    private bool _said;
    private Extras? _extras;

    public JsonText Effort { get; set; }

    public void ReadThinking(JsonSlice value)
    {
        _said = true;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var member = cursor.TakeValue();
            if (name.Is("type"u8) && IsKnown(member.AsText())) _type = member.AsText();
            else if (name.Is("budget_tokens"u8) && member.AsInt64() is { } budget) _budget = budget;
            else
            {
                // Whether to show reasoning applies to all dialects; the original value is kept for this one.
                if (name.Is("display"u8) && member.IsText)
                {
                    _display = !member.AsText().Is("omitted"u8);
                    Extras.AddCarried(ref _extras, AnthropicMessagesDialect.DialectName, name, member, lost: null);
                }
                else Extras.Add(ref _extras, AnthropicMessagesDialect.DialectName, name, member);
            }
        }
    }

    public readonly ReasoningOptions? Result()
    {
        if (!_said && !Effort.IsPresent) return null;
        return new ReasoningOptions
        {
            Effort = Effort,
            BudgetTokens = _budget,
            // A future type stays in the extras; for other dialects it means that the model decides.
            Adaptive = _type.Is("adaptive"u8) || (_said && !_type.IsPresent),
            Enabled = _type.Is("disabled"u8) ? false : _type.IsPresent ? true : null,
            IncludeReasoning = _display,
            Form = _said ? Forms.ThinkingSaid : 0,
            Extras = _extras,
        };
    }

    private static bool IsKnown(JsonText type) => type.Is("enabled"u8) || type.Is("disabled"u8) || type.Is("adaptive"u8);
}
