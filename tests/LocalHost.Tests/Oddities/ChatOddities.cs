using static Nano.LocalHost.Tests.Oddities.Claims;

namespace Nano.LocalHost.Tests.Oddities;

/// <summary>Oddities of providers that speak Chat, as wire/INDEX.md codes them, and what the caller gets of each.</summary>
internal static class ChatOddities
{
    public static IReadOnlyDictionary<string, OddityClaim> Claims { get; } = new Dictionary<string, OddityClaim>
    {
        // Members that are forwarded unchanged.
        ["azure_empty_choices_prompt_filter"] = Keeps("prompt_filter_results"),
        ["chunk_id_empty_or_missing"] = Same,
        ["chunk_model_empty_or_missing"] = Same,
        ["chunk_object_empty_or_missing"] = Same,
        ["citations_top_level"] = Keeps("citations"),
        ["citations_top_level_in_chunk"] = Keeps("citations"),
        ["content_filter_results_in_chunk"] = Keeps("content_filter_results"),
        ["custom_tool_call"] = Keeps("custom"),
        ["delta_annotations"] = Keeps("annotations"),
        ["delta_reasoning_details"] = Keeps("reasoning_details"),
        ["groq_executed_tools"] = Keeps("executed_tools"),
        ["logprobs_without_content"] = Keeps("logprobs"),
        ["message_annotations"] = Keeps("annotations"),
        ["message_annotations_empty"] = Keeps("annotations"),
        ["message_audio"] = Keeps("audio"),
        ["message_function_call_legacy"] = Keeps("function_call"),
        ["message_reasoning_details"] = Keeps("reasoning_details"),
        ["native_finish_reason"] = Keeps("native_finish_reason"),
        ["obfuscation_field"] = Keeps("obfuscation"),
        ["padding_p_field"] = Keeps("p"),
        ["search_results_top_level"] = Keeps("search_results"),
        ["service_tier_in_chunk"] = Keeps("service_tier"),
        ["system_fingerprint_null"] = Keeps("system_fingerprint"),
        ["usage_cost"] = Keeps("usage"),
        ["usage_null_in_chunks"] = Keeps("usage"),
        ["x_groq"] = Keeps("x_groq"),

        // Text and reasoning, in any member.
        ["content_after_finish"] = Speaks,
        ["content_in_finish_chunk"] = Same,
        ["delta_content_array"] = Hides("\"content\":["),
        ["delta_content_null"] = Same,
        ["delta_reasoning_content"] = Thinks,
        ["delta_reasoning_content_null"] = Same,
        ["delta_reasoning_string"] = Thinks,
        ["message_content_absent"] = Same,
        ["message_content_array"] = Hides("\"content\":["),
        ["message_content_empty"] = Same,
        ["message_content_null"] = Same,
        ["message_instead_of_delta"] = Speaks,
        ["message_reasoning_content"] = Thinks,
        ["message_reasoning_string"] = Thinks,
        ["delta_refusal"] = Also(c => c.First.Refusal.Length > 0, "there is no refusal"),
        ["message_refusal"] = Also(c => c.First.Refusal.Length > 0, "there is no refusal"),

        // Tool calls.
        ["delta_tool_calls_null"] = Same,
        ["message_tool_calls_null_or_empty"] = Also(c => c.First.ToolCalls.Count == 0, "a call was invented"),
        ["several_tool_calls_in_one_delta"] = Also(c => c.First.ToolCalls.Count > 1, "calls were joined"),
        ["text_and_tool_calls"] = Both(Calls, Speaks),
        ["tool_arguments_empty"] = Same,
        ["tool_arguments_invalid_json"] = Calls,
        ["tool_arguments_not_object"] = Calls,
        ["tool_calls_in_finish_chunk"] = Calls,
        ["tool_calls_with_finish_stop"] = Calls,
        ["tool_delta_arguments_null"] = Calls,
        ["tool_delta_id_empty"] = Calls,
        ["tool_delta_name_empty"] = Calls,
        ["tool_delta_name_null"] = Calls,
        ["tool_delta_without_index"] = Both(Calls, Holds("\"index\":")),
        ["tool_delta_without_type"] = Calls,
        ["tool_id_repeated_in_every_delta"] = Also(c => c.First.ToolCalls.Count == c.Recorded.Choices[0].ToolCalls.Count, "a call became several"),
        ["tool_index_starts_above_0"] = Calls,
        ["whole_arguments_in_one_delta"] = Calls,

        // Choices and how they end.
        ["chat_stream_without_done"] = Holds("[DONE]"),
        ["choice_index_gt_0"] = Also(c => c.Said.Choices.Any(choice => choice.Index > 0), "choices were joined"),
        ["empty_choices_other"] = Same,
        ["empty_choices_with_usage"] = Counts,
        ["finish_reason_key_absent"] = Same,
        ["finish_reason_null_final"] = Same,
        ["no_finish_reason_in_stream"] = Same,
        ["role_repeated_in_chunks"] = Same,
        ["several_finish_reasons"] = Also(c => c.First.Finish == c.Recorded.Choices[0].Finish, "another reason counts"),
        ["unusual_finish_reason:"] = Finishes("stop"),
        ["unusual_finish_reason:MAX_TOKENS"] = Finishes("length"),
        ["unusual_finish_reason:STOP"] = Finishes("stop"),
        ["unusual_finish_reason:completed"] = Also(c => c.First.Finish is "stop" or "tool_calls", "it does not finish well"),
        ["unusual_finish_reason:end_turn"] = Finishes("stop"),
        ["unusual_finish_reason:max_output_tokens"] = Finishes("length"),
        ["unusual_finish_reason:tool_use"] = Both(Calls, Finishes("tool_calls")),

        // Usage.
        // Groq reports it in its own members, and the gateway never invents it.
        ["no_usage_in_stream"] = Also(c => c.Said.Usage is null || c.Reply.Text.Contains("x_groq", StringComparison.Ordinal), "usage was invented"),
        ["usage_in_finish_chunk"] = Counts,
        ["usage_in_several_chunks"] = Counts,
        ["usage_missing"] = Same,
        ["usage_null_members"] = Counts,

        // Streams as bytes.
        ["sse_comment_line"] = Same,
        ["sse_event_lines_in_chat"] = Same,
        ["sse_leading_blank"] = Same,
        ["sse_line_split_over_transport_chunks"] = Same,
        ["sse_with_other_content_type"] = Same,

        // Failures.
        ["completion_without_choices"] = Fails,
        ["error_is_string"] = Told,
        ["error_metadata_upstream"] = Told,
        ["error_object_in_200"] = Fails,
        ["error_object_in_stream"] = Fails,
        ["error_without_error_key:detail"] = Told,
        ["error_without_error_key:message"] = Told,
        ["groq_failed_generation"] = Both(Told, If(c => (int)c.Reply.Status == 400, "the status is not the provider's")),
        ["rate_limited_429_with_retry_after"] = Both(Told, If(c => (int)c.Reply.Status == 429 && c.Reply.Headers.ContainsKey("retry-after"), "Retry-After is lost")),
    };
}
