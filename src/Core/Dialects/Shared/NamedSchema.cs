using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// The four members that OpenAI's functions and response formats have in common: name, description, a JSON schema (as
/// <c>parameters</c> or <c>schema</c>), and strict.
/// </summary>
internal struct NamedSchema
{
    public JsonText Name { get; private set; }

    public JsonText Description { get; private set; }

    public JsonSlice Schema { get; private set; }

    public bool? Strict { get; private set; }

    /// <summary>False if the member is not one of the four, or has another type: the calling code must handle it.</summary>
    public bool Take(JsonText member, JsonSlice value, ReadOnlySpan<byte> schemaName)
    {
        if (value.IsText && member.Is("name"u8)) Name = value.AsText();
        else if (value.IsText && member.Is("description"u8)) Description = value.AsText();
        else if (value.IsObject && member.Is(schemaName)) Schema = value;
        else if ((value.IsTrue || value.IsFalse) && member.Is("strict"u8)) Strict = value.IsTrue;
        else return false;
        return true;
    }
}
