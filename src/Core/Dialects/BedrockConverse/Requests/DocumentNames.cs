using System.Text;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Requests;

/// <summary>
/// Document names that Converse accepts: letters, digits, hyphens, brackets and single blanks, each name only once in a
/// request. The same documents get the same names, so that prompt caches keep working.
/// </summary>
internal sealed class DocumentNames
{
    private const int MaxLength = 200;

    private readonly HashSet<string> _used = [];

    public string Assign(JsonText name)
    {
        var stem = Clean(name);
        if (stem.Length == 0) stem = "Document";
        else if (_used.Add(stem)) return stem;
        for (var n = _used.Count + 1; ; n++)
            if (_used.Add($"{stem} {n}")) return $"{stem} {n}";
    }

    private static string Clean(JsonText name)
    {
        if (!name.HasValue) return "";
        var clean = new StringBuilder();
        foreach (var c in name.ToString())
        {
            var kept = char.IsAsciiLetterOrDigit(c) || c is '-' or '(' or ')' or '[' or ']' ? c : ' ';
            if (kept != ' ' || (clean.Length > 0 && clean[^1] != ' ')) clean.Append(kept);
            if (clean.Length == MaxLength) break;
        }
        return clean.ToString().TrimEnd();
    }
}
