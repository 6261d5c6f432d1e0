using static Nano.LocalHost.Tests.Oddities.Claims;

namespace Nano.LocalHost.Tests.Oddities;

/// <summary>Oddities of Gemini's generateContent, as wire/INDEX.md codes them, and what a caller of Chat gets of each.</summary>
internal static class GeminiOddities
{
    public static IReadOnlyDictionary<string, OddityClaim> Claims { get; } = new Dictionary<string, OddityClaim>
    {
        // Blocked prompts and unusual ends.
        ["gemini_block_reason:FAKE_NEW_BLOCK_REASON"] = Finishes("content_filter"),
        ["gemini_block_reason:MODEL_ARMOR"] = Finishes("content_filter"),
        ["gemini_block_reason:SAFETY"] = Finishes("content_filter"),
        ["gemini_prompt_feedback_no_candidates"] = Finishes("content_filter"),
        ["gemini_candidates_empty"] = Finishes("content_filter"),
        ["gemini_finish:1"] = Finishes("stop"),
        ["gemini_finish:FAKE_ENUM"] = Same,
        ["gemini_finish:FAKE_NEW_FINISH_REASON"] = Same,
        ["gemini_finish:MODEL_ARMOR"] = Finishes("content_filter"),
        ["gemini_finish:OTHER"] = Same,
        ["gemini_finish:RECITATION"] = Finishes("content_filter"),
        ["gemini_finish:SAFETY"] = Finishes("content_filter"),
        ["gemini_finish_message"] = Same,
        ["gemini_function_call_with_finish_STOP"] = Both(Calls, Finishes("tool_calls")),
        ["gemini_max_tokens_without_parts"] = Finishes("length"),
        ["gemini_stream_without_finish_reason"] = Same,
        ["gemini_chunk_without_candidates"] = Same,

        // Candidates and their parts.
        ["gemini_candidate_index_gt_0"] = Also(c => c.Said.Choices.Any(choice => choice.Index > 0), "candidates were joined"),
        ["gemini_candidate_without_content"] = Same,
        ["gemini_candidate_without_index"] = Also(c => c.First.Index == 0, "it has no place"),
        ["gemini_content_empty_object"] = Same,
        ["gemini_content_without_parts"] = Same,
        ["gemini_content_without_role"] = Same,
        ["gemini_empty_part_object"] = Same,
        ["gemini_empty_text_part"] = Same,
        ["gemini_part:inlineData"] = Also(c => c.Said.Choices.Any(choice => choice.Images.Count > 0), "there is no image"),
        ["gemini_parts_after_finish_reason"] = Same,
        ["gemini_several_parts_in_one_chunk"] = Same,
        ["gemini_json_array_stream"] = Speaks,

        // Reasoning and signatures.
        ["gemini_thought_part"] = Thinks,
        ["gemini_empty_text_part_with_signature"] = CarriesState,
        ["gemini_signature_on_function_call"] = CarriesState,
        ["gemini_signature_on_text"] = CarriesState,

        // Calls.
        ["gemini_function_call_args_empty"] = CallsWithObjects,
        // A call whose arguments arrive in pieces: each piece is a functionCall without a name, the first one is without arguments.
        ["gemini_function_call_without_args"] = Same,
        ["gemini_function_call_without_name"] = Calls,
        ["gemini_partial_args_stream"] = Calls,
        ["gemini_function_call_with_id"] = CallsWithObjects,
        ["gemini_parallel_function_calls"] =
            Both(CallsWithObjects, Also(c => c.Said.Choices.Sum(choice => choice.ToolCalls.Count) == c.Recorded.Choices.Sum(choice => choice.ToolCalls.Count),
            "calls were joined")),

        // Content besides the text.
        ["gemini_avg_logprobs"] = Same,
        ["gemini_citation_metadata"] = Same,
        ["gemini_grounding_metadata"] = Same,
        ["gemini_part:codeExecutionResult"] = Same,
        ["gemini_part:executableCode"] = Same,
        ["gemini_part:toolCall"] = Same,
        ["gemini_part:toolResponse"] = Same,
        ["gemini_grounding_metadata_empty"] = Same,
        ["gemini_logprobs_result"] = Same,
        ["gemini_url_context_metadata"] = Same,

        // Counts.
        ["gemini_thoughts_token_count"] = Also(c => c.Said.Usage!.Reasoning > 0 && c.Said.Usage.Completion >= c.Said.Usage.Reasoning, "reasoning is not counted as output"),
        ["gemini_tool_use_prompt_tokens"] = Counts,
        ["gemini_usage_metadata_missing"] = Same,
        ["gemini_usage_without_candidates_tokens"] = Counts,

        // A page of markup is not a message.
        ["html_body"] = Both(Told, If(c => (int)c.Reply.Status == 404 && !c.Error.GetProperty("message").GetString()!.Contains('<'),
            "the page is passed on, or the status is another one")),

        // Streams as bytes.
        ["sse_crlf"] = Same,
        ["sse_line_without_known_field"] = Fails,
    };
}
