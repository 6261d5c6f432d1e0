namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>
/// Recognises the usual chunk of a stream: one piece of text, reasoning or arguments of choice 0, no finish, no usage, no
/// error. Uses a few vectorised searches instead of scanning the JSON. A quote within a string is escaped, so text
/// between two quotes is a name or a whole value. In case of doubt the result is false, and the chunk is scanned.
/// </summary>
internal static class PlainChunk
{
    /// <param name="member">The name of the delta's member with content, quotes included.</param>
    public static bool IsContent(ReadOnlySpan<byte> chunk, out ReadOnlySpan<byte> member)
    {
        member = default;
        if (!StartsChoice0(chunk) || chunk.IndexOf("\"error\""u8) >= 0) return false;
        var delta = chunk.IndexOf("\"delta\""u8);
        if (delta < 0 || chunk[(delta + 7)..].IndexOf("\"delta\""u8) >= 0) return false;
        if (!IsNullOrAbsent(chunk, "\"finish_reason\""u8) || !IsNullOrAbsent(chunk, "\"usage\""u8)) return false;
        member = Says(chunk, "\"content\""u8) ? "\"content\""u8
            : Says(chunk, "\"reasoning_content\""u8) ? "\"reasoning_content\""u8
            : Says(chunk, "\"reasoning\""u8) ? "\"reasoning\""u8
            : Says(chunk, "\"arguments\""u8) ? "\"arguments\""u8
            : default;
        return !member.IsEmpty;
    }

    private static bool StartsChoice0(ReadOnlySpan<byte> chunk) =>
        chunk.IndexOf("\"choices\":[{\"index\":0,"u8) >= 0 || chunk.IndexOf("\"choices\": [{\"index\": 0,"u8) >= 0;

    private static bool IsNullOrAbsent(ReadOnlySpan<byte> chunk, ReadOnlySpan<byte> name)
    {
        var at = chunk.IndexOf(name);
        if (at < 0) return true;
        var rest = chunk[(at + name.Length)..];
        return (rest.StartsWith(":null"u8) || rest.StartsWith(": null"u8)) && rest.IndexOf(name) < 0;
    }

    /// <summary>Whether the member is a non-empty string.</summary>
    private static bool Says(ReadOnlySpan<byte> chunk, ReadOnlySpan<byte> name)
    {
        var at = chunk.IndexOf(name);
        if (at < 0) return false;
        var rest = chunk[(at + name.Length)..];
        if (rest.StartsWith(": "u8)) rest = rest[2..];
        else if (rest.StartsWith(":"u8)) rest = rest[1..];
        return rest.Length > 1 && rest[0] == (byte)'"' && rest[1] != (byte)'"';
    }
}
