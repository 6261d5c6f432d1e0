using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nano.Testing.Requests;

/// <summary>
/// The documented rules of a Responses request body (https://platform.openai.com/docs/api-reference/responses/create), independent of
/// the codecs. If the API is more lenient than its reference, the recordings win: every recorded request with a 200 response of OpenAI,
/// Azure and Copilot obeys these.
/// </summary>
public static partial class ResponsesRequestRules
{
    private static readonly string[] TopLevel =
    [
        "model", "input", "instructions", "max_output_tokens", "max_tool_calls", "temperature", "top_p", "top_logprobs", "include", "store", "stream",
        "stream_options", "tools", "tool_choice", "parallel_tool_calls", "reasoning", "text", "user", "metadata", "safety_identifier", "prompt_cache_key",
        "prompt_cache_retention", "prompt_cache_options", "service_tier", "truncation", "previous_response_id", "conversation", "background", "prompt",
        "context_management", "moderation",
    ];

    private static readonly string[] Includes =
    [
        "reasoning.encrypted_content", "message.output_text.logprobs", "code_interpreter_call.outputs", "web_search_call.action.sources", "web_search_call.results",
        "file_search_call.results", "message.input_image.image_url", "computer_call_output.output.image_url",
    ];

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$")]
    internal static partial Regex Name();

    /// <summary>Violations with their paths; empty for a valid request.</summary>
    public static IReadOnlyList<string> Check(JsonElement body)
    {
        var report = new RuleReport();
        if (!report.Check(body.IsObject(), "$", "must be an object")) return report.Violations;
        report.KnownMembers(body, "$", TopLevel);
        if (body.Member("prompt") is null) report.Check(body.Text("model") is { Length: > 0 }, "$.model", "must be a string");
        report.Integer(body, "$", "max_output_tokens", 16);
        report.Number(body, "$", "temperature", 0, 2);
        report.Number(body, "$", "top_p", 0, 1);
        report.Integer(body, "$", "top_logprobs", 0, 20);
        foreach (var name in (string[])["store", "stream", "parallel_tool_calls", "background"]) report.Boolean(body, "$", name);
        if (body.Given("service_tier") is { } tier) report.Check(tier.IsText(), "$.service_tier", "must be a string");
        CheckStream(body, report);
        CheckInclude(body, report);
        CheckReasoning(body, report);
        CheckText(body, report);
        CheckMetadata(body, report);
        ResponsesToolRules.Check(body, report);
        ResponsesItemRules.Check(body, report);
        return report.Violations;
    }

    private static void CheckStream(JsonElement body, RuleReport report)
    {
        if (body.Member("stream_options") is not { } options) return;
        report.Check(body.Member("stream") is { ValueKind: JsonValueKind.True }, "$.stream_options", "only where stream is true");
        if (report.Check(options.IsObject(), "$.stream_options", "must be an object")) report.KnownMembers(options, "$.stream_options", ["include_obfuscation"]);
    }

    private static void CheckInclude(JsonElement body, RuleReport report)
    {
        var asks = body.Elements("include").Any(w => w.ValueEquals("message.output_text.logprobs"));
        report.Check(asks || body.Member("top_logprobs") is null, "$.top_logprobs", "says nothing where logprobs are not included");
        if (body.Given("include") is not { } include) return;
        if (!report.Check(include.IsArray(), "$.include", "must be an array")) return;
        foreach (var (i, word) in include.EnumerateArray().Index())
            report.Check(word.IsText() && Includes.Contains(word.GetString()), $"$.include[{i}]", "must be one of the documented words");
    }

    private static void CheckReasoning(JsonElement body, RuleReport report)
    {
        if (body.Given("reasoning") is not { } reasoning) return;
        if (!report.Check(reasoning.IsObject(), "$.reasoning", "must be an object")) return;
        report.KnownMembers(reasoning, "$.reasoning", ["effort", "summary", "generate_summary", "context", "mode"]);
        if (reasoning.Given("effort") is not null) report.OneOf(reasoning, "$.reasoning", "effort", "none", "minimal", "low", "medium", "high", "xhigh", "max");
        if (reasoning.Given("summary") is not null) report.OneOf(reasoning, "$.reasoning", "summary", "auto", "concise", "detailed");
    }

    private static void CheckText(JsonElement body, RuleReport report)
    {
        if (body.Given("text") is not { } text) return;
        if (!report.Check(text.IsObject(), "$.text", "must be an object")) return;
        report.KnownMembers(text, "$.text", ["format", "verbosity"]);
        report.OneOf(text, "$.text", "verbosity", "low", "medium", "high");
        if (text.Given("format") is not { } format) return;
        report.OneOf(format, "$.text.format", "type", "text", "json_object", "json_schema");
        if (format.Text("type") != "json_schema")
        {
            report.KnownMembers(format, "$.text.format", ["type"]);
            return;
        }
        report.KnownMembers(format, "$.text.format", ["type", "name", "schema", "strict", "description"]);
        report.Check(format.Text("name") is { } name && Name().IsMatch(name), "$.text.format.name", "must be of a-z, A-Z, 0-9, _ and -, at most 64");
        report.Check(format.Member("schema") is { ValueKind: JsonValueKind.Object }, "$.text.format.schema", "must be an object");
    }

    private static void CheckMetadata(JsonElement body, RuleReport report)
    {
        if (body.Given("metadata") is not { } metadata) return;
        if (!report.Check(metadata.IsObject(), "$.metadata", "must be an object")) return;
        foreach (var member in metadata.EnumerateObject())
            report.Check(member.Value.IsText() && member.Value.GetString()!.Length <= 512 && member.Name.Length <= 64, $"$.metadata.{member.Name}", "must be text");
    }
}
