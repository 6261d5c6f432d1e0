using System.Text.Json;
using Nano.Testing;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>Oddities of recorded requests, by their codes in wire/INDEX.md, converted to another dialect.</summary>
public sealed class RecordedRequestOddityTests
{
    private static IEnumerable<WireCase> Requests(IEnumerable<WireCase> cases, string code) => cases.Where(c => c.Api == "chat" && c.HasRequest && c.Oddities.Contains(code));

    /// <summary>Anthropic and Gemini refuse an empty text: it is dropped, and the parts beside it are kept.</summary>
    [SkippableTheory]
    [InlineData("req_empty_content", 20)]
    [InlineData("req_assistant_content_null", 8)]
    public void A_turn_without_text_sends_none(string code, int atLeast)
    {
        WireCorpus.Require();
        var cases = Requests(WireCorpus.All, code).ToList();
        cases.Count.ShouldBeGreaterThanOrEqualTo(atLeast);
        ProblemsOf(cases.Where(c => !RefusedRequests.Reasons.ContainsKey(c.Id))).ShouldBeNone();
    }

    /// <summary>The cases of tests/Corpus, which every clone has.</summary>
    [Theory]
    [InlineData("req_empty_content")]
    [InlineData("req_assistant_content_null")]
    public void A_turn_without_text_of_an_own_case_sends_none(string code)
    {
        var cases = Requests(OwnCorpus.All, code).ToList();
        cases.ShouldNotBeEmpty();
        ProblemsOf(cases).ShouldBeNone();
    }

    private static List<string> ProblemsOf(IEnumerable<WireCase> cases)
    {
        var problems = new List<string>();
        foreach (var wire in cases)
        {
            foreach (var target in new[] { new Target("anthropic-messages", "claude-of-tomorrow"), new Target("gemini", "gemini-of-tomorrow") })
            {
                var made = Conversion.Run("openai-chat", wire.RequestBytes(), target);
                if (made.Error is not null) problems.Add($"{wire.Id}: refused: {made.Error.Message}");
                else if (Texts(made.Body).Any(text => text.Length == 0)) problems.Add($"{wire.Id}: {target.Dialect} gets an empty text");
                else if (Calls(made.Body, target) != wire.RequestBody.Elements("messages").Sum(turn => turn.Elements("tool_calls").Count()))
                    problems.Add($"{wire.Id}: {target.Dialect} gets {Calls(made.Body, target)} calls");
            }
        }
        return problems;
    }

    /// <summary>Texts of the model's turns. (Gemini requires a user turn before a call; one with empty text is enough: mistral-chat-one-schema-ceb67a.)</summary>
    private static IEnumerable<string> Texts(JsonElement body) => Turns(body).Where(turn => turn.Text("role") is "assistant" or "model").SelectMany(Blocks)
        .Select(block => block.Text("text")).OfType<string>();

    private static int Calls(JsonElement body, Target target) =>
        Turns(body).SelectMany(Blocks).Count(block => target.Dialect == "gemini" ? block.Given("functionCall") is not null : block.Text("type") == "tool_use");

    private static IEnumerable<JsonElement> Turns(JsonElement body) => body.Elements("messages").Concat(body.Elements("contents"));

    private static IEnumerable<JsonElement> Blocks(JsonElement turn) => turn.Elements("content").Concat(turn.Elements("parts"));
}
