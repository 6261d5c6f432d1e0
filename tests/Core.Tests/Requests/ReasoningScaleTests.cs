using System.Text;

namespace Nano.Tests.Requests;

/// <summary>A higher requested effort never becomes a lower one, on any model.</summary>
public sealed class ReasoningScaleTests
{
    private static readonly string[] Words = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Effort_increases_with_the_requested_level(string dialect, string model)
    {
        var sent = Words.Select(word => (word, strength: Strength(word, new Target(dialect, model)))).ToArray();
        for (var i = 1; i < sent.Length; i++)
            if (sent[i].strength is { } more && sent[..i].Select(s => s.strength).Max() is { } less)
                more.ShouldBeGreaterThanOrEqualTo(less, $"{sent[i].word} against {string.Join(", ", sent[..i])}");
        if (new Target(dialect, model).Traits?.Reasons != false) sent.Count(s => s.strength is not null).ShouldBeGreaterThan(0);
    }

    public static TheoryData<string, string> Targets => Target.Table();

    /// <summary>A rank of the written effort; null if none was written.</summary>
    private static double? Strength(string word, Target target)
    {
        var chat = $$"""{"model":"m","max_tokens":60000,"reasoning_effort":"{{word}}","messages":[{"role":"user","content":"q"}]}""";
        var made = Conversion.Run("openai-chat", Encoding.UTF8.GetBytes(chat), target);
        var reasoning = Conversion.Read(target.Dialect, made.Body).Reasoning;
        if (reasoning is null) return null;
        if (reasoning.IsOff) return 0;
        return reasoning.Effort is { } effort ? Array.IndexOf(Words, effort) : reasoning.Budget / 1e6;
    }
}
