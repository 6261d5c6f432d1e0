using static Nano.LocalHost.Tests.Oddities.Claims;

namespace Nano.LocalHost.Tests.Oddities;

/// <summary>Oddities of OpenAI's Responses, as wire/INDEX.md codes them, and what a caller of Chat gets of each.</summary>
internal static class ResponsesOddities
{
    private static OddityClaim Refuses { get; } = Also(c => c.First.Refusal.Length > 0, "there is no refusal");

    private static OddityClaim Draws { get; } = Also(c => c.Said.Choices.Any(choice => choice.Images.Count > 0), "there is no image");

    private static OddityClaim FailsOrSame { get; } = c => c.Recorded.IsError ? Fails(c) : Same(c);

    private static OddityClaim IsCutShort { get; } = Also(c => c.First.Finish is "length" or "content_filter", "what was cut short ends well");

    public static IReadOnlyDictionary<string, OddityClaim> Claims { get; } = new Dictionary<string, OddityClaim>
    {
        // Text, refusals, reasoning.
        ["responses_event:response.output_text.annotation.added"] = Cites,
        ["responses_event:response.refusal.delta"] = Refuses,
        ["responses_event:response.refusal.done"] = Refuses,
        ["responses_event:response.reasoning_summary_part.added"] = Thinks,
        ["responses_event:response.reasoning_summary_part.done"] = Thinks,
        ["responses_event:response.reasoning_summary_text.delta"] = Thinks,
        ["responses_event:response.reasoning_summary_text.done"] = Thinks,
        ["responses_event:response.reasoning_text.delta"] = Thinks,
        ["responses_event:response.reasoning_text.done"] = Thinks,
        ["responses_item:reasoning"] = Same,
        ["responses_reasoning_summary_empty"] = Same,
        ["responses_message_phase"] = Same,
        ["responses_several_messages"] = Speaks,
        ["responses_output_empty"] = Same,

        // Calls of the caller's tools.
        ["responses_event:response.function_call_arguments.delta"] = Calls,
        ["responses_event:response.function_call_arguments.done"] = Calls,
        ["responses_event:response.custom_tool_call_input.delta"] = Calls,
        ["responses_item:custom_tool_call"] = Calls,

        // Tools that run at the provider: Chat cannot express their work, so it is reported as lost.
        ["responses_event:response.apply_patch_call_operation_diff.delta"] = Loses("apply_patch_call"),
        ["responses_event:response.apply_patch_call_operation_diff.done"] = Loses("apply_patch_call"),
        ["responses_event:response.code_interpreter_call.completed"] = Loses("code_interpreter_call"),
        ["responses_event:response.code_interpreter_call.in_progress"] = Loses("code_interpreter_call"),
        ["responses_event:response.code_interpreter_call.interpreting"] = Loses("code_interpreter_call"),
        ["responses_event:response.code_interpreter_call_code.delta"] = Loses("code_interpreter_call"),
        ["responses_event:response.code_interpreter_call_code.done"] = Loses("code_interpreter_call"),
        ["responses_event:response.file_search_call.completed"] = Loses("file_search_call"),
        ["responses_event:response.file_search_call.in_progress"] = Loses("file_search_call"),
        ["responses_event:response.file_search_call.searching"] = Loses("file_search_call"),
        ["responses_event:response.mcp_call.completed"] = Loses("mcp_call"),
        ["responses_event:response.mcp_call.in_progress"] = Loses("mcp_call"),
        ["responses_event:response.mcp_call_arguments.delta"] = Loses("mcp_call"),
        ["responses_event:response.mcp_call_arguments.done"] = Loses("mcp_call"),
        ["responses_event:response.mcp_list_tools.completed"] = Loses("mcp_list_tools"),
        ["responses_event:response.mcp_list_tools.in_progress"] = Loses("mcp_list_tools"),
        ["responses_event:response.shell_call_command.added"] = Loses("shell_call"),
        ["responses_event:response.shell_call_command.delta"] = Loses("shell_call"),
        ["responses_event:response.shell_call_command.done"] = Loses("shell_call"),
        ["responses_event:response.shell_call_output_content.delta"] = Loses("shell_call_output"),
        ["responses_event:response.shell_call_output_content.done"] = Loses("shell_call_output"),
        ["responses_event:response.web_search_call.completed"] = Loses("web_search_call"),
        ["responses_event:response.web_search_call.in_progress"] = Loses("web_search_call"),
        ["responses_event:response.web_search_call.searching"] = Loses("web_search_call"),
        ["responses_item:apply_patch_call"] = Loses("apply_patch_call"),
        ["responses_item:code_interpreter_call"] = Loses("code_interpreter_call"),
        ["responses_item:compaction"] = Loses("compaction"),
        ["responses_item:file_search_call"] = Loses("file_search_call"),
        ["responses_item:local_shell_call"] = Loses("local_shell_call"),
        ["responses_item:mcp_approval_request"] = Loses("mcp_approval_request"),
        ["responses_item:mcp_call"] = Loses("mcp_call"),
        ["responses_item:mcp_list_tools"] = Loses("mcp_list_tools"),
        ["responses_item:program"] = Loses("program"),
        ["responses_item:program_output"] = Loses("program_output"),
        ["responses_item:shell_call"] = Loses("shell_call"),
        ["responses_item:shell_call_output"] = Loses("shell_call_output"),
        ["responses_item:tool_search_call"] = Loses("tool_search_call"),
        ["responses_item:tool_search_output"] = Loses("tool_search_output"),
        ["responses_item:web_search_call"] = Loses("web_search_call"),

        // An image is a response.
        ["responses_event:response.image_generation_call.completed"] = Draws,
        ["responses_event:response.image_generation_call.generating"] = Draws,
        ["responses_event:response.image_generation_call.in_progress"] = Draws,
        ["responses_event:response.image_generation_call.partial_image"] = Draws,
        ["responses_item:image_generation_call"] = Draws,

        // How it ends.
        ["responses_error"] = FailsOrSame,
        ["responses_event:error"] = FailsOrSame,
        ["responses_event:response.failed"] = FailsOrSame,
        ["responses_response.failed"] = FailsOrSame,
        ["responses_event:response.queued"] = FailsOrSame,
        ["responses_event:response.incomplete"] = IsCutShort,
        ["responses_response.incomplete"] = IsCutShort,
        ["responses_status_incomplete"] = IsCutShort,

        // Streams as bytes.
        ["responses_obfuscation"] = Hides("\"obfuscation\""),
        ["responses_sequence_not_increasing"] = Same,
        ["responses_without_sequence_number"] = Same,
        ["done_in_typed_stream"] = Same,
        ["error_is_string"] = Told,
        ["error_without_error_key:detail"] = Told,
        ["sse_comment_line"] = Same,
    };
}
