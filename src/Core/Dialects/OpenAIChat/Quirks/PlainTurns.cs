using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>
/// A conversation for a provider without tools, or one that requires system turns first and then alternating user and assistant
/// turns: calls and results become text, neighbouring turns of one role are joined, later system turns move to the front.
/// </summary>
internal sealed class PlainTurns(RequestQuirks quirks, BodyMembers members, LossReport losses)
{
    private readonly List<Turn> _turns = [];
    private bool _changed;

    public static void Apply(RequestQuirks quirks, BodyMembers members, JsonSlice messages, LossReport losses)
    {
        var plain = new PlainTurns(quirks, members, losses);
        var cursor = new JsonCursor(messages.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) plain.Add(cursor.TakeValue());
        if (quirks.AlternatingTurns) plain.SystemFirst();
        plain.Write(messages);
    }

    private void Add(JsonSlice message)
    {
        var role = message.Member("role"u8).AsText();
        var content = message.Member("content"u8);
        if (quirks.NoTools && (role.Is("tool"u8) || role.Is("function"u8)))
        {
            losses.Emulate("messages.tool");
            Told("user", output =>
            {
                output.Append("Result of the tool call "u8);
                output.Append(message.Member(role.Is("tool"u8) ? "tool_call_id"u8 : "name"u8).AsText());
                output.Append(":\\n"u8);
                Texts(content, output);
            });
        }
        else if (quirks.NoTools && message.Member("tool_calls"u8).IsArray)
        {
            losses.Emulate("messages.tool_calls");
            Told("assistant", output =>
            {
                Texts(content, output);
                Calls(message.Member("tool_calls"u8), output);
            });
        }
        else _turns.Add(new Turn(role.ToString(), message, content));
    }

    private void Told(string role, Action<JsonOutput> tell)
    {
        var output = members.NewValue();
        output.BeginText();
        tell(output);
        output.EndText();
        _turns.Add(new Turn(role, default, new JsonSlice(output.Written)));
        _changed = true;
    }

    private static void Calls(JsonSlice calls, JsonOutput output)
    {
        var cursor = new JsonCursor(calls.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var call = cursor.TakeValue();
            var function = call.Member("function"u8);
            output.Append("\\nTool call "u8);
            output.Append(call.Member("id"u8).AsText());
            output.Append(": "u8);
            output.Append(function.Member("name"u8).AsText());
            output.Append(" "u8);
            output.Append(function.Member("arguments"u8).AsText());
        }
    }

    private static void Texts(JsonSlice content, JsonOutput output)
    {
        if (content.IsText) output.Append(content.AsText());
        if (!content.IsArray) return;
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) output.Append(cursor.TakeValue().Member("text"u8).AsText());
    }

    private void SystemFirst()
    {
        var sorted = _turns.OrderBy(turn => turn.Role == "system" ? 0 : 1).ToList();
        if (sorted.SequenceEqual(_turns)) return;
        losses.Emulate("messages.system");
        _changed = true;
        _turns.Clear();
        _turns.AddRange(sorted);
    }

    private void Write(JsonSlice messages)
    {
        var output = members.NewValue(messages.Span.Length + 256);
        output.BeginArray();
        for (var i = 0; i < _turns.Count;)
        {
            var end = i + 1;
            if (quirks.AlternatingTurns && _turns[i].Role is "user" or "assistant")
                while (end < _turns.Count && _turns[end].Role == _turns[i].Role) end++;
            if (end - i == 1 && _turns[i].Whole.IsPresent) output.Raw(_turns[i].Whole);
            else Join(i, end, output);
            i = end;
        }
        output.EndArray();
        if (_changed) members.Set("messages"u8, new JsonSlice(output.Written));
    }

    private void Join(int from, int to, JsonOutput output)
    {
        _changed = true;
        if (to - from > 1) losses.Emulate("messages");
        output.BeginObject();
        output.Name("role"u8);
        output.Text(_turns[from].Role);
        output.Name("content"u8);
        var onlyText = true;
        for (var i = from; i < to; i++) onlyText &= !_turns[i].Content.IsArray;
        if (onlyText) output.BeginText();
        else output.BeginArray();
        for (var i = from; i < to; i++)
        {
            var content = _turns[i].Content;
            if (onlyText)
            {
                if (i > from) output.Append("\\n\\n"u8);
                output.Append(content.AsText());
            }
            else if (content.IsArray) Parts(content, output);
            else Part(content.AsText(), output);
        }
        if (onlyText) output.EndText();
        else output.EndArray();
        output.EndObject();
    }

    private static void Parts(JsonSlice content, JsonOutput output)
    {
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) output.Raw(cursor.TakeValue());
    }

    private static void Part(JsonText text, JsonOutput output)
    {
        if (!text.HasValue) return;
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("text"u8);
        output.Name("text"u8);
        output.Text(text);
        output.EndObject();
    }

    /// <param name="Whole">The original turn; absent for a generated one.</param>
    private sealed record Turn(string Role, JsonSlice Whole, JsonSlice Content);
}
