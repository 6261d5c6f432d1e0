using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Json;
using Nano.Providers.OpenAICompatible;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.OpenAIChat.Requests;

/// <summary>
/// Histories that Chat's providers refuse, as other dialects accept them: "An assistant message with 'tool_calls' must be followed by tool messages responding
/// to each 'tool_call_id'", "messages with role 'tool' must be a response to a preceding message with 'tool_calls'", "message must not be empty".
/// </summary>
public sealed class ForeignHistoryTests
{
    private const string Messages = "anthropic-messages", Responses = "openai-responses", Gemini = "gemini";

    [Theory]
    // A result after another turn moves to its call.
    [InlineData(Responses, """
        {"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"role":"user","content":"also"},{"type":"function_call_output","call_id":"a","output":"1"}
        """, "assistant a, tool a: 1, user: also", "emulated=messages.tool")]
    [InlineData(Responses, """
        {"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"role":"developer","content":"mind"},{"type":"function_call_output","call_id":"a","output":"1"}
        """, "assistant a, tool a: 1, developer: mind", "emulated=messages.tool")]
    [InlineData(Messages, """
        {"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"assistant","content":"so"},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"}]}
        """, "assistant a, tool a: 1, assistant: so", "emulated=messages.tool")]
    [InlineData(Responses, """
        {"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call","call_id":"b","name":"f","arguments":"{}"},
        {"type":"function_call_output","call_id":"b","output":"2"},{"role":"user","content":"also"},{"type":"function_call_output","call_id":"a","output":"1"}
        """, "assistant a b, tool b: 2, tool a: 1, user: also", "emulated=messages.tool")]
    // A call without a result gets a placeholder.
    [InlineData(Responses, """
        {"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"role":"user","content":"stop"}
        """, "assistant a, tool a: No result of this call was given., user: stop", "emulated=messages.tool")]
    [InlineData(Messages, """
        {"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}},{"type":"tool_use","id":"b","name":"f","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"b","content":"2"},{"type":"text","text":"go on"}]}
        """, "assistant a b, tool b: 2, tool a: No result of this call was given., user: go on", "emulated=messages.tool")]
    [InlineData(Gemini, """
        {"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"text":"stop"}]}
        """, "assistant call_0, tool call_0: No result of this call was given., user: stop", "emulated=messages.tool")]
    // A result without its call is a user's text.
    [InlineData(Responses, """
        {"role":"user","content":"q"},{"type":"function_call_output","call_id":"a","output":"1"}
        """, "user: q, user: Result of the tool call 'a':|1", "emulated=messages.tool_call_id")]
    [InlineData(Messages, """
        {"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"z","content":"9"},{"type":"tool_result","tool_use_id":"a","content":"1"},{"type":"text","text":"go on"}]}
        """, "assistant a, tool a: 1, user: Result of the tool call 'z':|9, user: go on", "emulated=messages.tool_call_id")]
    [InlineData(Gemini, """
        {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"y":1}}}]}
        """, "user: Result of the tool call 'f':|{\"y\":1}", "emulated=messages.tool_call_id")]
    // A turn that would be empty is left out.
    [InlineData(Messages, """
        {"role":"user","content":"q"},{"role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"x"}},
          {"type":"web_search_tool_result","tool_use_id":"s","content":[]}]},{"role":"user","content":"r"}
        """, "user: q, user: r", "dropped=messages.content.server_tool_use,messages.content.web_search_tool_result")]
    [InlineData(Messages, """
        {"role":"user","content":"q"},{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"s"}]},{"role":"user","content":"r"}
        """, "user: q, user: r", "dropped=messages.reasoning")]
    [InlineData(Responses, """
        {"role":"user","content":"q"},{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},{"role":"user","content":"r"}
        """, "user: q, user: r", "dropped=messages.reasoning")]
    [InlineData(Messages, """
        {"role":"user","content":"q"},{"role":"assistant","content":[]},{"role":"user","content":"r"}
        """, "user: q, user: r", "")]
    // Histories without gaps are not changed.
    [InlineData(Messages, """
        {"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}},{"type":"tool_use","id":"b","name":"f","input":{}}]},
        {"role":"user","content":[{"type":"text","text":"and"},{"type":"tool_result","tool_use_id":"b","content":"2"},{"type":"tool_result","tool_use_id":"a","content":"1"}]},
        {"role":"assistant","content":"done"}
        """, "assistant a b, tool b: 2, tool a: 1, user: and, assistant: done", "")]
    [InlineData(Responses, """
        {"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"a","output":"1"},
        {"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"a","output":"2"}
        """, "assistant a, tool a: 1, assistant a, tool a: 2", "")]
    public void A_history_keeps_to_Chats_order(string from, string turns, string expected, string losses)
    {
        var written = Write(from, turns, new OpenAIChatDialect());
        (Turns(written.Body), written.Losses).ShouldBe((expected, losses));
    }

    /// <summary>This also applies to providers that accept reasoning.</summary>
    [Theory]
    [InlineData("{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"s\"}", "dropped=messages.reasoning")]
    [InlineData("{\"type\":\"redacted_thinking\",\"data\":\"x\"}", "dropped=messages.reasoning")]
    public void A_turn_of_only_reasoning_is_left_out(string block, string losses)
    {
        foreach (var vendor in CompatibleProviders.All.Where(vendor => vendor.Quirks?.Request is not null))
        {
            var written = Write(Messages, $$"""{"role":"user","content":"q"},{"role":"assistant","content":[{{block}}]},{"role":"user","content":"r"}""", new OpenAIChatDialect(vendor.Quirks!));
            Turns(written.Body).ShouldNotContain("assistant", Case.Sensitive, vendor.Id);
            written.Losses.ShouldStartWith(losses, Case.Sensitive, vendor.Id);
        }
    }

    private static (JsonElement Body, string Losses) Write(string from, string turns, OpenAIChatDialect chat)
    {
        var body = from switch
        {
            Messages => $$"""{"model":"m","max_tokens":9,"messages":[{{turns}}]}""",
            Gemini => $$"""{"contents":[{{turns}}]}""",
            _ => $$"""{"model":"m","input":[{{turns}}]}""",
        };
        var source = Conversion.Dialect(from);
        var request = source.ReadRequest(Encoding.UTF8.GetBytes(body));
        var losses = new LossReport();
        source.Generalize(request, traits: null, losses);
        using var output = new JsonOutput();
        chat.WriteRequest(request, new() { Model = "m" }, output, losses);
        return (JsonDocument.Parse(output.Written.ToArray()).RootElement, losses.ToString());
    }

    /// <summary>Generated ids in the order of their calls.</summary>
    private static string Turns(JsonElement body)
    {
        var generated = new Dictionary<string, string>();
        return string.Join(", ", body.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("role").GetString() + (message switch
        {
            _ when message.TryGetProperty("tool_calls", out var calls) => " " + string.Join(" ", calls.EnumerateArray().Select(call => Id(call.GetProperty("id")))),
            _ when message.TryGetProperty("tool_call_id", out var id) => $" {Id(id)}: {Said(message)}",
            _ => $": {Said(message)}",
        })));

        string Id(JsonElement id)
        {
            var text = id.GetString()!;
            if (text.Length == 1) return text;
            generated.TryAdd(text, $"call_{generated.Count}");
            return generated[text];
        }

        static string Said(JsonElement message) => message.GetProperty("content") is { ValueKind: JsonValueKind.Array } parts
            ? string.Join("|", parts.EnumerateArray().Select(part => part.GetProperty("text").GetString())) : message.GetProperty("content").GetString()!;
    }
}
