using System.Text.Json;
using static Nano.LocalHost.Tests.Oddities.Claims;

namespace Nano.LocalHost.Tests.Oddities;

/// <summary>Oddities of Anthropic's Messages, as wire/INDEX.md codes them, and what a caller of Chat gets of each.</summary>
internal static class MessagesOddities
{
    public static IReadOnlyDictionary<string, OddityClaim> Claims { get; } = new Dictionary<string, OddityClaim>
    {
        // Blocks that Chat cannot express: the text beside them is forwarded, and they are reported.
        ["anthropic_block:advisor_tool_result"] = Loses("dropped="),
        ["anthropic_block:bash_code_execution_tool_result"] = Loses("dropped="),
        ["anthropic_block:code_execution_tool_result"] = Loses("dropped="),
        ["anthropic_block:compaction"] = Loses("dropped="),
        ["anthropic_block:fallback"] = Loses("dropped="),
        ["anthropic_block:mcp_tool_result"] = Loses("dropped="),
        ["anthropic_block:mcp_tool_use"] = Loses("dropped="),
        ["anthropic_block:server_tool_use"] = Loses("dropped="),
        ["anthropic_block:text_editor_code_execution_tool_result"] = Loses("dropped="),
        ["anthropic_block:tool_search_tool_result"] = Loses("dropped="),
        ["anthropic_block:web_fetch_tool_result"] = Loses("dropped="),
        ["anthropic_block:web_search_tool_result"] = Loses("dropped="),
        ["anthropic_delta:compaction_delta"] = Loses("dropped="),
        ["anthropic_server_tool_error_in_200"] = Loses("dropped="),

        // Reasoning: readable text, and state that only Anthropic can read, which is sent back on the next turn.
        ["anthropic_block:redacted_thinking"] = CarriesState,
        ["anthropic_block:thinking"] = CarriesState,
        ["anthropic_thinking_omitted_text"] = CarriesState,

        // Text, citations and calls.
        // Citations of documents have no address: their text and title are forwarded.
        ["anthropic_delta:citations_delta"] = CitesAll,
        ["anthropic_text_citations"] = CitesAll,
        ["anthropic_empty_content_array"] = Also(c => c.First is { Text: "", ToolCalls.Count: 0, Finish: not null }, "something was invented"),
        ["anthropic_no_content_blocks"] = Also(c => c.First is { Text: "", ToolCalls.Count: 0, Finish: not null }, "something was invented"),
        ["anthropic_empty_partial_json"] = Same,
        ["anthropic_tool_caller_field"] = Hides("\"caller\""),
        ["anthropic_tool_empty_input"] = CallsWithObjects,
        ["anthropic_tool_use_without_input_deltas"] = CallsWithObjects,
        ["anthropic_tool_input_in_block_start"] = Same,
        ["anthropic_message_start_with_content"] = Same,

        // The order of events.
        ["anthropic_block_index_gap_or_reset"] = Same,
        ["anthropic_duplicate_message_start"] = Same,
        ["anthropic_stream_without_ping"] = Same,
        ["done_in_typed_stream"] = Same,
        ["ping_event"] = Hides("\"ping\""),
        ["sse_padding_inside_json"] = Same,

        // Ends and counts.
        ["anthropic_stop:pause_turn"] = Also(c => c.First.Finish == c.Recorded.Choices[0].Finish, "it ends otherwise"),
        ["anthropic_stop:refusal"] = Also(c => c.First.Finish == "content_filter" || c.First.Refusal.Length > 0, "a refusal looks like an answer"),
        ["anthropic_stop_details"] = Also(c => c.First.Finish == "content_filter" || c.First.Refusal.Length > 0, "a refusal looks like an answer"),
        ["anthropic_message_delta_usage_full"] = Counts,
        ["anthropic_usage_inference_geo"] = Counts,
        ["anthropic_container"] = Same,
        ["anthropic_context_management"] = Same,
    };

    private static OddityClaim CitesAll => Also(c => CitedTexts(c.RecordedJson, "cited_text").SetEquals(CitedTexts(c.SaidJson, "content", "annotations")), "a cited text is lost");

    /// <summary>Texts of members with this name, inside members with the other name if one is given.</summary>
    private static HashSet<string> CitedTexts(IEnumerable<JsonElement> parts, string name, string? inside = null) =>
        [.. OddCase.ValuesOf(inside is null ? parts : OddCase.ValuesOf(parts, inside).Select(json => JsonDocument.Parse(json).RootElement), name)
            .Select(json => JsonDocument.Parse(json).RootElement.GetString() ?? "").Where(text => text.Length > 0)];
}
