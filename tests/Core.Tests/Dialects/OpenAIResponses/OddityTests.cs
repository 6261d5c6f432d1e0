using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nano.Chat;
using Nano.Dialects;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.Tests.Dialects.OpenAIResponses;

/// <summary>
/// The oddities of Responses listed in INDEX.md (OpenAI, Azure, xAI, DeepSeek, Bedrock, Copilot, ChatGPT), by code: each has an
/// expectation here that every recording with it must meet.
/// </summary>
public sealed class OddityTests
{
    private static readonly string[] Providers = ["openai", "azure", "xai", "deepseek", "bedrock", "copilot", "chatgpt"];

    /// <summary>Items that only Responses has: they stay whole and are reported.</summary>
    private static readonly string[] OwnItems =
    [
        "web_search_call", "code_interpreter_call", "file_search_call", "mcp_list_tools", "mcp_call", "mcp_approval_request", "tool_search_call", "tool_search_output",
        "shell_call", "shell_call_output", "local_shell_call", "apply_patch_call", "program", "program_output", "compaction",
    ];

    /// <summary>Events that repeat others or report progress: without them the response is the same.</summary>
    private static readonly string[] SaidElsewhere =
    [
        "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_text.annotation.added",
        "response.reasoning_summary_part.added", "response.reasoning_summary_part.done", "response.reasoning_summary_text.delta", "response.reasoning_summary_text.done",
        "response.reasoning_text.delta", "response.reasoning_text.done", "response.refusal.delta", "response.refusal.done", "response.custom_tool_call_input.delta",
        "response.queued",
        "response.web_search_call.in_progress", "response.web_search_call.searching", "response.web_search_call.completed",
        "response.file_search_call.in_progress", "response.file_search_call.searching", "response.file_search_call.completed",
        "response.code_interpreter_call.in_progress", "response.code_interpreter_call.interpreting", "response.code_interpreter_call.completed",
        "response.code_interpreter_call_code.delta", "response.code_interpreter_call_code.done",
        "response.image_generation_call.in_progress", "response.image_generation_call.generating", "response.image_generation_call.partial_image",
        "response.image_generation_call.completed",
        "response.mcp_list_tools.in_progress", "response.mcp_list_tools.completed", "response.mcp_call.in_progress", "response.mcp_call.completed",
        "response.mcp_call_arguments.delta", "response.mcp_call_arguments.done",
        "response.shell_call_command.added", "response.shell_call_command.delta", "response.shell_call_command.done",
        "response.shell_call_output_content.delta", "response.shell_call_output_content.done",
        "response.apply_patch_call_operation_diff.delta", "response.apply_patch_call_operation_diff.done",
    ];

    private static readonly Dictionary<string, Action<WireCase>> Expectations = Make();

    public static TheoryData<string, string> Cases
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var wire in Recorded())
                foreach (var code in wire.Oddities) rows.Add(wire.Id, code);
            return rows;
        }
    }

    [SkippableTheory]
    [RecordedData(nameof(Cases))]
    public void Every_recording_meets_the_expectation_of_its_code(string id, string code)
    {
        WireCorpus.Require();
        Expectations.ShouldContainKey(code);
        Expectations[code](WireCorpus.Get(id));
    }

    [SkippableFact]
    public void Every_expectation_has_a_recording()
    {
        WireCorpus.Require();
        Expectations.Keys.Except(Recorded().SelectMany(c => c.Oddities)).ShouldBeEmpty();
    }

    private static IEnumerable<WireCase> Recorded() => WireCorpus.Of("responses").Where(c => Providers.Contains(c.Provider));

    private static Dictionary<string, Action<WireCase>> Make()
    {
        var expected = new Dictionary<string, Action<WireCase>>
        {
            ["responses_item:reasoning"] = SaysWhatTheOracleSays,
            ["responses_reasoning_summary_empty"] = SaysWhatTheOracleSays,
            ["responses_several_messages"] = SaysWhatTheOracleSays,
            ["responses_status_incomplete"] = SaysWhatTheOracleSays,
            ["responses_event:response.incomplete"] = SaysWhatTheOracleSays,
            ["responses_response.incomplete"] = SaysWhatTheOracleSays,
            ["astral_char_raw"] = SaysWhatTheOracleSays,
            ["non_latin_script_raw"] = SaysWhatTheOracleSays,
            ["responses_item:custom_tool_call"] = wire => Read(wire).Calls.ShouldContain(c => c.IsCustom && c.Arguments.Length > 0),
            // An unfinished call has no image.
            ["responses_item:image_generation_call"] = wire => (Read(wire).Images + Read(wire).Opaque.Count(o => o == "image_generation_call")).ShouldBeGreaterThan(0),
            // The phase of a message ("commentary", "final_answer") is not a loss.
            ["responses_message_phase"] = wire => Read(wire).Lost.ShouldNotContain("phase"),
            ["responses_obfuscation"] = wire => SaysTheSameWithout(wire, e => e.Remove("obfuscation")),
            ["responses_without_sequence_number"] = wire => SaysTheSameWithout(wire, e => e["sequence_number"] = 7),
            ["responses_sequence_not_increasing"] = wire => SaysTheSameWithout(wire, e => e.Remove("sequence_number")),
            ["responses_output_empty"] = Fails,
            ["responses_error"] = Fails,
            ["responses_event:error"] = Fails,
            ["responses_event:response.failed"] = Fails,
            ["responses_response.failed"] = Fails,
            ["req_empty_content"] = wire => EventLog.Dialect.TryReadRequest(wire.RequestBytes()).Error.ShouldBeNull(),
            ["error_is_string"] = HasAnErrorMessage,
            ["error_code_null"] = HasAnErrorMessage,
            ["error_without_error_key:detail"] = HasAnErrorMessage,
        };
        foreach (var item in OwnItems) expected.Add($"responses_item:{item}", wire => Read(wire).Opaque.ShouldContain(item));
        foreach (var type in SaidElsewhere) expected.Add($"responses_event:{type}", wire => SaysTheSameWithout(wire, e => e.Clear(), type));
        return expected;
    }

    private static void SaysWhatTheOracleSays(WireCase wire)
    {
        var (expected, read) = (RecordedAnswer.Read(wire), Read(wire));
        read.Text.ShouldBe(expected.Choices[0].Text);
        read.Reasoning.ShouldBe(expected.Choices[0].Reasoning);
        FinishOf(read).ShouldBe(expected.Choices[0].Finish);
    }

    private static string FinishOf(Reading read) => read.Finish switch
    {
        FinishReason.Length => "length",
        FinishReason.ContentFilter => "content_filter",
        FinishReason.ToolCalls => "tool_calls",
        _ => "stop",
    };

    private static void Fails(WireCase wire)
    {
        if (wire.Sse is null)
        {
            EventLog.Dialect.ReadResponse(wire.ResponseBytes(), UsageRules.OpenAI).Error.ShouldNotBeNull();
            return;
        }
        EventLog.Of(wire.ResponseBytes(), int.MaxValue, out var reader).Error.ShouldNotBeNull().Message.ShouldNotBeNullOrEmpty();
        reader.IsComplete.ShouldBeFalse();
    }

    private static void HasAnErrorMessage(WireCase wire)
    {
        var body = wire.ResponseBody;
        var said = body.TryGetProperty("detail", out var detail) ? detail : body.GetProperty("error") is { ValueKind: JsonValueKind.Object } error ? error.GetProperty("message")
            : body.GetProperty("error");
        EventLog.Dialect.ReadError(wire.ResponseBytes()).Message.ShouldBe(said.GetString());
    }

    /// <summary>Edits the events of a type, or all but the last; an emptied event is dropped.</summary>
    private static void SaysTheSameWithout(WireCase wire, Action<JsonObject> edit, string? type = null)
    {
        var edited = new StringBuilder();
        var touched = 0;
        foreach (var item in SseText.Events(wire.Sse!).Where(e => e.HasData && e.Data != "[DONE]"))
        {
            var data = JsonNode.Parse(item.Data)!.AsObject();
            if (type is null || (string?)data["type"] == type)
            {
                touched++;
                edit(data);
            }
            if (data.Count > 0) edited.Append("data: ").Append(data.ToJsonString()).Append("\n\n");
        }
        touched.ShouldBeGreaterThan(0);
        EventLog.Of(Encoding.UTF8.GetBytes(edited.ToString()), int.MaxValue, out var reader).Said.ShouldBe(EventLog.Of(wire.ResponseBytes(), int.MaxValue, out var whole).Said);
        reader.IsComplete.ShouldBe(whole.IsComplete);
    }

    private sealed record Reading(string Text, string Reasoning, FinishReason Finish, List<string> Opaque, List<(string Name, StringBuilder Arguments, bool IsCustom)> Calls,
        int Images, List<string> Lost);

    private static Reading Read(WireCase wire)
    {
        if (wire.Sse is not null)
        {
            var log = EventLog.Of(wire.ResponseBytes(), int.MaxValue, out _);
            return new(log.Text.ToString(), log.Reasoning.ToString(), log.Finish, log.Opaque, log.Calls, log.Images, [.. log.Lost]);
        }
        var choice = EventLog.Dialect.ReadResponse(wire.ResponseBytes(), UsageRules.OpenAI).Choices[0];
        var parts = choice.Message.Parts;
        return new(
            string.Concat(parts.OfType<TextPart>().Select(t => t.Text)), string.Concat(parts.OfType<ReasoningPart>().Select(r => r.Text)), choice.Finish,
            [.. parts.OfType<OpaquePart>().Select(o => o.Type.ToString())],
            [.. parts.OfType<ToolCallPart>().Select(c => (c.Name.ToString(), new StringBuilder(c.Arguments.Encoded.ToString()), c.IsCustom))],
            parts.OfType<MediaPart>().Count(),
            [.. parts.Where(p => p.Extras is not null).SelectMany(p => p.Extras!.Members).Select(m => m.Name.ToString())]);
    }
}
