using System.Text;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Names of tools where a dialect takes letters, digits, <c>_</c> and <c>-</c> only.</summary>
internal static class ToolNames
{
    /// <summary>
    /// A name in the history only tells what was called, so a name that the dialect refuses is put into its alphabet. A good
    /// name is returned as it is.
    /// </summary>
    public static JsonText InHistory(JsonText name, int maxLength)
    {
        if (ToolIds.IsGood(name.Span, maxLength)) return name;
        var cleaned = new StringBuilder();
        foreach (var c in name.ToString()) cleaned.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_');
        if (cleaned.Length == 0) cleaned.Append("unnamed");
        return JsonText.From(cleaned.ToString(0, Math.Min(cleaned.Length, maxLength)));
    }
}
