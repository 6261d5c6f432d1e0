namespace Nano.Tests.Requests;

internal static class Problems
{
    /// <summary>Fails with one line per problem, the case first.</summary>
    public static void ShouldBeNone(this IEnumerable<string?> problems)
    {
        var all = problems.Where(p => p is not null).ToArray();
        if (all.Length > 0) Assert.Fail($"{all.Length} problems:\n{string.Join('\n', all)}");
    }
}
