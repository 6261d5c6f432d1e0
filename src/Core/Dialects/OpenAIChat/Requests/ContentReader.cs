using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Reads <c>content</c>: a string, a list of parts, or null.</summary>
internal static class ContentReader
{
    private static readonly JsonText ContentWord = JsonText.From("content");

    public static void Read(ref JsonCursor cursor, List<ContentPart> parts, in Place place, ref MessageForm form)
    {
        parts.Clear();
        form &= ~(MessageForm.ContentNull | MessageForm.ContentEmpty | MessageForm.ContentText | MessageForm.ContentList | MessageForm.ContentOdd);
        switch (cursor.Token)
        {
            case JsonTokenType.Null:
                form |= MessageForm.ContentNull;
                break;
            case JsonTokenType.String:
                var text = cursor.TakeText();
                form |= text.IsEmpty ? MessageForm.ContentEmpty : MessageForm.ContentText;
                if (!text.IsEmpty) parts.Add(new TextPart(text));
                break;
            case JsonTokenType.StartArray:
                form |= MessageForm.ContentList;
                cursor.EnterArray();
                for (var i = 0; cursor.NextElement(); i++) parts.Add(PartReader.Read(ref cursor, place.Inner("content", i)));
                break;
            default:
                place.Expect(false, "content", "a string or an array of content parts");
                form |= MessageForm.ContentOdd;
                parts.Add(new OpaquePart(OpenAIChatDialect.DialectName, ContentWord, cursor.TakeValue()));
                break;
        }
    }
}

/// <summary>
/// Reads one content part. A part is modelled only if all its members are understood; else it stays opaque.
/// </summary>
internal struct PartReader
{
    [Flags]
    private enum Payload
    {
        None = 0,
        Text = 1,
        Refusal = 2,
        Media = 4,
        Thinking = 8,
        Twice = 16,
    }

    private Payload _payload;
    private JsonText _type, _text, _refusal;
    private JsonSlice _cacheControl, _thinking;
    private MediaMember _media;
    private Extras? _extras;

    public static ContentPart Read(ref JsonCursor cursor, in Place place)
    {
        if (cursor.Token != JsonTokenType.StartObject)
        {
            place.Expect(false, "", "an object");
            return new OpaquePart(OpenAIChatDialect.DialectName, default, cursor.TakeValue());
        }
        var start = cursor.Position;
        var reader = new PartReader();
        cursor.EnterObject();
        while (cursor.NextMember()) reader.Member(ref cursor, place);
        place.Require(reader._type.IsPresent, "type");
        var part = reader.Model(place) ?? new OpaquePart(OpenAIChatDialect.DialectName, reader._type, cursor.ValueSince(start));
        if (part is not OpaquePart) part.Extras = reader._extras;
        part.CacheControl = reader._cacheControl;
        return part;
    }

    private void Member(ref JsonCursor cursor, in Place place)
    {
        var isText = cursor.Token == JsonTokenType.String;
        if (cursor.NameIs("type"u8))
        {
            place.Expect(isText, "type", "a string");
            if (isText) _type = cursor.TakeText();
            else Keep(ref cursor);
        }
        else if (isText && cursor.NameIs("text"u8)) (_text, _payload) = (cursor.TakeText(), Add(Payload.Text));
        else if (isText && cursor.NameIs("refusal"u8)) (_refusal, _payload) = (cursor.TakeText(), Add(Payload.Refusal));
        else if (cursor.Token == JsonTokenType.StartObject && cursor.NameIs("cache_control"u8)) _cacheControl = cursor.TakeValue();
        else if (cursor.Token == JsonTokenType.StartArray && cursor.NameIs("thinking"u8)) (_thinking, _payload) = (cursor.TakeValue(), Add(Payload.Thinking));
        else if (MediaMember.Knows(ref cursor))
        {
            _payload = Add(Payload.Media);
            _media = MediaMember.Read(ref cursor);
        }
        else Keep(ref cursor);
    }

    private readonly Payload Add(Payload payload) => (_payload & payload) != 0 ? Payload.Twice : _payload | payload;

    private ContentPart? Model(in Place place)
    {
        if (_type.Is("text"u8))
        {
            place.Require((_payload & Payload.Text) != 0, "text");
            return _payload == Payload.Text ? new TextPart(_text) : null;
        }
        if (_type.Is("refusal"u8)) return _payload == Payload.Refusal ? new RefusalPart(_refusal) : null;
        if (_type.Is("thinking"u8)) return _payload == Payload.Thinking ? ReasoningReader.ReadContent(_thinking, ref _extras) : null;
        return _payload == Payload.Media && _media.Name.Is(_type.Span) ? _media.Build(ref _extras) : null;
    }

    private void Keep(ref JsonCursor cursor)
    {
        var name = cursor.Name;
        Extras.Add(ref _extras, OpenAIChatDialect.DialectName, name, cursor.TakeValue());
    }
}
