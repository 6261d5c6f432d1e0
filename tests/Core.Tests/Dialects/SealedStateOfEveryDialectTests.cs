using System.Text;
using System.Text.Json.Nodes;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIResponses;
using Nano.Json;

namespace Nano.Tests.Dialects;

/// <summary>The provider's form of a passthrough request that contains state sealed for another model.</summary>
public sealed class SealedStateOfEveryDialectTests
{
    private const string Lost = "dropped=messages.reasoning_details";

    private static readonly Dictionary<string, IDialect> Dialects =
        new IDialect[] { new OpenAIChatDialect(), new OpenAIResponsesDialect(), new AnthropicMessagesDialect(), new GeminiDialect() }.ToDictionary(dialect => dialect.Name);

    /// <summary>Dialect, request, the remaining request (empty: unchanged), and the loss.</summary>
    public static TheoryData<string, string, string, string> Cases() => new()
    {
        {
            "anthropic-messages",
            """{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"__nano1_AAAA"},{"type":"text","text":"a"},{"type":"tool_use","id":"call_1__nano1_AAAA","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1__nano1_AAAA","content":"r"}]}]}""",
            """{"messages":[{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"tool_use","id":"call_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"r"}]}]}""", Lost
        },
        { "anthropic-messages", """{"messages":[{"role":"assistant","content":[{"type":"redacted_thinking","data":"__nano1_AAAA"}]},{"role":"user","content":"x"}]}""",
            """{"messages":[{"role":"user","content":"x"}]}""", Lost },
        { "anthropic-messages", """{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"see __nano1_AAAA","signature":"EqQBgg=="},{"type":"text","text":"__nano1_AAAA"}]},{"role":"user","content":"__nano1_"}]}""", "", "" },
        { "anthropic-messages", """{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"c__nano1_AAAA","content":[{"type":"text","text":"id __nano1_AAAA"}]}]}]}""", """{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"id __nano1_AAAA"}]}]}]}""", "" },
        // Case 16: an unsigned block is refused. It is another provider's reasoning, which had no state.
        {
            "anthropic-messages",
            """{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature" : ""},{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":""}]},{"role":"user","content":"x"}]}""",
            """{"messages":[{"role":"assistant","content":[{"type":"text","text":"a"}]},{"role":"user","content":"x"}]}""", "dropped=messages.content.thinking"
        },
        // A loop that another model began: with a token budget, Anthropic requires that its last turn begins with reasoning.
        {
            "anthropic-messages",
            """{"thinking":{"type":"enabled","budget_tokens":2048},"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":""},{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]}]}""",
            """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]}]}""",
            "dropped=thinking,messages.content.thinking"
        },
        // Later in that loop: the last turn is Claude's own, without reasoning. System turns may be between.
        {
            "anthropic-messages",
            """{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"__nano1_AAAA"},{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]},{"role":"assistant","content":[{"type":"tool_use","id":"d","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"d","content":"r"}]},{"role":"system","content":"s"}],"thinking":{"type":"enabled","budget_tokens":2048},"context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"},{"type":"clear_tool_uses_20250919"}],"x":1}}""",
            """{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]},{"role":"assistant","content":[{"type":"tool_use","id":"d","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"d","content":"r"}]},{"role":"system","content":"s"}],"context_management":{"edits":[{"type":"clear_tool_uses_20250919"}],"x":1}}""",
            Lost + ",thinking"
        },
        // The other model did not show its reasoning.
        {
            "anthropic-messages",
            """{"thinking":{"type":"enabled","budget_tokens":2048},"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id" : "call_1","content":"r"}]},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"r"}]}]}""",
            """{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id" : "call_1","content":"r"}]},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"r"}]}]}""",
            "dropped=thinking"
        },
        // A conversation of Claude alone is not searched: what it lacks is the caller's error.
        {
            "anthropic-messages",
            """{"thinking":{"type":"enabled","budget_tokens":2048},"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"r"}]}]}""",
            "", ""
        },
        // Claude's own turn ends the loop, a user's words end it, and adaptive reasoning has no such rule.
        {
            "anthropic-messages",
            """{"thinking":{"type":"enabled","budget_tokens":2048},"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":""},{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"EqQBgg=="}]},{"role":"assistant","content":[{"type":"tool_use","id":"d","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"d","content":"r"}]}]}""",
            """{"thinking":{"type":"enabled","budget_tokens":2048},"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"EqQBgg=="}]},{"role":"assistant","content":[{"type":"tool_use","id":"d","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"d","content":"r"}]}]}""",
            "dropped=messages.content.thinking"
        },
        {
            "anthropic-messages",
            """{"thinking":{"type":"enabled","budget_tokens":2048},"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":""},{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]},{"role":"assistant","content":[{"type":"text","text":"a"}]},{"role":"user","content":"q"}]}""",
            """{"thinking":{"type":"enabled","budget_tokens":2048},"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]},{"role":"assistant","content":[{"type":"text","text":"a"}]},{"role":"user","content":"q"}]}""",
            "dropped=messages.content.thinking"
        },
        {
            "anthropic-messages",
            """{"thinking":{"type":"adaptive"},"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":""},{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]}]}""",
            """{"thinking":{"type":"adaptive"},"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]}]}""",
            "dropped=messages.content.thinking"
        },
        { "anthropic-messages", """{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"sign","input":{"signature":""}}]}]}""", "", "" },
        {
            "openai-responses",
            """{"input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"__nano1_AAAA"},{"type":"function_call","call_id":"call_1__nano1_AAAA","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"call_1__nano1_AAAA","output":"r"}]}""",
            """{"input":[{"type":"function_call","call_id":"call_1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"r"}]}""", Lost
        },
        { "openai-responses", """{"input":[{"type":"reasoning","summary":[{"text":"__nano1_AAAA"}],"encrypted_content":"gAAAAA"},{"role":"user","content":"__nano1_AAAA"}]}""",
            "", "" },
        { "openai-responses", """{"input":"what is __nano1_AAAA"}""", "", "" },
        { "openai-responses", """{"input":[{"type":"custom_tool_call_output","call_id":"c__nano1_AAAA","output":"r"}]}""",
            """{"input":[{"type":"custom_tool_call_output","call_id":"c","output":"r"}]}""", "" },
        {
            "gemini",
            """{"contents":[{"role":"model","parts":[{"text":"t","thought":true,"thoughtSignature":"__nano1_AAAA"},{"text":"a","thoughtSignature":"__nano1_AAAA"},{"functionCall":{"id":"c__nano1_AAAA","name":"f","args":{}},"thoughtSignature":"__nano1_AAAA"}]},{"role":"user","parts":[{"functionResponse":{"id":"c__nano1_AAAA","name":"f","response":{"r":"__nano1_AAAA"}}}]}]}""",
            """{"contents":[{"role":"model","parts":[{"text":"a"},{"functionCall":{"id":"c","name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"}]},{"role":"user","parts":[{"functionResponse":{"id":"c","name":"f","response":{"r":"__nano1_AAAA"}}}]}]}""", Lost
        },
        { "gemini", """{"contents":[{"role":"model","parts":[{"thought_signature":"__nano1_AAAA"}]},{"role":"user","parts":[{"text":"x"}]}]}""",
            """{"contents":[{"role":"user","parts":[{"text":"x"}]}]}""", Lost },
        { "gemini", """{"contents":[{"role":"user","parts":[{"text":"__nano1_AAAA"}]}]}""", "", "" },
        // In standard base64, as SDKs that decode signatures send them; some JSON writers escape the slash.
        {
            "gemini",
            """{"contents":[{"role":"model","parts":[{"text":"t","thought":true,"thoughtSignature":"//nano1/AA+A"},{"thoughtSignature":"\/\/nano1\/AAA="},{"functionCall":{"name":"f"},"thoughtSignature":"//nano1/AAAA"}]}]}""",
            """{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"},"thoughtSignature":"skip_thought_signature_validator"}]}]}""", Lost
        },
        { "gemini", """{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"},"thoughtSignature":"skip/thought\/signature/validator"}]}]}""",
            """{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"},"thoughtSignature":"skip_thought_signature_validator"}]}]}""", "" },
        { "gemini", """{"contents":[{"role":"model","parts":[{"text":"see //nano1/AAAA","thoughtSignature":"//nanx/AA+A"}]}]}""", "", "" },
        // The empty part of a keep-alive.
        {
            "gemini",
            """{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"thought":true}]},{"role":"model","parts":[{"text":"b"},{ "thought" : true }]},{"role":"user","parts":[{"text":"c"}]}]}""",
            """{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]},{"role":"user","parts":[{"text":"c"}]}]}""", ""
        },
        { "gemini", """{"contents":[{"role":"model","parts":[{"thought":true},{"thoughtSignature":"__nano1_AAAA"}]},{"role":"user","parts":[{"text":"x"}]}]}""",
            """{"contents":[{"role":"user","parts":[{"text":"x"}]}]}""", Lost },
        { "gemini", """{"contents":[{"role":"model","parts":[{"thought":true,"text":"why"},{"text":"{\"thought\":true}"},{"thought":false}]}]}""", "", "" },
        { "openai-chat", """{"messages":[{"role":"assistant","tool_calls":[{"id":"c__nano1_AAAA"}],"reasoning_details":[{"data":"__nano1_AAAA"}]}]}""",
            """{"messages":[{"role":"assistant","tool_calls":[{"id":"c"}]}]}""", Lost },
    };

    [Theory, MemberData(nameof(Cases))]
    public void State_of_another_model_is_removed_and_the_rest_stays(string dialect, string request, string left, string losses)
    {
        var report = new LossReport();
        using var output = new JsonOutput();
        var body = Encoding.UTF8.GetBytes(request);
        // As for every request: the cheap check comes first.
        if (!Dialects[dialect].MayContainSealedState(body))
        {
            left.ShouldBe("");
            return;
        }
        var error = Dialects[dialect].TryRemoveState(body, output, report, out var isChanged);
        error.ShouldBeNull();
        isChanged.ShouldBe(left.Length > 0);
        report.ToString().ShouldBe(losses);
        if (isChanged) JsonNode.Parse(output.WrittenSpan)!.ToJsonString().ShouldBe(JsonNode.Parse(left)!.ToJsonString());
    }

    [Fact]
    public void Every_dialect_of_callers_has_a_case() => Cases().Select(row => (string)row[0]).Distinct().ShouldBe(Dialects.Keys, ignoreOrder: true);
}
