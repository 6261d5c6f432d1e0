using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// A tool's schema by Anthropic's rules: an object whose <c>type</c> is <c>object</c>, without a union at the top.
/// Most schemas comply and are copied unchanged.
/// </summary>
internal readonly struct InputSchema
{
    private static readonly JsonSlice NoParameters = JsonSlice.Constant("""{"type":"object","properties":{}}""");

    private readonly JsonSlice _whole;
    private readonly List<ExtraMember>? _members;

    private InputSchema(JsonSlice whole, bool isChanged) => (_whole, IsChanged) = (whole, isChanged);

    private InputSchema(List<ExtraMember> members, List<ExtraMember>? unsayable) => (_members, Unsayable, IsChanged) = (members, unsayable, true);

    /// <summary>The written schema differs from the original.</summary>
    public bool IsChanged { get; }

    /// <summary>Members that the top of a schema may not have; they move to the tool's description.</summary>
    public List<ExtraMember>? Unsayable { get; }

    /// <summary>
    /// The first property at the top whose name Anthropic refuses (<c>^[a-zA-Z0-9_.-]{1,64}$</c>; at deeper levels any name is allowed); null if there is none.
    /// </summary>
    public static string? RefusedProperty(JsonSlice schema)
    {
        if (schema.Member("properties"u8) is not { IsObject: true } properties) return null;
        var cursor = new JsonCursor(properties.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (name.Span.Length is 0 or > 64 || name.Span.ContainsAnyExcept(PropertyAlphabet)) return name.ToString();
            cursor.Skip();
        }
        return null;
    }

    private static readonly System.Buffers.SearchValues<byte> PropertyAlphabet =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"u8);

    public static InputSchema Read(JsonSlice schema)
    {
        if (!schema.IsObject) return new InputSchema(NoParameters, schema.HasValue);
        var members = new List<ExtraMember>();
        List<ExtraMember>? unsayable = null;
        bool isObject = false, hasMore = false;
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (name.Is("type"u8))
            {
                isObject = value.AsText().Is("object"u8);
                continue;
            }
            hasMore = true;
            if (name.Is("anyOf"u8) || name.Is("oneOf"u8) || name.Is("allOf"u8)) (unsayable ??= []).Add(new ExtraMember(name, value));
            else members.Add(new ExtraMember(name, value));
        }
        if (isObject && unsayable is null) return new InputSchema(schema, false);
        // {} only means "no parameters".
        return hasMore || isObject ? new InputSchema(members, unsayable) : new InputSchema(NoParameters, false);
    }

    public void Write(JsonOutput output)
    {
        if (_members is null)
        {
            output.Raw(_whole.IsPresent ? _whole : NoParameters);
            return;
        }
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("object"u8);
        foreach (var member in _members)
        {
            output.Name(member.Name);
            output.Raw(member.Value);
        }
        output.EndObject();
    }
}

/// <summary>Writes parts of a schema into a description.</summary>
internal static class SchemaText
{
    /// <summary>Appends the members as a JSON object to the open text.</summary>
    public static void AppendMembers(List<ExtraMember> members, JsonOutput output)
    {
        output.Append("{"u8);
        for (var i = 0; i < members.Count; i++)
        {
            if (i > 0) output.Append(", "u8);
            output.AppendUtf8("\""u8);
            output.AppendUtf8(members[i].Name.Span);
            output.AppendUtf8("\": "u8);
            output.AppendUtf8(members[i].Value.Span);
        }
        output.Append("}"u8);
    }
}
