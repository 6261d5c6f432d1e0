using Nano.Json;

namespace Nano.Governance;

/// <summary>
/// The user that a request names, in the members that the APIs have for it: <c>user</c>, <c>safety_identifier</c>, <c>metadata</c> and
/// Gemini's <c>labels</c>. For reports only, since any caller can send anything; bounded, because every attempt's row contains it.
/// </summary>
internal sealed class RequestAttribution
{
    private const int MaxUser = 256;
    private const int MaxMembers = 16;

    /// <summary>Characters of all members of the metadata together.</summary>
    private const int MaxMetadata = 2048;

    private readonly List<string> _lines = [];
    private string? _user;
    private string? _safety;
    private string? _userOfMetadata;
    private int _length;

    /// <summary>The end user: <c>user</c>, else <c>safety_identifier</c>, else <c>metadata.user_id</c> (Messages); null for none.</summary>
    public string? EndUser => _user ?? _safety ?? _userOfMetadata;

    /// <summary>One <c>name=value</c> per line; null for none.</summary>
    public string? Metadata => _lines.Count == 0 ? null : string.Join('\n', _lines);

    /// <summary>Takes the member whose name the cursor is at.</summary>
    /// <returns>False for a member of another kind, which is not read.</returns>
    public bool Take(ref JsonCursor cursor)
    {
        if (cursor.NameIs("user"u8)) Keep(ref _user, cursor.TakeValue());
        else if (cursor.NameIs("safety_identifier"u8)) Keep(ref _safety, cursor.TakeValue());
        else if (cursor.NameIs("metadata"u8) || cursor.NameIs("labels"u8)) TakeMetadata(cursor.TakeValue());
        else return false;
        return true;
    }

    private void TakeMetadata(JsonSlice value)
    {
        if (!value.IsObject) return;
        var members = new JsonCursor(value.Memory);
        members.EnterObject();
        while (members.NextMember())
        {
            var (isUser, name) = (members.NameIs("user_id"u8), members.Name);
            // Also a value that is not read has to be passed: the members of an object in it are not those of the request.
            var member = members.TakeValue();
            if (isUser) Keep(ref _userOfMetadata, member);
            if (isUser || _lines.Count == MaxMembers || !RequestTags.IsName(name.Span) || TextOf(member, MaxMetadata - _length) is not { } text) continue;
            var line = $"{name}={text}";
            if (_lines.Exists(known => known.AsSpan().StartsWith(line.AsSpan(0, line.Length - text.Length), StringComparison.Ordinal))) continue;
            _lines.Add(line);
            _length += line.Length;
        }
    }

    /// <summary>The first one counts.</summary>
    private static void Keep(ref string? known, JsonSlice value) => known ??= TextOf(value, MaxUser);

    /// <summary>Null for a value that is not a string, is empty, too long, or has a character that a line cannot have.</summary>
    private static string? TextOf(JsonSlice value, int most)
    {
        // Escapes make a text shorter, and UTF-8 has up to three bytes per character.
        if (!value.IsText || value.Span.Length > 6 * most + 2 || JsonEscaping.IndexOfHalf(value.Span) >= 0) return null;
        var text = value.AsText().ToString();
        return text.Length > 0 && text.Length <= most && !text.Any(char.IsControl) ? text : null;
    }
}
