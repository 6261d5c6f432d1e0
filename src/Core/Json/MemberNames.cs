using System.Text;

namespace Nano.Json;

/// <summary>Normalizes member names, for checks that must apply however a server reads names.</summary>
internal static class MemberNames
{
    /// <summary>
    /// A name as the most lenient server reads it: ignoring case (Go's <c>encoding/json</c>, which also takes U+017F for s and
    /// U+212A for k) and underscores (protocol buffers accept both spellings).
    /// </summary>
    public static string Fold(string name)
    {
        var folded = new StringBuilder(name.Length);
        foreach (var c in name)
            if (c != '_') folded.Append(c switch { '\u017f' => 's', '\u212a' => 'k', _ => char.ToLowerInvariant(c) });
        return folded.ToString();
    }
}
