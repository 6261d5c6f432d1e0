using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Testing;
using Nano.Testing.Oracle;
using static Nano.Tests.Dialects.Gemini.Testing;

namespace Nano.Tests.Dialects.Gemini;

/// <summary>Every recorded Gemini response, converted for a Chat caller, has the recording's content.</summary>
public sealed class ToChatTests
{
    private static readonly OpenAIChatDialect Chat = new();

    private static readonly ResponseContext Caller = Context with { StreamUsage = true };

    /// <summary>Responses that are failures; the gateway outside the dialect reports them as errors.</summary>
    private static readonly string[] Failures =
    [
        "vertexai-generatecontent-one-basic-1e1c58", // a response of another method: no candidates
        "vertexai-generatecontent-sse-basic-6199c1", // no response at all
        "vertexai-generatecontent-sse-basic-a89167", // ends without a reason
        "vertexai-generatecontent-sse-basic-2169d8", // a bare error object after the events
    ];

    [SkippableFact]
    public void Whole_responses()
    {
        WireCorpus.Require();
        Check(c => c.Sse is null, c =>
        {
            var response = Dialect.ReadResponse(c.ResponseBytes(), UsageRules.ReasoningApart);
            return StrictChat.ReadWhole(Bytes(Written(output => Chat.WriteResponse(response, Caller, output, new LossReport()))));
        });
    }

    [SkippableFact]
    public void Streams()
    {
        WireCorpus.Require();
        Check(c => c.Sse is not null, c =>
        {
            using var output = new JsonOutput();
            var reader = Dialect.CreateEventReader(UsageRules.ReasoningApart);
            var writer = Chat.CreateEventWriter(Caller, output, new LossReport());
            foreach (var data in Events(c.ResponseBytes(), 4096)) reader.Read(default, data, writer);
            reader.IsComplete.ShouldBeTrue(c.Id);
            writer.Complete();
            return StrictChat.ReadStream(output.WrittenSpan, usageAsked: true);
        });
    }

    private static void Check(Func<WireCase, bool> which, Func<WireCase, Answer> read)
    {
        var failures = new List<string>();
        var count = 0;
        foreach (var c in Cases.Where(c => c.Status == 200 && which(c) && !Failures.Contains(c.Id)))
        {
            count++;
            try
            {
                if (AnswerDifference.First(RecordedAnswer.Read(c), read(c)) is { } difference) failures.Add($"{c.Id}: {difference}");
            }
            catch (ChatFormException e)
            {
                failures.Add($"{c.Id}: {e.Message}");
            }
        }
        count.ShouldBeGreaterThan(35);
        failures.Count.ShouldBe(0, string.Join("\n", failures));
    }
}
