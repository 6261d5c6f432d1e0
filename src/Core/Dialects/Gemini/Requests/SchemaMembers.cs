using System.Text.Json;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// The keywords of one position in a schema, in Gemini's form: those of the schema itself, of its references, and of its
/// <c>allOf</c>, in this order. The first of two with the same name applies, but properties and required names are merged.
/// </summary>
internal sealed class SchemaMembers
{
    public static readonly JsonText Type = JsonText.From("type");
    public static readonly JsonSlice ObjectWord = JsonSlice.Constant("\"object\"");

    private static readonly JsonText Enum = JsonText.From("enum"), AnyOf = JsonText.From("anyOf"), PrefixItems = JsonText.From("prefixItems"),
        Description = JsonText.From("description"), Minimum = JsonText.From("minimum"), Maximum = JsonText.From("maximum");

    private const int MaxAllOf = 32;

    /// <summary>There are some twenty keywords; more members are repetitions.</summary>
    private const int MaxMembers = 256;

    private readonly List<(JsonText Name, JsonSlice Value)> _members = [];
    private SchemaWriter _schema = null!;
    private JsonText _format, _pattern;
    private JsonSlice _above, _below;
    private bool _nullable;
    private int _allOf;

    public int Count => _members.Count;

    public (JsonText Name, JsonSlice Value) this[int index] => _members[index];

    /// <summary>More than one schema was merged here.</summary>
    public bool IsMerged { get; private set; }

    /// <summary>Clears the object for another position.</summary>
    public void Begin(SchemaWriter writer)
    {
        _schema = writer;
        _members.Clear();
        (_format, _pattern, _above, _below, _nullable, _allOf, IsMerged) = (default, default, default, default, false, 0, false);
    }

    public void Add(JsonText name, JsonSlice value)
    {
        if (_members.Count < MaxMembers) _members.Add((name, value));
        else _schema.Drop(name.ToString());
    }

    public bool Has(ReadOnlySpan<byte> name) => Find(name) >= 0;

    /// <summary>An earlier member has this one's name.</summary>
    public bool IsRepeated(int index)
    {
        for (var i = 0; i < index; i++)
            if (SchemaWriter.IsSame(_members[i].Name, _members[index].Name)) return true;
        return false;
    }

    public HashSet<string> PropertyNames()
    {
        var names = new HashSet<string>();
        foreach (var (member, value) in _members)
        {
            if (!member.Is("properties"u8)) continue;
            var cursor = new JsonCursor(value.Memory);
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                names.Add(cursor.Name.ToString());
                cursor.Skip();
            }
        }
        return names;
    }

    public bool HasProperty(JsonText name)
    {
        foreach (var (member, value) in _members)
        {
            if (!member.Is("properties"u8) || !value.IsObject) continue;
            var cursor = new JsonCursor(value.Memory);
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                if (SchemaWriter.IsSame(cursor.Name, name)) return true;
                cursor.Skip();
            }
        }
        return false;
    }

    /// <summary>Adds a schema, its references and its <c>allOf</c>.</summary>
    public void Gather(JsonSlice place)
    {
        JsonText reference = default;
        JsonSlice all = default;
        var cursor = new JsonCursor(place.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (cursor.NameIs("$ref"u8) && cursor.Token == JsonTokenType.String) reference = cursor.TakeText();
            else if (cursor.NameIs("allOf"u8) && cursor.Token == JsonTokenType.StartArray) all = cursor.TakeValue();
            else Take(name, cursor.TakeValue());
        }
        if (reference.IsPresent) Follow(reference);
        if (!all.IsPresent) return;
        var parts = new JsonCursor(all.Memory);
        parts.EnterArray();
        while (parts.NextElement())
        {
            var part = parts.TakeValue();
            if (!part.IsObject) continue;
            if (++_allOf > MaxAllOf)
            {
                _schema.Drop("allOf");
                return;
            }
            IsMerged = true;
            Gather(part);
        }
    }

    /// <summary>Resolves what depends on several keywords, once all are known.</summary>
    public void Settle()
    {
        SettleEnum();
        if (_above.IsNumber) SettleBound(_above, Minimum, 1);
        if (_below.IsNumber) SettleBound(_below, Maximum, -1);
        if (_format.HasValue) SettleFormat();
        if (_pattern.HasValue)
        {
            _schema.Emulate("pattern");
            Describe("Pattern: "u8, " (pattern: "u8, _pattern);
        }
        if (_nullable) SettleNullable();
    }

    private void Follow(JsonText reference)
    {
        var target = _schema.Open(reference);
        if (target.IsPresent)
        {
            IsMerged = true;
            Gather(target);
        }
        else if (!Has("type"u8))
        {
            Add(Type, ObjectWord);
        }
    }

    private void Take(JsonText name, JsonSlice value)
    {
        var word = name.Span;
        switch (SchemaKeywords.KindOf(word))
        {
            case SchemaKeyword.Kept:
                if (word.SequenceEqual("pattern"u8) && value.IsText && SchemaPattern.IsBeyond(value.AsText())) _pattern = value.AsText();
                else if (SchemaKeywords.IsUsable(word, value)) Add(name, value);
                break;
            case SchemaKeyword.Silent:
                break;
            case SchemaKeyword.Const:
                Add(Enum, new JsonSlice((byte[])[(byte)'[', .. value.Span, (byte)']']));
                break;
            case SchemaKeyword.OneOf:
                if (Has("anyOf"u8)) _schema.Drop("oneOf");
                else Add(AnyOf, value);
                break;
            case SchemaKeyword.Items:
                Add(value.IsArray ? PrefixItems : name, value);
                break;
            case SchemaKeyword.Format:
                if (!_format.IsPresent) _format = value.AsText();
                break;
            case SchemaKeyword.Above:
                if (!_above.IsPresent) _above = value;
                break;
            case SchemaKeyword.Below:
                if (!_below.IsPresent) _below = value;
                break;
            case SchemaKeyword.Nullable:
                _nullable |= value.IsTrue;
                break;
            default:
                if (value.HasValue && !value.IsFalse) _schema.Drop(name.ToString());
                break;
        }
    }

    /// <summary>Enums contain strings and numbers. A null makes the value nullable; other values cannot be expressed.</summary>
    private void SettleEnum()
    {
        var at = Find("enum"u8);
        if (at < 0) return;
        bool texts = false, numbers = false, others = false, nulls = false;
        var cursor = new JsonCursor(_members[at].Value.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var value = cursor.TakeValue();
            texts |= value.IsText;
            numbers |= value.IsNumber;
            nulls |= value.IsNull;
            others |= value.IsTrue || value.IsFalse || value.IsObject || value.IsArray;
        }
        if (others || (texts && numbers) || (!texts && !numbers))
        {
            if (nulls && !others && !texts && !numbers)
            {
                _members[at] = (Type, JsonSlice.Constant("\"null\""));
                return;
            }
            if (!Has("type"u8) && others && OnlyBooleans(_members[at].Value)) Add(Type, JsonSlice.Constant("\"boolean\""));
            _schema.Drop("enum");
            _members.RemoveAt(at);
            return;
        }
        if (nulls)
        {
            _nullable = true;
            _members[at] = (Enum, WithoutNulls(_members[at].Value));
        }
        if (!Has("type"u8)) Add(Type, JsonSlice.Constant(texts ? "\"string\"" : "\"number\""));
    }

    /// <summary>Gemini has no exclusive bounds: integers use the next integer; other numbers use the bound itself, which is reported.</summary>
    private void SettleBound(JsonSlice bound, JsonText name, int step)
    {
        _schema.Emulate(step > 0 ? "exclusiveMinimum" : "exclusiveMaximum");
        if (Has(name.Span)) return;
        var type = Find("type"u8);
        var isInteger = type >= 0 && _members[type].Value.AsText().Is("integer"u8);
        Add(name, isInteger && bound.AsInt64() is { } whole ? JsonSlice.Constant((whole + step).ToString(System.Globalization.CultureInfo.InvariantCulture)) : bound);
    }

    /// <summary>Gemini refuses unknown formats, so they move to the description.</summary>
    private void SettleFormat()
    {
        if (_format.Is("date-time"u8) || _format.Is("int32"u8) || _format.Is("int64"u8) || _format.Is("float"u8) || _format.Is("double"u8) || _format.Is("enum"u8))
        {
            Add(JsonText.From("format"), new JsonSlice((byte[])[(byte)'"', .. _format.Span, (byte)'"']));
            return;
        }
        _schema.Emulate("format");
        Describe("Format: "u8, " (format: "u8, _format);
    }

    private void Describe(ReadOnlySpan<byte> alone, ReadOnlySpan<byte> behind, JsonText text)
    {
        var at = Find("description"u8);
        if (at < 0) Add(Description, new JsonSlice((byte[])[(byte)'"', .. alone, .. text.Span, (byte)'"']));
        else _members[at] = (Description, new JsonSlice((byte[])[.. _members[at].Value.Span[..^1], .. behind, .. text.Span, .. ")\""u8]));
    }

    private void SettleNullable()
    {
        var at = Find("type"u8);
        if (at < 0 || !_members[at].Value.IsText || _members[at].Value.AsText().Is("null"u8)) return;
        _members[at] = (Type, new JsonSlice((byte[])[(byte)'[', .. _members[at].Value.Span, .. ",\"null\"]"u8]));
    }

    private static bool OnlyBooleans(JsonSlice list)
    {
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            if (cursor.TakeValue().AsBoolean() is null) return false;
        return true;
    }

    private static JsonSlice WithoutNulls(JsonSlice list)
    {
        using var output = new JsonOutput();
        output.BeginArray();
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var value = cursor.TakeValue();
            if (!value.IsNull) output.Raw(value);
        }
        output.EndArray();
        return new JsonSlice(output.WrittenSpan.ToArray());
    }

    private int Find(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < _members.Count; i++)
            if (_members[i].Name.Is(name)) return i;
        return -1;
    }
}
