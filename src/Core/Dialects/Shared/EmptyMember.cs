using Nano.Chat;

namespace Nano.Dialects.Shared;

/// <summary>Recognises members of any dialect's request that request nothing, so that dropping them loses nothing.</summary>
internal static class EmptyMember
{
    /// <param name="member">A top-level member, or one of Gemini's <c>generationConfig</c> with that prefix.</param>
    public static bool Is(in ExtraMember member)
    {
        var value = member.Value;
        // A search without options is still a search.
        if (value.Span.SequenceEqual("[]"u8) || value.Span.SequenceEqual("{}"u8)) return !member.Name.Is("web_search_options"u8);
        // Gemini's switches are off by default.
        return value.IsFalse && member.Name.StartsWith("generationConfig."u8);
    }
}
