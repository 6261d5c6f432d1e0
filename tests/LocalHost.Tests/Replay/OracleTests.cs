using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>The reference reader itself: every recording is read, and the ones that count as errors are listed.</summary>
public class OracleTests
{
    // Recordings whose status is 200 but which are not responses.
    private static readonly string[] Errors =
    [
        "anthropic-messages-sse-partools-72800c",     // begun again in the middle of a call
        "azure-chat-one-basic-f8b8b8",                // the prompt was filtered: an error object
        "groq-chat-sse-tools-b6c429",                 // event: error
        "groq-chat-sse-tools-c6c808",                 // event: error
        "openai-responses-one-toolres-2cdbfc",        // queued, to be answered in the background
        "openai-responses-sse-basic-8cf63f",          // failed
        "openrouter-chat-one-think-637071",           // an error in the only choice, behind a part of its text
        "openrouter-chat-one-toolres-e16426",         // an error object
        "openrouter-chat-sse-think-9a0e69",           // a chunk with an error beside its choices
        "openrouter-chat-sse-tools-8068e7",           // an error before any choice
        "vertexai-generatecontent-one-basic-1e1c58",  // the response of another API
        "vertexai-generatecontent-sse-basic-2169d8",  // a bare error object after two good events
        "vertexai-generatecontent-sse-basic-6199c1",  // no response object at all
        "vertexai-generatecontent-sse-basic-a89167",  // no finish reason: broken off
    ];

    [SkippableFact]
    public void Every_recorded_response_is_read_and_only_the_known_ones_are_errors()
    {
        WireCorpus.Require();
        var cases = ReplayCases.All.ToArray();
        cases.Length.ShouldBe(624);
        cases.Where(c => RecordedAnswer.Read(c).IsError).Select(c => c.Id).Order(StringComparer.Ordinal).ShouldBe(Errors);
    }

    [SkippableFact]
    public void Every_good_response_has_a_choice_with_content_or_a_reason_for_none()
    {
        WireCorpus.Require();
        var empty =
            from wire in ReplayCases.All
            let answer = RecordedAnswer.Read(wire)
            where !answer.IsError && !answer.Choices.All(c => c.Text.Length + c.Reasoning.Length + c.Refusal.Length + c.ToolCalls.Count > 0 || c.Finish is not null)
            select wire.Id;
        empty.ShouldBeEmpty();
    }
}
