using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Nano.Chat;
using static Nano.Tests.Reasoning.Turns;

namespace Nano.Tests.Reasoning;

/// <summary>Any turn that a provider may send.</summary>
public sealed class AnyTurnTests
{
    private static readonly Gen<ContentPart> AnyThought = Gen.OneOf(
        ArbMap.Default.ArbFor<NonNull<string>>().Generator.Zip(ArbMap.Default.ArbFor<NonEmptyArray<byte>>().Generator,
            (text, bytes) => (ContentPart)Thinking(Clean(text.Get), Convert.ToBase64String(bytes.Get))),
        ArbMap.Default.ArbFor<NonEmptyString>().Generator.Select(text => (ContentPart)Redacted(Clean(text.Get) + "x")));

    private static Gen<ContentPart[]> Few(int most) => Gen.Choose(0, most).SelectMany(n => AnyThought.ArrayOf(n));

    private static string Clean(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>Reasoning anywhere: before and after the text, between calls, at the end.</summary>
    private static readonly Gen<ContentPart[]> AnyTurn =
        from first in Few(3)
        from text in Gen.Elements(0, 1)
        from second in Few(2)
        from calls in Gen.Choose(1, 4)
        from between in Few(2).ListOf(calls)
        from last in Few(2)
        select (ContentPart[])
        [
            .. first, .. text == 1 ? [Text("said"), .. second] : Array.Empty<ContentPart>(),
            .. between.SelectMany((thoughts, i) => (ContentPart[])[.. i == 0 ? [] : thoughts, Call($"toolu_{i}", "look", i % 2 == 0 ? "Y2FsbHNpZw==" : null)]), .. last,
        ];

    [Fact]
    public void Any_turn_is_restored_unchanged() => Prop.ForAll(AnyTurn.ToArbitrary(), turn =>
    {
        var right = Lines(turn);
        var told = Told(Home, turn);
        Check(Opened(told), right, "");
        // State after the last call is in no id.
        var trailing = turn.Length - 1 - Array.FindLastIndex(turn, p => p is ToolCallPart);
        if (trailing == 0 || turn.Take(turn.Length - trailing).Any(p => p is ReasoningPart)) Check(Opened(IdsOnly(told)), right.Take(right.Count - trailing), "");
        return true;
    }).QuickCheckThrowOnFailure();
}
