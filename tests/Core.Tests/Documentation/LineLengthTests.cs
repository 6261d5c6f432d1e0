using System.Text.RegularExpressions;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>
/// Lines of code have the maximum length in .editorconfig, which the compiler does not enforce. Texts that are one value (a message, a
/// JSON document) stay whole, so that a search finds them: long quoted texts are not counted.
/// </summary>
public partial class LineLengthTests
{
    private const int LongText = 60;

    private static readonly string[] Folders = ["src", "tests", "bench"];

    [Fact]
    public void No_line_of_code_is_longer_than_the_limit()
    {
        var limit = Limit();
        var found = Folders.Select(folder => Path.Combine(WireCorpus.RepositoryRoot, folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => TooLong(File.ReadAllText(file), limit)
                .Select(number => $"{Path.GetRelativePath(WireCorpus.RepositoryRoot, file)}:{number}"));
        found.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("CODE", 1)]
    [InlineData("    CODE // and a comment", 1)]
    [InlineData("/// CODE", 1)]
    [InlineData("Refuse(\"CODE\");", 0)]
    [InlineData("CODE(\"short\");", 1)]
    [InlineData("Refuse(\"CODE \\\"quoted\\\" CODE\");", 0)]
    [InlineData("Refuse(\"\"\"{\"member\":\"CODE\"}\"\"\");", 0)]
    [InlineData("Refuse(\"\"\"\n{\"member\": 1, CODE}\n\"\"\"); CODE", 1)]
    public void A_long_line_is_found_unless_a_long_text_makes_it_so(string code, int expected) =>
        TooLong(code.Replace("CODE", new string('x', 201), StringComparison.Ordinal), 200).Count().ShouldBe(expected);

    private static int Limit() =>
        int.Parse(MaxLineLength().Match(File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, ".editorconfig"))).Groups[1].Value,
        System.Globalization.CultureInfo.InvariantCulture);

    private static IEnumerable<int> TooLong(string code, int limit)
    {
        var withoutTexts = RawText().Replace(code, Shortened);
        withoutTexts = Text().Replace(withoutTexts, match => match.Length > LongText ? "\"\"" : match.Value);
        var number = 0;
        foreach (var line in withoutTexts.Split('\n'))
        {
            number++;
            if (line.TrimEnd('\r').Length > limit) yield return number;
        }
    }

    /// <summary>The line ends of a raw text, so that lines keep their numbers.</summary>
    private static string Shortened(Match match) => new('\n', match.Value.Count(c => c == '\n'));

    [GeneratedRegex(@"\[\*\.cs\][^\[]*?max_line_length = (\d+)", RegexOptions.Singleline)]
    private static partial Regex MaxLineLength();

    [GeneratedRegex("(\"{3,}).*?\\1", RegexOptions.Singleline)]
    private static partial Regex RawText();

    [GeneratedRegex("\"(?:\\\\.|[^\"\\\\\n])*\"")]
    private static partial Regex Text();
}
