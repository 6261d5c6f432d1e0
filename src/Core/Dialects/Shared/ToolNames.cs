using System.IO.Hashing;
using System.Text;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Names of tools in dialects that accept only letters, digits, <c>_</c> and <c>-</c>.</summary>
internal static class ToolNames
{
    /// <summary>The longest name that every provider accepts (OpenAI: "string too long. Expected a string with maximum length 64", BerriAI/litellm#17904).</summary>
    public const int CommonLength = 64;

    public const int GeminiLength = 128;

    /// <summary>The name itself if every provider accepts it; else its beginning, in the alphabet that all have, and a hash of the whole name.</summary>
    public static string Fit(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        if (ToolIds.IsGood(bytes, CommonLength)) return name;
        var clean = new StringBuilder();
        foreach (var c in name) clean.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_');
        return $"{clean.ToString(0, Math.Min(clean.Length, CommonLength - 17))}_{XxHash3.HashToUInt64(bytes):x16}";
    }

    /// <summary>
    /// A name in the history only describes what was called, so a name that the dialect refuses is converted to its alphabet. A
    /// valid name is returned unchanged.
    /// </summary>
    public static JsonText InHistory(JsonText name, int maxLength)
    {
        if (ToolIds.IsGood(name.Span, maxLength)) return name;
        var cleaned = new StringBuilder();
        foreach (var c in name.ToString()) cleaned.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_');
        if (cleaned.Length == 0) cleaned.Append("unnamed");
        return JsonText.From(cleaned.ToString(0, Math.Min(cleaned.Length, maxLength)));
    }

    /// <summary>The same for Gemini, which also accepts dots and colons, and requires a letter or an underscore first.</summary>
    public static JsonText InHistoryOfGemini(JsonText name)
    {
        if (IsGoodForGemini(name.Span, GeminiLength)) return name;
        var cleaned = new StringBuilder();
        foreach (var c in name.ToString()) cleaned.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':' ? c : '_');
        if (cleaned.Length == 0) cleaned.Append("unnamed");
        if (!char.IsAsciiLetter(cleaned[0]) && cleaned[0] != '_') cleaned.Insert(0, '_');
        return JsonText.From(cleaned.ToString(0, Math.Min(cleaned.Length, GeminiLength)));
    }

    /// <summary>Letters, digits, <c>_ . : -</c>, beginning with a letter or <c>_</c> (ai.google.dev/api/caching, FunctionDeclaration.name; at most 64 in older
    /// references).</summary>
    public static bool IsGoodForGemini(ReadOnlySpan<byte> text, int maxLength)
    {
        if (text.Length == 0 || text.Length > maxLength || (!char.IsAsciiLetter((char)text[0]) && text[0] != '_')) return false;
        foreach (var letter in text)
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'_' or (byte)'.' or (byte)':' or (byte)'-')) return false;
        return true;
    }
}
