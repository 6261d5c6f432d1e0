using System.Text;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>Compares a list in a document with the code. A failure names the lines to add and to remove. With WRITE_DOCS=1 lists are regenerated instead.</summary>
internal static class DocumentedLines
{
    private static bool IsWriting => Environment.GetEnvironmentVariable("WRITE_DOCS") == "1";

    /// <summary>The rows of the table that begins with a title row.</summary>
    public static void ShouldHaveRows(string file, string title, IReadOnlyList<string> expected)
    {
        var lines = ReadLines(file);
        var first = lines.IndexOf(title) + 2;
        first.ShouldBeGreaterThan(1, $"{file} has no table with the title row {title}");
        var found = lines.Skip(first).TakeWhile(line => line.StartsWith('|')).ToList();
        if (IsWriting) Write(file, [.. lines.Take(first), .. expected, .. lines.Skip(first + found.Count)]);
        else found.ShouldHaveExactly(expected, $"{file}, its table {title},");
    }

    /// <summary>A whole file, below its first lines.</summary>
    public static void ShouldHaveLines(string file, int skip, IReadOnlyList<string> expected)
    {
        var lines = ReadLines(file);
        if (IsWriting) Write(file, [.. lines.Take(skip), .. expected]);
        else lines.Skip(skip).ToList().ShouldHaveExactly(expected, file);
    }

    private static List<string> ReadLines(string file) => [.. File.ReadAllLines(Path.Combine(WireCorpus.RepositoryRoot, file))];

    private static void Write(string file, IEnumerable<string> lines) => File.WriteAllText(Path.Combine(WireCorpus.RepositoryRoot, file), string.Join('\n', lines) + "\n");

    /// <param name="where">The file, and the position in it.</param>
    public static void ShouldHaveExactly(this IReadOnlyList<string> found, IReadOnlyList<string> expected, string where)
    {
        if (found.SequenceEqual(expected)) return;
        var message = new StringBuilder($"{where} differs from the code. To regenerate it, run this test once with WRITE_DOCS=1 in the environment.");
        var missing = expected.Except(found).ToList();
        foreach (var line in missing)
        {
            // The nearest preceding line that is in the document gives the position.
            var above = expected.Take(expected.ToList().IndexOf(line)).LastOrDefault(other => other.Length > 0 && found.Contains(other));
            message.Append($"\nAdd{(above is null ? " at the beginning" : $" below \"{above}\"")}: {line}");
        }
        var excess = found.Except(expected).ToList();
        foreach (var line in excess) message.Append($"\nRemove: {line}");
        if (missing.Count + excess.Count == 0) message.Append($"\nIts lines are in another order, or blank ones differ. Expected:\n{string.Join('\n', expected)}");
        throw new ShouldAssertException(message.ToString());
    }
}
