using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Recognises members of a Responses request that request the default of a provider that stores no responses.</summary>
internal static class IdleResponsesMember
{
    /// <param name="name">A top-level member, or one of <c>text</c>.</param>
    public static bool Is(JsonText name, JsonSlice value)
    {
        // A search without options is still a search.
        if (name.Is("web_search_options"u8)) return false;
        // The response repeats it; without a store it has no other effect.
        if (name.Is("metadata"u8)) return true;
        if (name.Is("background"u8)) return value.IsFalse;
        if (name.Is("truncation"u8)) return value.AsText().Is("disabled"u8);
        if (name.Is("verbosity"u8)) return value.AsText().Is("medium"u8);
        if (name.Is("service_tier"u8)) return value.AsText().Is("auto"u8) || value.AsText().Is("default"u8);
        return value.Span.SequenceEqual("[]"u8) || value.Span.SequenceEqual("{}"u8) || IdleMember.Is(name, value);
    }
}
