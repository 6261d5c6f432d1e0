using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Json;

namespace Nano.Tests.Dialects.AnthropicMessages.Requests;

/// <summary>A caller's Messages request as it is sent to a cloud platform that hosts Claude.</summary>
public sealed class HostedMembersTests
{
    /// <summary>Case 6: the member and its beta are dropped together (<see cref="BetaHeaderTests"/>), and both are reported.</summary>
    [Theory]
    [InlineData("\"context_management\":{\"edits\":[]},", "context_management", "dropped=context_management")]
    [InlineData("\"mcp_servers\":[],\"container\":\"c\",", "mcp_servers", "dropped=mcp_servers,container")]
    [InlineData("\"service_tier\":\"auto\",", "service_tier", "")]
    public void Client_case6_members_of_Anthropics_own_service_are_dropped(string members, string member, string losses)
    {
        var (body, report) = Write($"{{\"model\":\"m\",\"max_tokens\":9,{members}\"messages\":[{{\"role\":\"user\",\"content\":\"Hi\"}}]}}");
        body.TryGetProperty(member, out _).ShouldBeFalse();
        report.ToString().ShouldBe(losses);
    }

    /// <summary>
    /// "Input tag 'memory_20250818' found using 'type' does not match any of the expected tags" (BerriAI/litellm#15299): such types need a beta header, which is
    /// not forwarded. The header of web search is the platform's (<see cref="HostedBetas"/>).
    /// </summary>
    [Theory]
    [InlineData("""{"type":"memory_20250818","name":"memory"}""", "\"name\":\"memory\",\"description\":", "emulated=tools.memory_20250818")]
    [InlineData("""{"type":"code_execution_20250825","name":"code_execution"}""", "\"tools\":[]", "dropped=tools.code_execution_20250825")]
    [InlineData("""{"type":"web_fetch_20250910","name":"web_fetch"}""", "\"tools\":[]", "dropped=tools.web_fetch_20250910")]
    [InlineData("""{"type":"computer_20250124","name":"computer","display_width_px":1,"display_height_px":1}""", "\"tools\":[]", "dropped=tools.computer_20250124")]
    [InlineData("""{"type":"web_search_20250305","name":"web_search"}""", """[{"type":"web_search_20250305","name":"web_search"}]""", "")]
    [InlineData("""{"type":"bash_20250124","name":"bash"}""", """[{"type":"bash_20250124","name":"bash"}]""", "")]
    [InlineData("""{"type":"tool_search_tool_bm25_20251119","name":"tool_search_tool_bm25"}""", "tool_search_tool_bm25_20251119", "")]
    [InlineData("""{"type":"tool_of_tomorrow_20300101","name":"x"}""", "tool_of_tomorrow_20300101", "")]
    public void Tools_that_need_a_beta_become_functions_or_are_dropped(string tool, string piece, string losses)
    {
        var (body, report) = Write($$"""{"model":"m","max_tokens":9,"tools":[{{tool}}],"messages":[{"role":"user","content":"Hi"}]}""");
        body.GetRawText().ShouldContain(piece);
        report.ToString().ShouldBe(losses);
    }

    [Theory]
    [InlineData("""{"type":"tool","name":"web_fetch"}""", null, "dropped=tools.web_fetch_20250910,tool_choice")]
    [InlineData("""{"type":"tool","name":"f"}""", "f", "dropped=tools.web_fetch_20250910")]
    public void A_choice_of_a_dropped_tool_goes_with_it(string choice, string? kept, string losses)
    {
        var (body, report) = Write(
            $$$"""
            {"model":"m","max_tokens":9,"tools":[{"name":"f","input_schema":{"type":"object"}},{"type":"web_fetch_20250910","name":"web_fetch"}],
             "tool_choice":{{{choice}}},"messages":[{"role":"user","content":"Hi"}]}
            """);
        (body.TryGetProperty("tool_choice", out var sent) ? sent.GetProperty("name").GetString() : null).ShouldBe(kept);
        report.ToString().ShouldBe(losses);
    }

    [Fact]
    public void A_format_is_written_in_its_newer_position()
    {
        var (body, report) = Write(
            """{"model":"m","max_tokens":9,"output_format":{"type":"json_schema","schema":{"type":"object"}},"messages":[{"role":"user","content":"Hi"}]}""");
        body.TryGetProperty("output_format", out _).ShouldBeFalse();
        body.GetProperty("output_config").GetRawText().ShouldBe("""{"format":{"type":"json_schema","schema":{"type":"object"}}}""");
        report.IsEmpty.ShouldBeTrue(report.ToString());
    }

    /// <summary>Case 16 of other gateways: an unsigned block is refused.</summary>
    [Fact]
    public void Unsigned_thinking_is_dropped()
    {
        var (body, report) = Write(
            """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":""},{"type":"thinking","thinking":"","signature":"s"},{"type":"text","text":"Yes"}]},{"role":"user","content":"Go"}]}""");
        body.GetProperty("messages")[1].GetProperty("content").GetRawText().ShouldBe("""[{"type":"thinking","thinking":"","signature":"s"},{"type":"text","text":"Yes"}]""");
        report.ToString().ShouldBe("dropped=messages.content.thinking");
    }

    /// <summary>With a token budget, the last turn of a tool loop must begin with reasoning; another model's turn cannot.</summary>
    [Theory]
    [InlineData("{\"type\":\"enabled\",\"budget_tokens\":2048}", "{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"\"},", true)]
    [InlineData("{\"type\":\"enabled\",\"budget_tokens\":2048}", "", true)]
    [InlineData("{\"type\":\"enabled\",\"budget_tokens\":2048}", "{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"s\"},", false)]
    [InlineData("{\"type\":\"enabled\",\"budget_tokens\":2048}", "{\"type\":\"redacted_thinking\",\"data\":\"d\"},", false)]
    [InlineData("{\"type\":\"adaptive\"}", "", false)]
    [InlineData("{\"type\":\"disabled\"}", "", false)]
    public void A_budget_yields_to_a_tool_loop_without_reasoning(string thinking, string reasoning, bool yields)
    {
        const string results = """{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]}""";
        var turns = $$$"""{"role":"user","content":"q"},{"role":"assistant","content":[{{{reasoning}}}{"type":"tool_use","id":"c","name":"f","input":{}}]},{{{results}}}""";
        var (body, report) = Write($$"""{"model":"m","max_tokens":9000,"output_config":{"effort":"low"},"thinking":{{thinking}},"messages":[{{turns}}]}""");
        body.TryGetProperty("thinking", out _).ShouldBe(!yields);
        body.GetProperty("output_config").GetProperty("effort").GetString().ShouldBe("low");
        report.Dropped.Contains("thinking").ShouldBe(yields);

        // After the loop, the budget applies again.
        var (next, _) = Write($$"""{"model":"m","max_tokens":9000,"thinking":{{thinking}},"messages":[{{turns}},{"role":"assistant","content":"a"},{"role":"user","content":"q"}]}""");
        next.GetProperty("thinking").GetRawText().ShouldBe(thinking);
    }

    private static (JsonElement Body, LossReport Losses) Write(string request)
    {
        var losses = new LossReport();
        using var output = new JsonOutput();
        new HostedMessagesDialect("v").WriteRequest(new AnthropicMessagesDialect().ReadRequest(Encoding.UTF8.GetBytes(request)), new RequestTarget { Model = "m" }, output, losses);
        return (JsonDocument.Parse(output.Written.ToArray()).RootElement, losses);
    }
}
