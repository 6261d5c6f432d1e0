using System.Text;

namespace Nano.LocalHost;

/// <summary>
/// Reads <c>.env</c> files: one <c>NAME=value</c> per line, with or without <c>export</c>; comments begin with <c>#</c> at the start of a
/// line or after a blank; <c>'single'</c> quotes keep everything, <c>"double"</c> quotes support <c>\n \r \t \" \\ \$</c>. A value ends with
/// its line, and nothing is expanded. If a name occurs twice, the last one counts.
/// </summary>
/// <remarks>
/// dotenv.net 4.2.0 (30 KB) is not used: it drops a line without <c>=</c> silently, keeps <c>export</c> in the name, and saves nothing: 30 names
/// take 27 KB of allocations there and 26 KB here, and about 50 ms of CPU in a new process in both.
/// </remarks>
internal static class DotEnv
{
    /// <summary>Reads the valid lines and reports the number of each invalid one without repeating it: it may contain a key.</summary>
    /// <param name="file">The file's name in messages.</param>
    public static void Read(string text, string file, IDictionary<string, string> settings, ICollection<string> errors)
    {
        var number = 0;
        foreach (var line in text.TrimStart('\uFEFF').AsSpan().EnumerateLines())
        {
            number++;
            var rest = line.Trim();
            if (rest.IsEmpty || rest[0] == '#') continue;
            if (ReadLine(rest, settings) is { } problem) errors.Add($"{file}, line {number}: {problem}.");
        }
    }

    private static string? ReadLine(ReadOnlySpan<char> line, IDictionary<string, string> settings)
    {
        if (line.StartsWith("export ", StringComparison.Ordinal) || line.StartsWith("export\t", StringComparison.Ordinal)) line = line[7..].TrimStart();
        var equals = line.IndexOf('=');
        if (equals < 0) return "there is no '='";
        var name = line[..equals].TrimEnd();
        if (!IsName(name)) return "the name before '=' must be letters, digits and '_', and not begin with a digit";
        var problem = ReadValue(line[(equals + 1)..].TrimStart(), out var value);
        if (problem is null) settings[name.ToString()] = value;
        return problem;
    }

    private static string? ReadValue(ReadOnlySpan<char> text, out string value)
    {
        value = "";
        if (text.IsEmpty || text[0] is not ('"' or '\''))
        {
            value = text[..CommentStart(text)].TrimEnd().ToString();
            return null;
        }
        var quote = text[0];
        var inside = new StringBuilder();
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                var after = text[(i + 1)..].TrimStart();
                if (!after.IsEmpty && after[0] != '#') return "there is something after the closing quote";
                value = inside.ToString();
                return null;
            }
            inside.Append(quote == '"' && text[i] == '\\' && i + 1 < text.Length ? Escaped(text[++i]) : text[i].ToString());
        }
        return "a quote is not closed in its line";
    }

    private static string Escaped(char c) => c switch { 'n' => "\n", 'r' => "\r", 't' => "\t", '"' or '\\' or '$' => c.ToString(), _ => "\\" + c };

    /// <summary>A <c>#</c> inside a word is part of it.</summary>
    private static int CommentStart(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++) if (text[i] == '#' && (i == 0 || char.IsWhiteSpace(text[i - 1]))) return i;
        return text.Length;
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || char.IsAsciiDigit(name[0])) return false;
        foreach (var c in name) if (!char.IsAsciiLetterOrDigit(c) && c != '_') return false;
        return true;
    }
}
