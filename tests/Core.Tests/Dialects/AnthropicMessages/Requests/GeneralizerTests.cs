using System.Text;
using System.Text.Json;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.AnthropicMessages.Requests;

/// <summary>
/// The members of a Messages request converted to every other dialect: carried, emulated or reported. Each case is a member, a part of
/// the provider's request that shows it, and the loss report.
/// </summary>
public sealed class GeneralizerTests
{
    private const string Tool = """{"name":"f","description":"d","input_schema":{"type":"object","properties":{"a":{"type":"string"}}}""";

    private static readonly Target Chat = new("openai-chat", "gpt-of-tomorrow"), Responses = new("openai-responses", "gpt-of-tomorrow"), Gemini =
        new("gemini", "gemini-of-tomorrow"), Cohere = new("cohere-chat", "command-of-tomorrow");

    private static readonly Target[] Targets = [Chat, Responses, Gemini, Cohere];

    /// <summary>The text in every target's request, and the loss.</summary>
    [Theory]
    [InlineData($"\"tools\":[{Tool},\"input_examples\":[{{\"a\":\"x\"}}]}}],", "d\\n\\nExamples of its input: [{\\u0022a\\u0022:\\u0022x\\u0022}]",
        "emulated=tools.input_examples")]
    [InlineData($"\"tools\":[{Tool},\"eager_input_streaming\":true,\"allowed_callers\":[\"direct\"]}}],", "\"name\":\"f\"", "")]
    [InlineData($"\"tools\":[{Tool},\"allowed_callers\":[\"code_execution_20250825\"]}}],", "\"name\":\"f\"", "dropped=tools.allowed_callers")]
    [InlineData("\"tools\":[{\"type\":\"bash_20250124\",\"name\":\"bash\"}],\"tool_choice\":{\"type\":\"any\"},", "\"name\":\"bash\"", "emulated=tools.bash_20250124")]
    [InlineData("\"tools\":[{\"type\":\"text_editor_20250728\",\"name\":\"str_replace_based_edit_tool\"}],", "\"old_str\"", "emulated=tools.text_editor_20250728")]
    [InlineData("\"tools\":[{\"type\":\"memory_20250818\",\"name\":\"memory\"}],", "\"old_path\"", "emulated=tools.memory_20250818")]
    [InlineData("\"tools\":[{\"type\":\"tool_search_tool_regex_20251119\",\"name\":\"tool_search_tool_regex\"}],", "", "dropped=tools.tool_search_tool_regex_20251119")]
    [InlineData("\"output_format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"],\"additionalProperties\":false}},", "\"city\"", "")]
    [InlineData("\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"],\"additionalProperties\":false}}},", "\"city\"", "")]
    // Case 6.
    [InlineData("\"context_management\":{\"edits\":[]},", "", "dropped=context_management")]
    [InlineData("\"service_tier\":\"auto\",", "", "")]
    [InlineData("\"cache_control\":{\"type\":\"ephemeral\"},", "", "dropped=cache_control")]
    [InlineData("\"mcp_servers\":[{\"name\":\"n\"}],\"container\":\"c\",\"speed\":\"fast\",", "", "dropped=mcp_servers,container,speed")]
    [InlineData("\"output_config\":{\"task_budget\":{\"type\":\"tokens\",\"total\":1}},", "", "dropped=output_config.task_budget")]
    public void A_member_is_carried_emulated_or_reported(string member, string shown, string losses)
    {
        foreach (var target in Targets)
        {
            var made = Convert($"{{\"model\":\"m\",\"max_tokens\":100,{member}\"messages\":[{{\"role\":\"user\",\"content\":\"Hello\"}}]}}", target);
            Text(made).ShouldContain(shown, customMessage: target.Dialect);
            made.Losses.ToString().ShouldBe(losses, target.Dialect);
        }
    }

    /// <summary>The sources of an earlier turn; an empty list is nothing.</summary>
    [Theory]
    [InlineData("{\"type\":\"char_location\",\"cited_text\":\"x\",\"document_index\":0,\"document_title\":\"d\",\"start_char_index\":0,\"end_char_index\":1}", true)]
    [InlineData("{\"type\":\"web_search_result_location\",\"cited_text\":\"x\",\"url\":\"https://a\",\"title\":\"t\",\"encrypted_index\":\"e\"}", true)]
    [InlineData("", false)]
    public void Citations_of_earlier_turns_are_reported(string citation, bool isLost)
    {
        foreach (var target in Targets)
        {
            var made = Convert(
                "{\"model\":\"m\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":"
                + $"[{{\"type\":\"text\",\"text\":\"Hello\",\"citations\":[{citation}]}}]}},{{\"role\":\"user\",\"content\":\"on\"}}]}}", target);
            Text(made).ShouldContain("Hello", customMessage: target.Dialect);
            made.Losses.ToString().ShouldBe(isLost ? "dropped=messages.content.citations" : "", target.Dialect);
        }
    }

    /// <summary>No 400, and the tool is offered.</summary>
    [Fact]
    public void Client_case7_a_deferred_tool_is_offered_from_the_start() =>
        A_member_is_carried_emulated_or_reported($"\"tools\":[{Tool},\"defer_loading\":true}}],", "\"name\":\"f\"", "emulated=tools.defer_loading");

    /// <summary>The referenced tools are kept.</summary>
    [Fact]
    public void Client_case8_a_reference_to_a_tool_is_a_sentence() => A_block_of_text_stays_text(
        """{"type":"tool_result","tool_use_id":"t1","content":[{"type":"tool_reference","tool_name":"f"}]}""", "The tool f is available.", "tool_reference");

    /// <summary>The reverse: another API's developer instructions are the system prompt.</summary>
    [Fact]
    public void Client_case10_a_developer_item_is_the_system_prompt_of_Claude()
    {
        var made = Conversion.Run("openai-responses",
            Encoding.UTF8.GetBytes("""{"model":"m","input":[{"type":"message","role":"developer","content":[{"type":"input_text","text":"Be terse."}]},{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]}]}"""), new Target("anthropic-messages", "claude-of-tomorrow"));
        JsonSerializer.Serialize(made.Body.GetProperty("system")).ShouldContain("Be terse.");
        made.Body.GetProperty("messages").EnumerateArray().ShouldHaveSingleItem().GetProperty("role").GetString().ShouldBe("user");
    }

    [Theory]
    [InlineData("""{"type":"search_result","source":"https://s","title":"ST","content":[{"type":"text","text":"found it"}]}""", "ST\\nhttps://s|found it", "search_result")]
    [InlineData("""{"type":"document","title":"DT","source":{"type":"content","content":[{"type":"text","text":"chunk one"},{"type":"text","text":"chunk two"}]}}""",
        "DT|chunk one|chunk two", "document")]
    [InlineData("""{"type":"document","source":{"type":"content","content":"all of it"}}""", "all of it", "document")]
    [InlineData("""{"type":"tool_result","tool_use_id":"t1","content":[{"type":"search_result","source":"https://s","title":"ST","content":[{"type":"text","text":"found it"}]}]}""", "found it", "search_result")]
    public void A_block_of_text_stays_text(string block, string shown, string name)
    {
        var isResult = block.Contains("tool_result", StringComparison.Ordinal);
        var history = isResult ? """{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{}}]},""" : "";
        foreach (var target in Targets)
        {
            var made = Convert($"{{\"model\":\"m\",\"max_tokens\":100,\"tools\":[{Tool}}}],\"messages\":[{history}{{\"role\":\"user\",\"content\":[{block}]}}]}}", target);
            foreach (var piece in shown.Split('|')) Text(made).ShouldContain(piece, customMessage: target.Dialect);
            made.Body.GetProperty("tools").GetRawText().ShouldContain("\"name\":\"f\"", customMessage: target.Dialect);
            made.Losses.Dropped.ShouldBeEmpty(target.Dialect);
            made.Losses.Emulated.ShouldContain($"messages.content.{name}", target.Dialect);
        }
    }

    /// <summary>Case 12: the turn is converted without the blocks that only Anthropic can read.</summary>
    [Fact]
    public void Client_case12_a_history_with_server_tools_is_accepted()
    {
        foreach (var target in Targets)
        {
            var made = Convert("""
                {"model":"m","max_tokens":100,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"q"}},{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","title":"t","url":"https://u","encrypted_content":"e"}]},{"type":"text","text":"Found"}]},{"role":"user","content":"More"}]}
                """, target);
            Text(made).ShouldContain("Found");
            Text(made).ShouldNotContain("srvtoolu_1");
            made.Losses.ToString().ShouldBe("dropped=messages.content.server_tool_use,messages.content.web_search_tool_result");
        }
    }

    /// <summary>Case 9: the turn keeps its position; case 10 is the reverse.</summary>
    [Fact]
    public void Client_case9_a_system_turn_keeps_its_position_if_the_target_has_one()
    {
        const string body = """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"Hi"},{"role":"system","content":"Note."},{"role":"assistant","content":"Yes"},{"role":"user","content":"Go"}]}""";
        Convert(body, Chat).Body.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("role").GetString())
            .ShouldBe(["user", "system", "assistant", "user"]);
        Convert(body, Responses).Body.GetProperty("input").EnumerateArray().Select(item => item.GetProperty("role").GetString()).ShouldBe(["user", "system", "assistant", "user"]);
        var moved = Convert(body, Gemini);
        moved.Body.GetProperty("systemInstruction").GetProperty("parts")[0].GetProperty("text").GetString().ShouldBe("Note.");
        moved.Losses.ToString().ShouldBe("emulated=messages.system");
    }

    private const string Search =
        """ "tools":[{"type":"web_search_20250305","name":"web_search","max_uses":8,"allowed_domains":["a.com"],"user_location":{"type":"approximate","country":"NO"}}],"tool_choice":{"type":"tool","name":"web_search"}, """;

    /// <summary>Case 11: the choice names an offered tool.</summary>
    [Fact]
    public void Client_case11_a_forced_web_search_is_the_providers_own_search()
    {
        var made = Convert(Message(Search), Responses);
        var search = made.Body.GetProperty("tools").EnumerateArray().ShouldHaveSingleItem();
        search.GetProperty("type").GetString().ShouldBe("web_search");
        search.GetProperty("filters").GetProperty("allowed_domains")[0].GetString().ShouldBe("a.com");
        search.GetProperty("user_location").GetProperty("country").GetString().ShouldBe("NO");
        made.Body.GetProperty("tool_choice").GetString().ShouldBe("required");
        made.Losses.ToString().ShouldBe("dropped=tools.web_search_20250305.max_uses; emulated=tools.web_search_20250305");
        Text(Convert(Message(Search), Gemini)).ShouldContain("googleSearch");
        Convert(Message(Search), Chat).Losses.Dropped.ShouldContain("tools.web_search_20250305");
    }

    [Fact]
    public void A_forced_Anthropic_tool_beside_others_is_reported()
    {
        var made = Convert(Message(
            $"\"tools\":[{Tool}}},{{\"type\":\"code_execution_20250825\",\"name\":\"code_execution\"}}],\"tool_choice\":{{\"type\":\"tool\",\"name\":\"code_execution\"}},"), Chat);
        made.Body.TryGetProperty("tool_choice", out _).ShouldBeFalse();
        made.Losses.Dropped.ShouldBe(["tool_choice", "tools.code_execution_20250825"], ignoreOrder: true);
    }

    /// <summary>OpenAI refuses a user of more than 64 characters; Claude Code sends 150 and more.</summary>
    [Fact]
    public void A_long_user_id_is_shortened_and_stays_the_same_user()
    {
        var user = new string('u', 65);
        var made = Convert(Message($"\"metadata\":{{\"user_id\":\"{user}\"}},"), Responses);
        made.Body.GetProperty("user").GetString()!.Length.ShouldBe(37);
        made.Losses.ToString().ShouldBe("emulated=metadata.user_id");
        Convert(Message($"\"metadata\":{{\"user_id\":\"{user}\"}},"), Chat).Body.GetProperty("user").GetString().ShouldBe(made.Body.GetProperty("user").GetString());
        Convert(Message($"\"metadata\":{{\"user_id\":\"{user[1..]}\"}},"), Chat).Body.GetProperty("user").GetString().ShouldBe(user[1..]);
    }

    [Fact]
    public void Standard_service_is_the_default_tier_at_OpenAI()
    {
        foreach (var target in (Target[])[Chat, Responses])
            Convert(Message("\"service_tier\":\"standard_only\","), target).Body.GetProperty("service_tier").GetString().ShouldBe("default");
        Convert(Message("\"service_tier\":\"standard_only\","), Gemini).Losses.IsEmpty.ShouldBeTrue();
    }

    private static string Message(string members) => $"{{\"model\":\"m\",\"max_tokens\":100,{members}\"messages\":[{{\"role\":\"user\",\"content\":\"Hello\"}}]}}";

    private static Converted Convert(string body, Target target)
    {
        var made = Conversion.Run("anthropic-messages", Encoding.UTF8.GetBytes(body), target);
        made.Error.ShouldBeNull(target.Dialect);
        Conversion.Violations(made, target).ShouldBeEmpty($"{target.Dialect}: {body}");
        return made;
    }

    private static string Text(Converted made) => JsonSerializer.Serialize(made.Body);
}
