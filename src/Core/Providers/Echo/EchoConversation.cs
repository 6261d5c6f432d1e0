using Nano.Json;
using static Nano.Providers.Echo.EchoRequest;

namespace Nano.Providers.Echo;

/// <summary>The conversation that the model receives: the last user turn, the tool results at the end, and the size of everything.</summary>
internal sealed class EchoConversation
{
    private readonly List<JsonText> _userTexts = [];
    private readonly List<JsonSlice> _userMedia = [];
    private readonly List<EchoToolResult> _toolResults = [];
    private readonly Dictionary<string, JsonText> _calls = [];

    /// <summary>The texts of the last user turn, in order.</summary>
    public IReadOnlyList<JsonText> UserTexts => _userTexts;

    /// <summary>The non-text parts of the last user turn, unchanged.</summary>
    public IReadOnlyList<JsonSlice> UserMedia => _userMedia;

    /// <summary>The tool results at the end; empty if the conversation ends with anything else.</summary>
    public IReadOnlyList<EchoToolResult> ToolResults => _toolResults;

    /// <summary>By the rule of <see cref="EchoTokens"/>, over the content of all turns.</summary>
    public int Tokens { get; private set; }

    /// <summary>The number of messages; makes the ids of tool calls differ between turns.</summary>
    public int Turns { get; private set; }

    public static EchoConversation Read(JsonSlice messages)
    {
        if (!messages.HasValue) throw Refusal("Missing required parameter: 'messages'.", "messages", "missing_required_parameter");
        if (!messages.IsArray) throw Refusal("'messages' must be an array.", "messages");
        var conversation = new EchoConversation();
        var cursor = new JsonCursor(messages.Memory);
        while (cursor.NextElement()) conversation.Add(cursor.TakeValue());
        return conversation.Turns > 0 ? conversation : throw Refusal("'messages' must hold at least one message.", "messages", "empty_array");
    }

    private void Add(JsonSlice message)
    {
        var param = $"messages[{Turns++}]";
        if (!message.IsObject) throw Refusal($"'{param}' must be an object.", param);
        var content = message.Member("content"u8);
        var role = message.Member("role"u8).AsText();
        if (role.Is("tool"u8) || role.Is("function"u8))
        {
            AddToolResult(message, content, param);
            return;
        }
        _toolResults.Clear();
        if (role.Is("user"u8))
        {
            _userTexts.Clear();
            _userMedia.Clear();
            if (!content.HasValue) throw Refusal($"'{param}.content' must be a string or an array.", $"{param}.content");
            ReadContent(content, _userTexts, _userMedia, param);
        }
        else if (role.Is("assistant"u8))
        {
            ReadContent(content, null, null, param);
            AddCalls(message.Member("tool_calls"u8), param);
        }
        else if (role.Is("system"u8) || role.Is("developer"u8))
        {
            ReadContent(content, null, null, param);
        }
        else
        {
            throw Refusal($"'{param}.role' must be 'system', 'developer', 'user', 'assistant' or 'tool'.", $"{param}.role");
        }
    }

    private void AddToolResult(JsonSlice message, JsonSlice content, string param)
    {
        var id = message.Member("tool_call_id"u8).AsText();
        var name = message.Member("name"u8).AsText();
        if (!id.IsPresent && !name.IsPresent) throw Refusal($"'{param}.tool_call_id' is missing.", $"{param}.tool_call_id");
        if (id.IsPresent && _calls.TryGetValue(id.ToString(), out var called)) name = called;
        var texts = new List<JsonText>();
        ReadContent(content, texts, null, param);
        _toolResults.Add(new EchoToolResult(name.HasValue ? name : id, texts));
    }

    private void AddCalls(JsonSlice calls, string param)
    {
        if (!calls.HasValue) return;
        if (!calls.IsArray) throw Refusal($"'{param}.tool_calls' must be an array.", $"{param}.tool_calls");
        _calls.Clear();
        var cursor = new JsonCursor(calls.Memory);
        while (cursor.NextElement())
        {
            var call = cursor.TakeValue();
            var function = call.Member("function"u8) is { IsObject: true } f ? f : call.Member("custom"u8);
            if (call.Member("id"u8).AsText() is { IsPresent: true } id) _calls[id.ToString()] = function.Member("name"u8).AsText();
            Count(function.Member("arguments"u8).AsText());
            Count(function.Member("input"u8).AsText());
        }
    }

    private void ReadContent(JsonSlice content, List<JsonText>? texts, List<JsonSlice>? media, string param)
    {
        if (content.IsText)
        {
            Keep(content.AsText(), texts);
            return;
        }
        if (!content.HasValue) return;
        if (!content.IsArray) throw Refusal($"'{param}.content' must be a string or an array.", $"{param}.content");
        var cursor = new JsonCursor(content.Memory);
        for (var index = 0; cursor.NextElement(); index++)
        {
            var part = cursor.TakeValue();
            var type = part.Member("type"u8).AsText();
            if (!type.HasValue) throw Refusal($"'{param}.content[{index}]' must be an object with a 'type'.", $"{param}.content[{index}].type");
            if (type.Is("text"u8))
            {
                var text = part.Member("text"u8).AsText();
                Keep(text.IsPresent ? text : throw Refusal($"'{param}.content[{index}].text' must be a string.", $"{param}.content[{index}].text"), texts);
            }
            else
            {
                Tokens++;
                media?.Add(part);
            }
        }
    }

    private void Keep(JsonText text, List<JsonText>? texts)
    {
        Count(text);
        texts?.Add(text);
    }

    private void Count(JsonText text)
    {
        if (!text.HasEscapes)
        {
            Tokens += EchoTokens.Count(text.Span);
            return;
        }
        var scratch = BufferPool.Rent(text.Span.Length);
        Tokens += EchoTokens.Count(scratch.AsSpan(0, JsonEscaping.Unescape(text.Span, scratch)));
        BufferPool.Return(scratch);
    }
}

/// <summary>One tool result: the tool's name, or the call's id if there is no call with that id.</summary>
internal readonly record struct EchoToolResult(JsonText Name, IReadOnlyList<JsonText> Texts);
