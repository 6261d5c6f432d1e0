using System.Globalization;
using System.Text;

namespace Nano.Telemetry;

/// <summary>Values of the usage record's log line that providers and callers choose: a value that could be read as several fields, or as another line, is quoted.</summary>
internal static class LogField
{
    /// <summary>
    /// The value itself if it is visible ASCII without quotes and equals signs; else in quotes, with other characters escaped as in JSON: also those without a
    /// width, some of which turn the direction of the text after them.
    /// </summary>
    public static string? Of(string? value)
    {
        if (value is null || IsPlain(value)) return value;
        var text = new StringBuilder("\"");
        foreach (var c in value)
        {
            if (c is '"' or '\\') text.Append('\\').Append(c);
            else if (c is ' ' || IsShown(c)) text.Append(c);
            else text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
        }
        return text.Append('"').ToString();
    }

    /// <summary>Reverts <see cref="Of"/>, for a backend that keeps each value in a column of its own. Text that <see cref="Of"/> did not write stays as it is.</summary>
    public static string Raw(string field)
    {
        if (field is not ['"', .., '"']) return field;
        var text = new StringBuilder(field.Length);
        for (var i = 1; i < field.Length - 1; i++)
        {
            if (field[i] != '\\')
            {
                text.Append(field[i]);
                continue;
            }
            if (++i == field.Length - 1) return field;
            if (field[i] != 'u')
            {
                text.Append(field[i]);
                continue;
            }
            if (i + 5 > field.Length - 1 || !ushort.TryParse(field.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)) return field;
            text.Append((char)code);
            i += 4;
        }
        return text.ToString();
    }

    private static bool IsShown(char c) =>
        !char.IsControl(c) && !char.IsWhiteSpace(c) && !char.IsSurrogate(c) && char.GetUnicodeCategory(c) != UnicodeCategory.Format;

    private static bool IsPlain(string value)
    {
        foreach (var c in value)
            if (c is <= ' ' or >= '\u007f' or '"') return false;
        return true;
    }
}
