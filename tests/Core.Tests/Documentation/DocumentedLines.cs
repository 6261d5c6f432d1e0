using System.Text;

namespace Nano.Tests.Documentation;

/// <summary>Holds a list in a document to the code. A failure names what to add and to remove, and not the two lists.</summary>
internal static class DocumentedLines
{
    /// <param name="where">The file, and the place in it.</param>
    public static void ShouldHaveExactly(this IReadOnlyList<string> found, IReadOnlyList<string> expected, string where)
    {
        if (found.SequenceEqual(expected)) return;
        var message = new StringBuilder($"{where} differs from the code.");
        var missing = expected.Except(found).ToList();
        foreach (var line in missing)
        {
            // The nearest line above that is already there says where.
            var above = expected.Take(expected.ToList().IndexOf(line)).LastOrDefault(other => other.Length > 0 && found.Contains(other));
            message.Append($"\nAdd{(above is null ? " at the beginning" : $" below \"{above}\"")}: {line}");
        }
        var excess = found.Except(expected).ToList();
        foreach (var line in excess) message.Append($"\nRemove: {line}");
        if (missing.Count + excess.Count == 0) message.Append($"\nIts lines are in another order, or blank ones differ. Expected:\n{string.Join('\n', expected)}");
        throw new ShouldAssertException(message.ToString());
    }
}
