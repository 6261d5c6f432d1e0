using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>
/// Writes items that were read from this dialect. The original items give the shape; the values that were read (texts,
/// calls, sealed reasoning) fill it, in order, so that anything a reader missed would be missing here.
/// </summary>
internal sealed class ShapeEcho(JsonOutput output)
{
    private readonly List<ContentPart> _parts = [];
    private int _at;

    public void Add(List<ContentPart> parts)
    {
        foreach (var part in parts)
        {
            _parts.Add(part);
            if (part is ToolResultPart result) Add(result.Parts);
        }
    }

    /// <summary>Writes a text, or a list of items or parts.</summary>
    public void Items(JsonSlice list)
    {
        if (list.IsText)
        {
            Filled(list, Next<TextPart>()?.Text ?? default);
            return;
        }
        output.BeginArray();
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var item = cursor.TakeValue();
            if (item.IsObject) Item(item);
            else output.Raw(item);
        }
        output.EndArray();
    }

    private void Item(JsonSlice json)
    {
        Extras? extras = null;
        var item = Requests.Item.Read(json, ref extras);
        var call = item.Kind is ItemKind.FunctionCall or ItemKind.CustomToolCall ? Next<ToolCallPart>() : null;
        var thought = item.Kind == ItemKind.Reasoning && item.EncryptedContent.HasValue ? Next<ReasoningPart>() : null;
        if (item.Kind is ItemKind.FunctionCallOutput or ItemKind.CustomToolCallOutput) Next<ToolResultPart>();
        var cursor = new JsonCursor(json.Memory);
        output.BeginObject();
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            output.Name(name);
            if ((name.Is("content"u8) && item.Kind == ItemKind.Message) || (name.Is("output"u8) && item.Kind is ItemKind.FunctionCallOutput or ItemKind.CustomToolCallOutput))
            {
                if (value.IsArray) Parts(value);
                else if (value.IsText) Filled(value, Next<TextPart>()?.Text ?? default);
                else output.Raw(value);
            }
            else if (call is not null && value.IsText && (name.Is("arguments"u8) || name.Is("input"u8))) Filled(value, call.Arguments.Encoded);
            else if (call is not null && value.IsText && name.Is("name"u8)) Filled(value, call.Name);
            else if (call is not null && value.AsText().HasValue && name.Is("call_id"u8)) Filled(value, call.Id);
            else if (thought is not null && name.Is("encrypted_content"u8)) Filled(value, thought.Opaque);
            else output.Raw(value);
        }
        output.EndObject();
    }

    private void Parts(JsonSlice list)
    {
        output.BeginArray();
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var part = cursor.TakeValue();
            var type = part.Member("type"u8).AsText();
            if (type.Is("refusal"u8)) Part(part, "refusal"u8, Next<RefusalPart>()?.Text ?? default);
            else if (type.Is("input_text"u8) || type.Is("output_text"u8) || type.Is("text"u8)) Part(part, "text"u8, Next<TextPart>()?.Text ?? default);
            else output.Raw(part);
        }
        output.EndArray();
    }

    private void Part(JsonSlice part, ReadOnlySpan<byte> member, JsonText text)
    {
        output.BeginObject();
        var cursor = new JsonCursor(part.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            output.Name(name);
            if (value.IsText && name.Is(member)) Filled(value, text);
            else output.Raw(value);
        }
        output.EndObject();
    }

    /// <summary>Writes a text only if it was read, so that a reader's omission is visible.</summary>
    private void Filled(JsonSlice before, JsonText text)
    {
        if (text.IsPresent || !before.AsText().HasValue) output.Text(text);
        else output.Null();
    }

    private T? Next<T>() where T : ContentPart
    {
        for (var i = _at; i < _parts.Count; i++)
        {
            if (_parts[i] is not T found) continue;
            _at = i + 1;
            return found;
        }
        return null;
    }
}
