using System.Text;

namespace Nano.Json;

/// <summary>Names of members, for checks that no server's way of reading them may get around.</summary>
internal static class MemberNames
{
    /// <summary>
    /// A name as the most lenient server reads it: without case (Go's <c>encoding/json</c>, which also takes U+017F for s and
    /// U+212A for k) and without underscores (protocol buffers take both spellings).
    /// </summary>
    public static string Fold(string name)
    {
        var folded = new StringBuilder(name.Length);
        foreach (var c in name)
            if (c != '_') folded.Append(c switch { '\u017f' => 's', '\u212a' => 'k', _ => char.ToLowerInvariant(c) });
        return folded.ToString();
    }
}
