using System.Text;

namespace Nano.Telemetry;

/// <summary>Values of the usage record's log line that providers and callers choose: a value that could be read as several fields, or as another line, is quoted.</summary>
internal static class LogField
{
    /// <summary>The value itself if it is visible ASCII without quotes and equals signs; else in quotes, with other characters escaped as in JSON.</summary>
    public static string? Of(string? value)
    {
        if (value is null || IsPlain(value)) return value;
        var text = new StringBuilder("\"");
        foreach (var c in value)
        {
            if (c is '"' or '\\') text.Append('\\').Append(c);
            else if (c is ' ' || (!char.IsControl(c) && !char.IsWhiteSpace(c) && !char.IsSurrogate(c))) text.Append(c);
            else text.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
        }
        return text.Append('"').ToString();
    }

    private static bool IsPlain(string value)
    {
        foreach (var c in value)
            if (c is <= ' ' or >= '\u007f' or '"') return false;
        return true;
    }
}
