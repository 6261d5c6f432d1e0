using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Responses;

/// <summary>
/// Reads the message of a whole response: reasoning, the plan, text with its citations, calls. The plan (<c>tool_plan</c>, "I will search
/// for...") is the text that other models write before calls, and becomes text: clients of other dialects return that
/// text, and it becomes the plan again.
/// </summary>
internal struct MessageReader
{
    private readonly ChatMessage _message = new(ChatRole.Assistant);
    private readonly List<(long Index, TextPart Part, long Before)> _blocks = [];
    private JsonSlice _content, _calls, _citations;
    private TextPart? _plan;
    private long _said;
    private Extras? _extras;

    private MessageReader(JsonSlice message)
    {
        var cursor = new JsonCursor(message.Memory);
        cursor.EnterObject();
        while (cursor.NextMember()) Member(ref cursor);
    }

    public static ChatMessage Read(JsonSlice message)
    {
        var reader = new MessageReader(message);
        return reader.Build();
    }

    private void Member(ref JsonCursor cursor)
    {
        var name = cursor.Name;
        if (cursor.NameIs("content"u8)) _content = cursor.TakeValue();
        else if (cursor.NameIs("tool_calls"u8)) _calls = cursor.TakeValue();
        else if (cursor.NameIs("citations"u8)) _citations = cursor.TakeValue();
        else if (cursor.NameIs("tool_plan"u8)) _plan = cursor.TakeValue().AsText() is { HasValue: true } plan ? new TextPart(plan) : null;
        else if (cursor.NameIs("role"u8)) cursor.Skip();
        else Extras.Add(ref _extras, CohereChatDialect.DialectName, name, cursor.TakeValue());
    }

    private ChatMessage Build()
    {
        if (_plan is not null)
        {
            _message.Parts.Add(_plan);
            _said = _plan.Text.CountUtf16();
        }
        if (_content.IsText) Block(_content, 0);
        else if (_content.IsArray) Content();
        if (_citations.IsArray) Citations();
        if (_calls.IsArray) Calls();
        _message.Extras = _extras;
        return _message;
    }

    private void Content()
    {
        var cursor = new JsonCursor(_content.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var block = cursor.TakeValue();
            var type = block.Member("type"u8).AsText();
            if (type.Is("text"u8)) Block(block.Member("text"u8), i);
            else if (type.Is("thinking"u8)) _message.Parts.Add(new ReasoningPart(CohereChatDialect.DialectName) { Text = block.Member("thinking"u8).AsText() });
            else _message.Parts.Add(new OpaquePart(CohereChatDialect.DialectName, type, block));
        }
    }

    private void Block(JsonSlice text, int index)
    {
        var part = new TextPart(text.AsText());
        _blocks.Add((index, part, _said));
        _said += part.Text.CountUtf16();
        _message.Parts.Add(part);
    }

    private void Citations()
    {
        var cursor = new JsonCursor(_citations.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var citation = cursor.TakeValue();
            if (!citation.IsObject) continue;
            var (part, before) = Cited(citation);
            if (part is null)
            {
                if (_extras?.Find("citations"u8).IsPresent != true) Extras.Add(ref _extras, CohereChatDialect.DialectName, JsonText.From("citations"), citation);
                continue;
            }
            var lost = part.Extras;
            (part.Citations ??= []).AddRange(CitationReader.Read(citation, before, ref lost));
            part.Extras = lost;
        }
    }

    /// <summary>The text that a citation refers to: its block, or the first block if the citation has no index.</summary>
    private readonly (TextPart? Part, long Before) Cited(JsonSlice citation)
    {
        if (CitationReader.IsOfReasoning(citation)) return default;
        if (CitationReader.IsOfPlan(citation)) return (_plan, 0);
        var index = CitationReader.BlockOf(citation);
        foreach (var block in _blocks)
            if (index is null || block.Index == index) return (block.Part, block.Before);
        return default;
    }

    private void Calls()
    {
        var cursor = new JsonCursor(_calls.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var call = cursor.TakeValue();
            var function = call.Member("function"u8);
            var arguments = function.Member("arguments"u8).AsText();
            // A tool without parameters is called with the text "null" (cohere-chatv2-one-toolcall-b167d5).
            var isNothing = !arguments.HasValue || arguments.Is("null"u8);
            _message.Parts.Add(new ToolCallPart(call.Member("id"u8).AsText(), function.Member("name"u8).AsText())
            {
                Arguments = isNothing ? default : new ToolArguments { Encoded = arguments },
            });
        }
    }
}
