using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Json;

namespace Nano.Tests.Dialects.OpenAIChat.Quirks;

/// <summary>Reasoning between tags, which a stream's chunks may split anywhere.</summary>
public sealed partial class ThinkTagsTests
{
    [Theory]
    [InlineData("<think>t</think>a", "t", "a")]
    [InlineData("<think>\\nt\\n</think>\\n\\na\\n", "t", "a\\n")]
    [InlineData("\\n <think>t</think>a", "t", "a")]
    [InlineData("<think>t", "t", "")]
    [InlineData("<think>t</thin", "t</thin", "")]
    [InlineData("<think>t\\n\\n", "t\\n\\n", "")]
    [InlineData("<think></think>a", "", "a")]
    [InlineData("<think>\\n\\n</think>\\n\\n", "", "")]
    [InlineData("<think>a < b \\\\n \\\"c\\\" <b></think>a </think>", "a < b \\\\n \\\"c\\\" <b>", "a </think>")]
    [InlineData("\\u003cthink\\u003Et\\u003c\\/think>a", "t", "a")]
    [InlineData("a <think>t</think>", "", "a <think>t</think>")]
    [InlineData("<thing", "", "<thing")]
    [InlineData("<thin", "", "<thin")]
    [InlineData("  ", "", "  ")]
    [InlineData("", "", "")]
    [InlineData("<think>\\ud83d</think>\\ude00", "\\ud83d", "\\ude00")]
    public void A_text_is_split(string text, string thought, string answer) => Parts([text]).ShouldBe((thought, answer));

    /// <summary>A template that opens the reasoning itself leaves only the closing tag, on a separate line; recognised only in whole responses.</summary>
    [Theory]
    [InlineData("t\\n</think>\\n\\na", "t", "a")]
    [InlineData("\\nt < u\\n\\nv\\n\\u003c/think\\u003e\\na", "\\nt < u\\n\\nv", "a")]
    [InlineData("t\\n</think>", "t", "")]
    // Text about the tag.
    [InlineData("Write </think> behind it.", "", "Write </think> behind it.")]
    [InlineData("So:\\n<think>t\\n</think>\\na", "", "So:\\n<think>t\\n</think>\\na")]
    [InlineData("a\\n</think> b", "", "a\\n</think> b")]
    public void A_whole_text_may_have_only_the_closing_tag(string text, string thought, string answer)
    {
        var (said, told, _) = new ThinkTags(isWhole: true).Split(new JsonText(Encoding.UTF8.GetBytes(text)), isLast: true);
        (Encoding.UTF8.GetString(said.Span), Encoding.UTF8.GetString(told.Span)).ShouldBe((thought, answer));
        Parts([text]).ShouldBe(("", text));
    }

    [Fact]
    public void Any_split_gives_the_same_result() =>
        Prop.ForAll<NonEmptyArray<byte>, NonEmptyArray<byte>>(SaysTheSame).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    private static bool SaysTheSame(NonEmptyArray<byte> seed, NonEmptyArray<byte> cuts)
    {
        string[] pieces = ["<think>", "</think>", "\\n", "a", "<", "th", " ", "\\u003c", "think>", "/", "\\\\", "é"];
        var text = (seed.Get[0] % 2 == 0 ? "<think>" : "") + string.Concat(seed.Get.Select(b => pieces[b % pieces.Length]));
        var at = cuts.Get.Select(cut => cut % (text.Length + 1)).Append(0).Append(text.Length).Distinct().Order().Where(cut => !IsInsideEscape(text, cut)).ToArray();
        var chunks = at.Zip(at.Skip(1), (from, to) => text[from..to]).ToArray();
        return Parts(chunks) == Parts([text]);
    }

    /// <summary>A valid JSON string does not end inside an escape.</summary>
    private static bool IsInsideEscape(string text, int cut) => Escape().Matches(text).Any(match => cut > match.Index && cut < match.Index + match.Length);

    private static (string Thought, string Answer) Parts(string[] chunks)
    {
        var tags = new ThinkTags();
        var (thoughts, answers) = (new StringBuilder(), new StringBuilder());
        foreach (var (i, chunk) in chunks.Index())
        {
            var (thought, answer, _) = tags.IsOver
                ? (default, new JsonText(Encoding.UTF8.GetBytes(chunk)), false)
                : tags.Split(new JsonText(Encoding.UTF8.GetBytes(chunk)), isLast: i == chunks.Length - 1);
            thoughts.Append(Encoding.UTF8.GetString(thought.Span));
            answers.Append(Encoding.UTF8.GetString(answer.Span));
        }
        return (thoughts.ToString(), answers.ToString());
    }

    [GeneratedRegex(@"\\(u[0-9a-fA-F]{4}|.)")]
    private static partial Regex Escape();
}
