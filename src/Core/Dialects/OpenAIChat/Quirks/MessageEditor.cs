using System.Text.Json;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>Converts one message or delta of a provider to Chat's form.</summary>
/// <param name="isLast">Nothing follows for this choice, so held text must be written now.</param>
internal readonly ref struct MessageEditor(ResponseQuirks quirks, EditedChoice state, bool isStream, bool isLast)
{
    /// <summary>Returns whether anything was changed.</summary>
    public bool Write(JsonSlice message, JsonOutput output)
    {
        var changed = false;
        var own = message.Member("reasoning_content"u8);
        var isTagged = quirks.ThinkTags && !state.Thoughts.IsOver && !own.HasValue;
        var said = false;
        output.BeginObject();
        var cursor = new JsonCursor(message.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var isText = cursor.Token == JsonTokenType.String;
            if (cursor.NameIs("content"u8) && quirks.ContentParts && cursor.Token == JsonTokenType.StartArray)
            {
                changed = true;
                Parts(cursor.TakeValue(), output, hasOwn: own.IsPresent);
            }
            else if (cursor.NameIs("content"u8) && isTagged && isText)
            {
                said = true;
                changed |= Tagged(cursor.TakeText(), output);
            }
            else if (cursor.NameIs("reasoning"u8) && quirks.ReasoningMember && !own.IsPresent && (isText || cursor.IsNull))
            {
                changed = true;
                output.Name("reasoning_content"u8);
                output.Raw(cursor.TakeValue());
            }
            else if (cursor.NameIs("tool_calls"u8) && quirks.LooseCalls && cursor.Token == JsonTokenType.StartArray)
            {
                output.Name(name);
                changed |= Calls(ref cursor, output);
            }
            else
            {
                output.Name(name);
                output.Raw(cursor.TakeValue());
            }
        }
        if (isTagged && isLast && !said && state.Thoughts.HasRest) changed |= Tagged(new JsonText(default), output);
        output.EndObject();
        return changed;
    }

    private bool Tagged(JsonText text, JsonOutput output)
    {
        var (thought, answer, changed) = state.Thoughts.Split(text, isLast);
        if (thought.HasValue)
        {
            output.Name("reasoning_content"u8);
            output.Text(thought);
        }
        // A chunk that has only reasoning has no content left; a whole response gets an empty one.
        if (!thought.HasValue || answer.HasValue || !isStream)
        {
            output.Name("content"u8);
            output.Text(answer);
        }
        return changed;
    }

    /// <summary>Text parts are the content, thinking parts the reasoning (<c>mistral-chat-sse-think-026859</c>). Others (references) have no text.</summary>
    private static void Parts(JsonSlice parts, JsonOutput output, bool hasOwn)
    {
        if (!hasOwn && Has(parts, "thinking"u8))
        {
            output.Name("reasoning_content"u8);
            output.BeginText();
            Append(parts, "thinking"u8, output);
            output.EndText();
            if (!Has(parts, "text"u8)) return;
        }
        output.Name("content"u8);
        output.BeginText();
        Append(parts, "text"u8, output);
        output.EndText();
    }

    private static bool Has(JsonSlice parts, ReadOnlySpan<byte> type)
    {
        var cursor = new JsonCursor(parts.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            if (cursor.TakeValue().Member("type"u8).AsText().Is(type)) return true;
        return false;
    }

    private static void Append(JsonSlice parts, ReadOnlySpan<byte> type, JsonOutput output)
    {
        var cursor = new JsonCursor(parts.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var part = cursor.TakeValue();
            if (!part.Member("type"u8).AsText().Is(type)) continue;
            var value = part.Member(type);
            if (value.IsText) output.Append(value.AsText());
            else if (value.IsArray) Append(value, "text"u8, output);
        }
    }

    private bool Calls(ref JsonCursor cursor, JsonOutput output)
    {
        var changed = false;
        output.BeginArray();
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var call = cursor.TakeValue();
            if (!call.IsObject)
            {
                output.Raw(call);
                continue;
            }
            changed |= Call(call, output);
        }
        output.EndArray();
        return changed;
    }

    /// <summary>
    /// One call of a whole response, or a fragment of a streamed one. The first fragment has <c>type</c> and <c>id</c> (npm openai's
    /// <c>.stream()</c> throws without), every one the <c>index</c> of its call; arguments are a string.
    /// </summary>
    /// <returns>Whether anything was changed.</returns>
    private bool Call(JsonSlice call, JsonOutput output)
    {
        var (index, id, type, function) = (call.Member("index"u8), call.Member("id"u8).AsText(), call.Member("type"u8).AsText(), call.Member("function"u8));
        var name = function.Member("name"u8).AsText();
        var isHead = true;
        var at = isStream ? state.Calls.Find(index.AsInt64(), id, name, out isHead) : -1;
        if (isStream && at < 0) return Unchanged(call, output);
        var arguments = function.Member("arguments"u8);
        var moves = isStream && index.AsInt64() != at;
        var lacksType = isHead && !type.HasValue && function.IsObject;
        var lacksId = !id.HasValue && name.HasValue && (isHead || (state.Calls.IdOf(at).Length == 0 && !state.MadeIds.Contains(at)));
        if (isStream && lacksId) state.MadeIds.Add(at);
        // Clients would append a late id to the generated one.
        var isLateId = isStream && !isHead && id.HasValue && state.MadeIds.Contains(at);
        var isOpenText = function.IsObject && !arguments.IsText && (arguments.HasValue || isHead);
        if (!moves && !lacksType && !lacksId && !isLateId && !isOpenText) return Unchanged(call, output);

        output.BeginObject();
        if (moves)
        {
            output.Name("index"u8);
            output.Number(at);
        }
        if (lacksId)
        {
            output.Name("id"u8);
            output.Text("call_" + Guid.NewGuid().ToString("N")[..24]);
        }
        if (lacksType)
        {
            output.Name("type"u8);
            output.Literal("function"u8);
        }
        var members = new JsonCursor(call.Memory);
        members.EnterObject();
        while (members.NextMember())
        {
            var isReplaced = (moves && members.NameIs("index"u8)) || ((lacksId || isLateId) && members.NameIs("id"u8)) || (lacksType && members.NameIs("type"u8));
            if (isReplaced)
            {
                members.Skip();
                continue;
            }
            output.Name(members.Name);
            if (isOpenText && members.NameIs("function"u8)) Function(members.TakeValue(), output);
            else output.Raw(members.TakeValue());
        }
        output.EndObject();
        return true;
    }

    private static bool Unchanged(JsonSlice call, JsonOutput output)
    {
        output.Raw(call);
        return false;
    }

    /// <summary>Arguments that are JSON become text. A whole call without arguments gets an empty object; a streamed one may still receive some.</summary>
    private void Function(JsonSlice function, JsonOutput output)
    {
        var arguments = function.Member("arguments"u8);
        output.BeginObject();
        var cursor = new JsonCursor(function.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("arguments"u8))
            {
                cursor.Skip();
                continue;
            }
            output.Name(cursor.Name);
            output.Raw(cursor.TakeValue());
        }
        output.Name("arguments"u8);
        if (arguments.HasValue) output.TextOfJson(arguments);
        else output.Literal(isStream ? ""u8 : "{}"u8);
        output.EndObject();
    }
}
