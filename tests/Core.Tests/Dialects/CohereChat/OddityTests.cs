using Nano.Pipeline;
using Nano.Testing;
using Nano.Testing.Requests;
using static Nano.Tests.Dialects.CohereChat.Testing;

namespace Nano.Tests.Dialects.CohereChat;

/// <summary>The oddities of Cohere's traffic listed in INDEX.md: each recording that has one is read with the expected result.</summary>
public sealed class OddityTests
{
    private static readonly Dictionary<string, Action<WireCase>> Tests = new()
    {
        ["cohere_finish:STOP_SEQUENCE"] = c => Choice(c).Text("finish_reason").ShouldBe("stop", c.Id),
        ["cohere_thinking_content"] = c => Reasoning(c).ShouldNotBeEmpty(c.Id),
        // One of them was forced to call, and its text is null.
        ["cohere_message_without_content"] = c => Choice(c).Text("finish_reason").ShouldBe("tool_calls", c.Id),
        ["cohere_null_arguments"] = c => Message(c).Elements("tool_calls").Single().Member("function")!.Value.Text("arguments").ShouldBe("{}", c.Id),
        ["cohere_tool_plan"] = ThePlanIsText,
        ["cohere_tool_plan_delta"] = ThePlanIsText,
        ["cohere_event:tool-plan-delta"] = ThePlanIsText,
        // Read to its end, with or without the marker.
        ["done_in_typed_stream"] = c =>
        {
            c.Sse!.ShouldContain("[DONE]");
            var text = Stream(c.ResponseBytes()).Text;
            text.ShouldEndWith("data: [DONE]\n\n", customMessage: c.Id);
            text.Split("[DONE]").Length.ShouldBe(2, c.Id);
        },
        ["cohere_citation_events"] = Cited,
        ["cohere_event:citation-start"] = Cited,
        ["cohere_event:citation-end"] = Cited,
        ["cohere_event:tool-call-start"] = Called,
        ["cohere_event:tool-call-delta"] = Called,
        ["cohere_event:tool-call-end"] = Called,
        ["error_without_error_key:message"] = c => Dialect.ReadError(c.ResponseBytes()).Message.ShouldBe(c.ResponseBody.Text("message"), c.Id),
        // Also accepted unchanged from a caller of Chat.
        ["req_assistant_content_null"] = c => Request("\"messages\":" + c.RequestBody.Member("messages")!.Value.GetRawText()).Body.Elements("messages")
            .Single(m => m.Text("role") == "assistant").Elements("tool_calls").Count().ShouldBe(2, c.Id),
    };

    [SkippableFact]
    public void Every_code_has_its_test_and_every_recording_passes_it()
    {
        WireCorpus.Require();
        var seen = new HashSet<string>();
        foreach (var wire in WireCorpus.Of("chat_v2"))
            foreach (var oddity in wire.Oddities)
            {
                seen.Add(oddity);
                Tests.ShouldContainKey(oddity, wire.Id);
                Tests[oddity](wire);
            }
        Tests.Keys.Except(seen).ShouldBeEmpty("no recording has these");
    }

    /// <summary>The message of a recorded error, and its type if it has one.</summary>
    [SkippableFact]
    public void An_error_keeps_its_type()
    {
        WireCorpus.Require();
        Dialect.ReadError(WireCorpus.Get("cohere-chatv2-one-error-1a6bd2").ResponseBytes()).Type.ShouldBe("TOO_MANY_TOKENS");
    }

    private static void ThePlanIsText(WireCase wire)
    {
        var plan = wire.Sse is null ? wire.ResponseBody.Member("message")!.Value.Text("tool_plan")! : string.Concat(Deltas(wire).Select(m => m.Text("tool_plan")));
        var text = wire.Sse is null ? Message(wire).Text("content") ?? "" : Stream(wire.ResponseBytes()).Said("content");
        text.ShouldStartWith(plan, customMessage: wire.Id);
    }

    private static void Cited(WireCase wire)
    {
        var stream = Stream(wire.ResponseBytes());
        stream.Deltas("annotations").ShouldNotBeEmpty(wire.Id);
        // A tool's result has more members than an annotation.
        stream.Losses.ToString().ShouldBeOneOf("", "dropped=content.sources.tool_output");
    }

    private static void Called(WireCase wire)
    {
        var stream = Stream(wire.ResponseBytes());
        var calls = Deltas(wire).Select(m => m.Member("tool_calls")).Count(c => c?.Text("id") is not null);
        for (var i = 0; i < calls; i++) JsonQuestions.TryParse(stream.Arguments(i)).ShouldNotBeNull($"{wire.Id}: {stream.Arguments(i)}").IsObject().ShouldBeTrue(wire.Id);
        calls.ShouldBeGreaterThan(0);
    }

    private static IEnumerable<System.Text.Json.JsonElement> Deltas(WireCase wire) =>
        from line in wire.Sse!.Split('\n')
        where line.StartsWith("data: {", StringComparison.Ordinal)
        select JsonQuestions.TryParse(line[6..])!.Value.Member("delta")?.Member("message") into message
        where message is not null
        select message.Value;

    private static System.Text.Json.JsonElement Choice(WireCase wire) => Whole(System.Text.Encoding.UTF8.GetString(wire.ResponseBytes())).Body.Elements("choices").Single();

    private static System.Text.Json.JsonElement Message(WireCase wire) => Choice(wire).Member("message")!.Value;

    private static string Reasoning(WireCase wire) => wire.Sse is null ? Message(wire).Text("reasoning_content") ?? "" : Stream(wire.ResponseBytes()).Said("reasoning_content");
}
