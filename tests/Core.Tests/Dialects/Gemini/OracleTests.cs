using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Testing;
using Nano.Testing.Oracle;
using static Nano.Tests.Dialects.Gemini.Testing;

namespace Nano.Tests.Dialects.Gemini;

/// <summary>The readers' result equals that of an oracle, a reader of recordings that shares no code with the codecs.</summary>
public sealed class OracleTests
{
    /// <summary>Errors that the oracle reads outside of events.</summary>
    private static readonly string[] StrayErrors =
    [
        // A bare error object after the events: not an SSE field, so not an event (see the remark in GeminiOracle).
        "vertexai-generatecontent-sse-basic-2169d8",
    ];

    [SkippableFact]
    public void Whole_responses()
    {
        WireCorpus.Require();
        var failures = new List<string>();
        foreach (var c in Cases.Where(c => c.Status == 200 && c.Sse is null))
        {
            var expected = RecordedAnswer.Read(c);
            var response = Dialect.ReadResponse(c.ResponseBytes(), UsageRules.ReasoningApart);
            var actual = response.Choices.Count == 0 ? Answer.Failure("no choices") : new Answer
            {
                Choices = [.. response.Choices.Select(Choice)],
                Usage = Tokens(response.Usage),
            };
            if (AnswerDifference.First(expected, actual) is { } difference) failures.Add($"{c.Id}: {difference}");
        }
        failures.Count.ShouldBe(0, string.Join("\n", failures));
    }

    [SkippableFact]
    public void Streams()
    {
        WireCorpus.Require();
        var failures = new List<string>();
        foreach (var c in Cases.Where(c => c.Status == 200 && c.Sse is not null && !StrayErrors.Contains(c.Id)))
        {
            var expected = RecordedAnswer.Read(c);
            var log = Read(Events(c.ResponseBytes(), 1000));
            var actual = !log.IsComplete ? Answer.Failure("not complete") : new Answer
            {
                Choices =
                [
                    new AnswerChoice(0)
                    {
                        Text = Decode(log.Text.ToString()), Reasoning = Decode(log.Reasoning.ToString()), Finish = Word(log.Finishes[^1].Finish),
                        Images = log.Images, Sources = Urls(log.Citations),
                        ToolCalls = [.. log.Calls.Select(t => new AnswerToolCall(t.Id, t.Name, t.Arguments))],
                    },
                ],
                Usage = Tokens(log.Usage),
            };
            if (AnswerDifference.First(expected, actual) is { } difference) failures.Add($"{c.Id}: {difference}");
        }
        failures.Count.ShouldBe(0, string.Join("\n", failures));
    }

    [SkippableFact]
    public void The_tap_sees_what_the_readers_see()
    {
        WireCorpus.Require();
        foreach (var c in Cases.Where(c => c.Status == 200))
        {
            var tap = Dialect.CreateUsageTap(UsageRules.ReasoningApart);
            Usage? usage;
            FinishReason finish;
            if (c.Sse is null)
            {
                tap.OnBody(c.ResponseBytes());
                var response = Dialect.ReadResponse(c.ResponseBytes(), UsageRules.ReasoningApart);
                (usage, finish) = (response.Usage, response.Choices.Count > 0 ? response.Choices[0].Finish : FinishReason.None);
                tap.Model.ShouldBe(response.Model.IsPresent ? response.Model.ToString() : null, c.Id);
            }
            else
            {
                var events = Events(c.ResponseBytes(), 4096);
                var verdicts = events.Select(e => tap.OnEvent(default, e)).ToList();
                verdicts.ShouldNotContain(TapVerdict.UsageOnly, c.Id);
                var log = Read(events);
                (usage, finish) = (log.Usage, log.Finishes.Count > 0 ? log.Finishes[^1].Finish : FinishReason.None);
                tap.IsComplete.ShouldBe(log.IsComplete, c.Id);
            }
            tap.Error.ShouldBeNull(c.Id);
            tap.Usage.ShouldBe(usage is null ? null : usage with { Extras = null }, c.Id);
            if (c.Id != "gemini-generatecontent-one-basic-0a73cb") tap.Finish.ShouldBe(finish, c.Id);
        }
    }

    private static AnswerChoice Choice(ChatChoice choice) => new(choice.Index)
    {
        Text = string.Concat(choice.Message.Parts.OfType<TextPart>().Select(p => Decode(p.Text.ToString()))),
        Reasoning = string.Concat(choice.Message.Parts.OfType<ReasoningPart>().Select(p => Decode(p.Text.ToString()))),
        ToolCalls = [.. choice.Message.Parts.OfType<ToolCallPart>().Select(p =>
            new AnswerToolCall(p.Id.IsPresent ? p.Id.ToString() : null, p.Name.ToString(), p.Arguments.Json.IsPresent ? p.Arguments.Json.ToString() : "{}"))],
        Images = [.. choice.Message.Parts.OfType<MediaPart>().Where(m => m.Kind == MediaKind.Image).Select(m => m.Source.Data.ToString())],
        Sources = Urls(choice.Message.Parts.OfType<TextPart>().SelectMany(p => p.Citations ?? [])),
        Finish = Word(choice.Finish),
    };

    private static HashSet<string> Urls(IEnumerable<Citation> citations) => [.. citations.Where(c => c.Url.HasValue).Select(c => c.Url.ToString())];

    /// <summary>Text with a lone surrogate's escape is compared in its decoded form.</summary>
    private static string Decode(string text) => text.Contains("\\ud", StringComparison.OrdinalIgnoreCase)
        ? JsonSerializer.Deserialize<string>(Encoding.UTF8.GetBytes($"\"{text}\""))! : text;

    private static AnswerUsage? Tokens(Usage? usage) => usage is null ? null : new AnswerUsage
    {
        Prompt = usage.InputTokens, Completion = usage.OutputTokens, Cached = usage.CacheReadTokens, CacheWritten = usage.CacheWriteTokens, Reasoning = usage.ReasoningTokens,
    };

    private static string? Word(FinishReason finish) => finish switch
    {
        FinishReason.None => null,
        FinishReason.Length => "length",
        FinishReason.ToolCalls => "tool_calls",
        FinishReason.ContentFilter => "content_filter",
        _ => "stop",
    };
}
