using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>
/// Writes the tool results of another dialect's conversation. Other dialects match them to their calls by ids or names; Chat's providers also require
/// their position. A history with gaps is repaired as for other dialects (<see cref="TurnPlanner"/>).
/// </summary>
internal sealed class ForeignResultWriter
{
    private readonly List<ChatMessage> _messages;
    private readonly ForeignPartWriter _parts;
    private readonly JsonOutput _output;
    private readonly LossReport _losses;
    private readonly CallLinks _links;

    /// <summary>Generated ids of calls without one.</summary>
    private readonly Dictionary<ToolCallPart, string> _made = new(ReferenceEqualityComparer.Instance);

    /// <summary>The positions of all results in the conversation.</summary>
    private readonly Dictionary<ToolResultPart, int> _order = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<ToolResultPart> _written = new(ReferenceEqualityComparer.Instance);

    public ForeignResultWriter(List<ChatMessage> messages, ForeignPartWriter parts, JsonOutput output, LossReport losses)
    {
        (_messages, _parts, _output, _losses) = (messages, parts, output, losses);
        _links = new CallLinks(messages);
        if (_links.IsGuessed) losses.Emulate("messages.tool_call_id");
        foreach (var message in messages)
            foreach (var part in message.Parts)
                if (part is ToolResultPart result) _order.TryAdd(result, _order.Count);
    }

    /// <summary>The id of a call that has none; it is written in the call and in its result.</summary>
    public string MakeId(ToolCallPart call) => _made[call] = CallIds.Make("nano", 0, _made.Count);

    /// <summary>
    /// Writes the results of a turn's calls, wherever they are: strict servers refuse any other turn before them and between two of them ("must be followed by
    /// tool messages responding to each 'tool_call_id'"). Media follow in user turns, since Chat's tool turns have only text.
    /// </summary>
    public void Results(ChatMessage message, int index)
    {
        var end = EndOfResults(index);
        var results = new List<(ToolResultPart Result, ToolCallPart Call)>();
        foreach (var part in message.Parts)
        {
            if (part is not ToolCallPart call || !_links.TryFind(call, out var found)) continue;
            results.Add((found.Result, call));
            if (found.Message > end) _losses.Emulate("messages.tool");
        }
        results.Sort((one, other) => _order[one.Result].CompareTo(_order[other.Result]));
        foreach (var (result, call) in results) Result(result, call);
        foreach (var part in message.Parts)
            if (part is ToolCallPart call && !_links.TryFind(call, out _)) Unanswered(call);
        foreach (var (result, _) in results)
        {
            if (!HasMedia(result)) continue;
            _losses.Emulate("messages.tool_result.media");
            _parts.Turn("user"u8, default, result.Parts, mediaOnly: true);
        }
    }

    /// <summary>The last message whose results directly follow the calls of a message, besides other results.</summary>
    private int EndOfResults(int index)
    {
        while (++index < _messages.Count)
        {
            var message = _messages[index];
            if (message.Role == ChatRole.Assistant || !message.Parts.Exists(part => part is ToolResultPart)) return index - 1;
            if (message.Parts.Exists(part => part is not ToolResultPart)) return index;
        }
        return index;
    }

    private void Unanswered(ToolCallPart call)
    {
        _losses.Emulate("messages.tool");
        _parts.Begin("tool"u8);
        _output.Name("tool_call_id"u8);
        IdOf(call);
        _output.Name("content"u8);
        _output.Literal("No result of this call was given."u8);
        _output.EndObject();
    }

    /// <summary>Writes the message's results that have no call as a user's text: alone, a tool turn is refused.</summary>
    public void Strays(ChatMessage message)
    {
        foreach (var part in message.Parts)
        {
            if (part is not ToolResultPart result || _written.Contains(result)) continue;
            _losses.Emulate("messages.tool_call_id");
            if (result.IsError) _losses.Drop("messages.tool_result.is_error");
            _parts.Begin("user"u8);
            _output.Name("content"u8);
            _output.BeginArray();
            _output.BeginObject();
            _parts.Type("text"u8);
            _output.Name("text"u8);
            _output.BeginText();
            _output.Append("Result of the tool call '"u8);
            _output.Append(result.CallId.HasValue ? result.CallId : result.Name);
            _output.Append("':"u8);
            _output.EndText();
            _output.EndObject();
            if (result.Json.HasValue)
            {
                _output.BeginObject();
                _parts.Type("text"u8);
                _output.Name("text"u8);
                _output.TextOfJson(result.Json);
                _output.EndObject();
            }
            foreach (var inner in result.Parts) _parts.Part(inner);
            _output.EndArray();
            _output.EndObject();
        }
    }

    private void Result(ToolResultPart result, ToolCallPart call)
    {
        _written.Add(result);
        _parts.Begin("tool"u8);
        _output.Name("tool_call_id"u8);
        IdOf(call);
        if (result.IsError) _losses.Drop("messages.tool_result.is_error");
        var parts = WithOmissions(result.Parts);
        _output.Name("content"u8);
        if (result.Json.HasValue) _output.TextOfJson(result.Json);
        else
        {
            var texts = 0;
            foreach (var part in parts)
                if (part is TextPart) texts++;
                else if (part is OpaquePart opaque) _losses.Drop($"messages.tool_result.{opaque.Type}");
            _parts.Texts(parts, texts);
        }
        _output.EndObject();
    }

    /// <summary>The parts of a result, with a text in the place of each that cannot be written.</summary>
    private List<ContentPart> WithOmissions(List<ContentPart> parts)
    {
        List<ContentPart>? replaced = null;
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i] is not MediaPart media || _parts.CanWrite(media)) continue;
            _losses.Drop($"messages.content.{ForeignMediaWriter.NameOf(media)}");
            replaced ??= [.. parts];
            replaced[i] = ForeignMediaWriter.Omitted(media);
        }
        if (replaced is not null) _losses.Emulate("messages.tool_result.media");
        return replaced ?? parts;
    }

    /// <summary>Writes a call's own id, or the generated one.</summary>
    private void IdOf(ToolCallPart call)
    {
        if (_made.TryGetValue(call, out var id)) _output.Text(id);
        else _output.Text(call.Id);
    }

    /// <summary>Whether a turn of its own has something of the result.</summary>
    private bool HasMedia(ToolResultPart result)
    {
        foreach (var part in result.Parts)
            if (part is MediaPart media && _parts.CanWrite(media)) return true;
        return false;
    }
}
