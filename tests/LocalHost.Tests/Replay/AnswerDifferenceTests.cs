using Nano.Testing.Oracle;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>The comparison itself: it detects every difference that counts and no others.</summary>
public class AnswerDifferenceTests
{
    private static readonly AnswerChoice Choice = new(0)
    {
        Text = "text", Reasoning = "thought", Refusal = "no", Finish = "tool_calls",
        Sources = new HashSet<string> { "u" }, Images = ["eA=="],
        ToolCalls = [new AnswerToolCall("id", "f", """{"a":1.0,"b":[]}""")],
    };

    private static readonly AnswerUsage Usage = new() { Prompt = 3, Completion = 2, Cached = 1, CacheWritten = null, Reasoning = 0 };

    private static readonly Answer Answer = new() { Choices = [Choice], Usage = Usage };

    public static TheoryData<string, Answer> Different => new()
    {
        { "became an error", Answer.Failure("x") },
        { "1 choices became 2", Answer with { Choices = [Choice, Choice] } },
        { "text", Answer with { Choices = [Choice with { Text = "texd" }] } },
        { "reasoning", Answer with { Choices = [Choice with { Reasoning = "" }] } },
        { "refusal", Answer with { Choices = [Choice with { Refusal = "yes" }] } },
        { "finish", Answer with { Choices = [Choice with { Finish = "stop" }] } },
        { "index", Answer with { Choices = [Choice with { Index = 1 }] } },
        { "tool calls", Answer with { Choices = [Choice with { ToolCalls = [] }] } },
        { "name", Answer with { Choices = [Choice with { ToolCalls = [new AnswerToolCall("id", "g", "{}")] }] } },
        { "arguments", Answer with { Choices = [Choice with { ToolCalls = [new AnswerToolCall("id", "f", """{"a":2,"b":[]}""")] }] } },
        { "source u is lost", Answer with { Choices = [Choice with { Sources = new HashSet<string>() }] } },
        { "source v was added", Answer with { Choices = [Choice with { Sources = new HashSet<string> { "u", "v" } }] } },
        { "images", Answer with { Choices = [Choice with { Images = ["eQ=="] }] } },
        { "usage is missing", Answer with { Usage = null } },
        { "usage prompt", Answer with { Usage = Usage with { Prompt = 4 } } },
        { "usage completion", Answer with { Usage = Usage with { Completion = null } } },
        { "usage cached", Answer with { Usage = Usage with { Cached = null } } },
        { "usage cache written", Answer with { Usage = Usage with { CacheWritten = 9 } } },
        { "usage reasoning", Answer with { Usage = Usage with { Reasoning = null } } },
    };

    [Theory]
    [MemberData(nameof(Different))]
    public void A_difference_is_named(string named, Answer actual) =>
        AnswerDifference.First(Answer, actual).ShouldNotBeNull().ShouldContain(named);

    [Fact]
    public void Arguments_compare_as_values_and_ids_do_not_count() =>
        AnswerDifference.First(Answer, Answer with { Choices = [Choice with { ToolCalls = [new AnswerToolCall("other", "f", """{"b": [], "a": 1}""")] }] }).ShouldBeNull();

    [Fact]
    public void An_error_that_became_clean_is_named() =>
        AnswerDifference.First(Answer.Failure("cut off"), Answer).ShouldNotBeNull().ShouldContain("cut off");

    [Fact]
    public void Invented_usage_is_named() =>
        AnswerDifference.First(Answer with { Usage = null }, Answer).ShouldNotBeNull().ShouldContain("invented");
}
