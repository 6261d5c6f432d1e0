using System.Text.RegularExpressions;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>Documents, comments, messages and test names use the glossary of docs/architecture.md and plain technical English: phrases to avoid, each with what to write.</summary>
public partial class LanguageTests
{
    /// <summary>Case-insensitive patterns, and what to write instead.</summary>
    private static readonly (string Phrase, string Instead)[] Phrases =
    [
        (@"front doors?", "inbound API"),
        (@"lanes?", "passthrough"),
        (@"speaks? of", "contains, reports"),
        (@"leftovers?", "extra, extras"),
        (@"nobody", "the caller, no caller, no one"),
        (@"somebody", "a client, a user, someone"),
        (@"whoever", "the caller, anyone who"),
        (@"what is not there", "what is missing"),
        (@"(?:is|are) not there", "is missing, does not exist"),
        (@"(?:stands?|stood) (?:in|at|beside|between|behind|before|after|where|under|above|there|here|inside|outside|whole)", "is, appears"),
        (@"thoughts", "reasoning"),
        (@"(?:an|the|whole|its|no|every|each|of|streamed) answers?", "response"),
        (@"word (?:by|for) word", "verbatim"),
        (@"travels?", "is sent, is forwarded"),
        (@"lost on the way", "dropped"),
        (@"dies by itself", "expires automatically"),
        (@"makes no sense", "is not valid"),
        (@"(?:is|are|was|were|been|be) told", "receives, is sent, is reported"),
        (@"(?<!there )(?<!or )(?:is|are|was|were) no (?!longer|more|such|way|need|reason|fault|other|effect|one\b)\w+", "is not a, does not count as a"),
        (@"(?:does|did|do|will) not answer", "does not respond"),
        (@"(?<!documentation )(?<!table )(?<!page )says (?:so|otherwise|that|what|why|how)", "reports, names"),
        (@"no one waits", "no request waits, without waiting"),
    ];

    private static readonly string[] Folders = ["src", "tests", "bench", "infra", "scripts", "docs", "findings", ".github", ".devcontainer"];

    public static TheoryData<string> Names => [.. Phrases.Select(phrase => phrase.Phrase)];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_text_uses(string phrase)
    {
        var (_, instead) = Phrases.Single(entry => entry.Phrase == phrase);
        var pattern = new Regex($@"(?<![\w-]){phrase}(?![\w-])", RegexOptions.IgnoreCase);
        var found = Texts.Value.Where(line => pattern.IsMatch(line.Text)).Select(line => $"{line.File}:{line.Number}: {line.Text.Trim()}").ToList();
        found.ShouldBeEmpty($"write '{instead}'");
    }

    [Theory]
    [InlineData("a.cs", "/// <summary>At the front door.</summary>", "At the front door.")]
    [InlineData("a.cs", "var x = 1; // the front door", "the front door")]
    [InlineData("a.cs", "/// The member <c>thoughts</c>.", "The member .")]
    [InlineData("a.cs", "throw new Error(\"The front door is shut.\");", "The front door is shut.")]
    [InlineData("src/a.js", "h('p', { title: 'Front doors' }, `No ${name} is told.`)", "Front doors No ${name} is told.")]
    [InlineData("src/a.html", "<p title=\"At the door\">Whoever <b>is</b> told</p>", "At the door  Whoever  is  told")]
    [InlineData("infra/a.bicep", "@description('Who is told.')", "Who is told.")]
    [InlineData("scripts/a.sh", "fail \"$name is told\"", "$name is told")]
    [InlineData("tests/a.mjs", "test('a caller is told', async () => {", "a caller is told")]
    [InlineData("tests/a.mjs", "assert.equal(text, 'Who is told.');", "")]
    [InlineData("a.cs", "var text = \"answer\";", "")]
    [InlineData("a.md", "The `thoughts` of a front door", "The  of a front door")]
    [InlineData("a.sh", "# the front door", "the front door")]
    [InlineData("tests/a.cs", "    public async Task A_caller_is_told(int n)", "A caller is told")]
    [InlineData("tests/a.cs", "    public void Is_told<T>() => Call();", "Is told")]
    [InlineData("tests/a.cs", "    Caller_is_told(\"Who is told.\");", "")]
    public void A_text_is_what_people_read(string file, string line, string expected) => TextOf(file, line).Trim().ShouldBe(expected);

    private static readonly Lazy<List<(string File, int Number, string Text)>> Texts = new(() => [.. Files().SelectMany(Lines)]);

    private static IEnumerable<string> Files() => Folders.Select(folder => Path.Combine(WireCorpus.RepositoryRoot, folder)).Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        .Concat(Directory.EnumerateFiles(WireCorpus.RepositoryRoot, "*.md"))
        .Select(file => Path.GetRelativePath(WireCorpus.RepositoryRoot, file).Replace('\\', '/'))
        .Where(file => Path.GetExtension(file) is ".cs" or ".js" or ".mjs" or ".css" or ".html" or ".bicep" or ".sh" or ".yml" or ".md"
            && !Generated().IsMatch(file) && !file.EndsWith("/LanguageTests.cs", StringComparison.Ordinal));

    private static IEnumerable<(string File, int Number, string Text)> Lines(string file)
    {
        var isCode = false;
        var number = 0;
        foreach (var line in File.ReadLines(Path.Combine(WireCorpus.RepositoryRoot, file)))
        {
            number++;
            if (file.EndsWith(".md", StringComparison.Ordinal) && line.StartsWith("```", StringComparison.Ordinal)) isCode = !isCode;
            else if (!isCode && TextOf(file, line) is { Length: > 0 } text) yield return (file, number, text);
        }
    }

    /// <summary>The part of a line that people read: prose, a comment, the name of a test, or (outside of tests) a message. Other names in code are left out.</summary>
    private static string TextOf(string file, string line)
    {
        if (file.EndsWith(".md", StringComparison.Ordinal)) return Code().Replace(line, "");
        var comment = (file.EndsWith(".sh", StringComparison.Ordinal) || file.EndsWith(".yml", StringComparison.Ordinal) ? Hash() : Slashes()).Match(line);
        if (comment.Success) return Code().Replace(comment.Groups[1].Value + comment.Groups[2].Value, "");
        if (file.StartsWith("tests/", StringComparison.Ordinal))
            return Path.GetExtension(file) == ".cs" ? TestName().Match(line).Groups[1].Value.Replace('_', ' ') : NodeTestName().Match(line).Groups[1].Value;
        if (Path.GetExtension(file) == ".html") return Joined(AttributeText().Matches(line)) + ' ' + Tag().Replace(line, " ");
        return Joined((Path.GetExtension(file) switch { ".sh" => ShellMessage(), ".cs" => Message(), _ => ScriptMessage() }).Matches(line));
    }

    private static string Joined(MatchCollection matches) => string.Join(' ', matches.Select(match => match.Groups.Values.Last(group => group.Success).Value));

    [GeneratedRegex("(?:^|/)(?:bin|obj|node_modules|snapshots|artifacts)/")]
    private static partial Regex Generated();

    [GeneratedRegex("<c>.*?</c>|<[^>]+>|`[^`]*`|\"[^\"]*\"|https?://\\S+")]
    private static partial Regex Code();

    [GeneratedRegex("^\\s*(?:///?|/?\\*+)(.*)$|^.*[;,{}()\\]] // (.*)$")]
    private static partial Regex Slashes();

    [GeneratedRegex("^\\s*#(.*)$")]
    private static partial Regex Hash();

    /// <summary>A string that is a sentence, not a name.</summary>
    [GeneratedRegex("\"([A-Z][^\"]* [^\"]*)\"")]
    private static partial Regex Message();

    /// <summary>The same between single quotes or backticks, in the panel's modules and in Bicep.</summary>
    [GeneratedRegex("'([A-Z][^']* [^']*)'|`([A-Z][^`]* [^`]*)`")]
    private static partial Regex ScriptMessage();

    [GeneratedRegex("\"([^\"]* [^\"]*)\"")]
    private static partial Regex ShellMessage();

    [GeneratedRegex("=\"([A-Z][^\"]* [^\"]*)\"")]
    private static partial Regex AttributeText();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex("^\\s*(?:test|describe|it)\\('([^']*)'")]
    private static partial Regex NodeTestName();

    /// <summary>The name of a test, which is a sentence with underscores.</summary>
    [GeneratedRegex("^\\s*public [^(]*?\\b(\\w+_\\w+)[(<]")]
    private static partial Regex TestName();
}
