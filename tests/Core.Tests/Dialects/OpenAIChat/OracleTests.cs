using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIResponses;
using Nano.Json;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Tests.Streaming;

namespace Nano.Tests.Dialects.OpenAIChat;

/// <summary>The codecs' results equal those of oracles, readers that share no code with them.</summary>
public sealed class OracleTests
{
    /// <summary>Where codec and oracle may differ, and why.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["openai-chat-one-srvtools-bc2591"] = "a custom tool's call is opaque here and a call in the oracle",
        ["snowflake-chat-sse-logprobs-f02d2e"] = "its reasoning stands in reasoning_details only, which the oracle does not read",
        ["anthropic-messages-sse-partools-72800c"] = "two answers in one stream: an error here (tests of AnthropicMessages)",
        ["vertexai-generatecontent-sse-basic-2169d8"] = "its error stands on lines that are no SSE fields, which a reader of events never sees",
        ["vertexai-generatecontent-one-basic-1e1c58"] = "neither candidates nor feedback: what that means is the Gemini reader's to say",
    };

    [SkippableFact]
    public void Whole_responses_equal_the_recordings()
    {
        WireCorpus.Require();
        Hold(ChatCases.Whole, 145, c =>
            Compare(c, AnswerLog.Of(ChatCases.Dialect.ReadResponse(c.ResponseBytes(), ChatCases.RulesOf(c)))));
    }

    [SkippableFact]
    public void Streams_equal_the_recordings()
    {
        WireCorpus.Require();
        Hold(ChatCases.Streams, 142, c =>
        {
            var expected = RecordedAnswer.Read(c);
            var log = AnswerLog.Of(c.ResponseBytes(), int.MaxValue, ChatCases.RulesOf(c), out var reader);
            if (reader.IsComplete == expected.IsError) return $"complete {reader.IsComplete}, but {expected.Error ?? "no error"}";
            return reader.IsComplete ? Compare(c, log.Build()) : null;
        });
    }

    [SkippableTheory]
    [InlineData("messages", 30)]
    [InlineData("generateContent", 40)]
    [InlineData("responses", 50)]
    public void Responses_of_other_dialects_become_strict_Chat(string api, int atLeast)
    {
        WireCorpus.Require();
        var (dialect, rules) = Source(api);
        var cases = WireCorpus.Of(api).Where(c => c.Status == 200 && c.Sse is null && c.ResponseBody.ValueKind == System.Text.Json.JsonValueKind.Object);
        Hold(cases, atLeast, c =>
        {
            var expected = RecordedAnswer.Read(c);
            var response = dialect.ReadResponse(c.ResponseBytes(), rules);
            if (response.Error is not null || expected.IsError)
                return (response.Error is not null) == expected.IsError ? null : $"error {response.Error}, expected {expected.Error}";
            return AnswerDifference.First(expected, StrictChat.ReadWhole(ChatCases.WriteResponse(response, new LossReport())));
        });
    }

    [SkippableTheory]
    [InlineData("messages", true, 47)]
    [InlineData("messages", false, 47)]
    [InlineData("generateContent", true, 40)]
    [InlineData("generateContent", false, 40)]
    [InlineData("responses", true, 64)]
    [InlineData("responses", false, 64)]
    public void Streams_of_other_dialects_become_strict_Chat(string api, bool usageAsked, int atLeast)
    {
        WireCorpus.Require();
        var (dialect, rules) = Source(api);
        Hold(WireCorpus.Of(api).Where(c => c.Sse is not null && c.Status == 200), atLeast, c =>
        {
            var expected = RecordedAnswer.Read(c);
            using var output = new JsonOutput();
            var reader = dialect.CreateEventReader(rules);
            var sink = new ErrorWatch(ChatCases.Dialect.CreateEventWriter(ChatCases.Context with { StreamUsage = usageAsked }, output, new LossReport()));
            SsePieces.Read(c.ResponseBytes(), 1000, e =>
            {
                if (e.HasData && !sink.Failed) reader.Read(e.Type, e.Data, sink);
            });
            if (!reader.IsComplete || sink.Failed) return expected.IsError ? null : $"incomplete, but expected {expected.Choices.Count} choices";
            if (expected.IsError) return $"complete, but expected the error {expected.Error}";
            sink.Writer.Complete();
            var actual = StrictChat.ReadStream(output.WrittenSpan, usageAsked);
            return AnswerDifference.First(usageAsked ? expected : expected with { Usage = null }, actual);
        });
    }

    private static void Hold(IEnumerable<WireCase> cases, int atLeast, Func<WireCase, string?> check) =>
        ChatCases.ShouldHold(cases.Where(c => !Exceptions.ContainsKey(c.Id)), atLeast, check);

    private static (IDialect, UsageRules) Source(string api) =>
        api switch
        {
            "messages" => (new AnthropicMessagesDialect(), UsageRules.Anthropic),
            "responses" => (new OpenAIResponsesDialect(), UsageRules.OpenAI),
            _ => (new GeminiDialect(), UsageRules.ReasoningApart),
        };

    private static string? Compare(WireCase c, Answer actual)
    {
        var expected = RecordedAnswer.Read(c);
        if (!expected.IsError)
            expected = expected with { Usage = null, Choices = [.. expected.Choices.Select(x => x with { Finish = null })] };
        return AnswerDifference.First(expected, actual);
    }

    /// <summary>Acts as the relay, which handles errors itself.</summary>
    private sealed class ErrorWatch(IEventWriter writer) : IChatEventSink
    {
        public IEventWriter Writer => writer;

        public bool Failed { get; private set; }

        public void BeginFrame(in ChatFrame frame) => writer.BeginFrame(frame);

        public void EndFrame() => writer.EndFrame();

        public void On(in ChatEvent item)
        {
            if (item.Kind == ChatEventKind.Error) Failed = true;
            else writer.On(item);
        }
    }
}
