using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.OpenAIResponses;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.OpenAIResponses.Requests;

/// <summary>Members of a Responses request, one by one, converted to each provider dialect: carried, emulated, or reported as lost.</summary>
public sealed class ForeignRequestTests
{
    private const string Messages = "anthropic-messages", Gemini = "gemini", Cohere = "cohere-chat", Chat = "openai-chat";

    public static TheoryData<string> Targets => [Messages, Gemini, Cohere, Chat];

    private static readonly Dictionary<string, string> Models = new() { [Messages] = "claude-sonnet-5", [Gemini] = "gemini-3.8-flash", [Cohere] = "command-a-03-2025",
        [Chat] = "some-model" };

    private static (string Body, string Losses) Write(string members, string dialect)
    {
        var made = Conversion.Run("openai-responses", Encoding.UTF8.GetBytes($$"""{"model":"m",{{members}}}"""), new Target(dialect, Models[dialect]));
        made.Error.ShouldBeNull();
        return (made.Body.GetRawText(), Named(made.Losses));
    }

    /// <summary>The value of the loss header, with the caller's names.</summary>
    private static string Named(LossReport losses)
    {
        var named = new LossReport(new OpenAIResponsesDialect().NameOfLoss);
        foreach (var member in losses.Dropped) named.Drop(member);
        foreach (var member in losses.Emulated) named.Emulate(member);
        return named.ToString();
    }

    [Theory]
    // Members without an effect are not losses, and neither are those that the response repeats.
    [InlineData("\"store\":false", "", "", "", "")]
    [InlineData("\"background\":false,\"truncation\":\"disabled\",\"previous_response_id\":null,\"include\":[\"reasoning.encrypted_content\"],\"tools\":[]", "", "", "", "")]
    [InlineData("\"metadata\":{\"team\":\"north\"}", "", "", "", "")]
    [InlineData("\"stream_options\":{\"include_obfuscation\":false},\"text\":{\"format\":{\"type\":\"text\"},\"verbosity\":\"medium\"}", "", "", "", "")]
    // Members without a counterpart are reported.
    [InlineData("\"store\":true", "dropped=store", "dropped=store", "dropped=store", "dropped=store")]
    [InlineData("\"truncation\":\"auto\"", "dropped=truncation", "dropped=truncation", "dropped=truncation", "dropped=truncation")]
    [InlineData("\"max_tool_calls\":3", "dropped=max_tool_calls", "dropped=max_tool_calls", "dropped=max_tool_calls", "dropped=max_tool_calls")]
    [InlineData("\"include\":[\"web_search_call.action.sources\"]", "dropped=include", "dropped=include", "dropped=include", "dropped=include")]
    [InlineData("\"context_management\":[{\"type\":\"compaction\"}]", "dropped=context_management", "dropped=context_management", "dropped=context_management",
        "dropped=context_management")]
    [InlineData("\"client_metadata\":{\"a\":\"b\"}", "dropped=client_metadata", "dropped=client_metadata", "dropped=client_metadata", "dropped=client_metadata")]
    [InlineData("\"prompt_cache_key\":\"k\"", "dropped=prompt_cache_key", "dropped=prompt_cache_key", "dropped=prompt_cache_key", "")]
    [InlineData("\"text\":{\"verbosity\":\"low\"}", "dropped=text.verbosity", "dropped=text.verbosity", "dropped=text.verbosity", "")]
    [InlineData("\"service_tier\":\"flex\"", "dropped=service_tier", "dropped=service_tier", "dropped=service_tier", "")]
    [InlineData("\"reasoning\":{\"effort\":\"low\",\"context\":\"all_turns\"}", "dropped=reasoning.context", "dropped=reasoning.context", "*reasoning.context",
        "dropped=reasoning.context")]
    // OpenAI's tools that its servers run.
    [InlineData("\"tools\":[{\"type\":\"code_interpreter\",\"container\":{\"type\":\"auto\"}}]", "dropped=tools.code_interpreter", "dropped=tools.code_interpreter",
        "dropped=tools.code_interpreter", "dropped=tools.code_interpreter")]
    [InlineData("\"tools\":[{\"type\":\"mcp\",\"server_label\":\"a\",\"server_url\":\"https://example.com\"}],\"tool_choice\":{\"type\":\"mcp\",\"server_label\":\"a\"}",
        "*tool_choice", "*tool_choice", "*tool_choice", "*tool_choice")]
    [InlineData("\"tools\":[{\"type\":\"web_search\"}],\"tool_choice\":{\"type\":\"web_search\"}", "emulated=tools.web_search",
        "dropped=tool_choice; emulated=tools.web_search", "*dropped=tools.web_search", "*dropped=tools.web_search")]
    [InlineData("\"tools\":[{\"type\":\"web_search_preview\"}],\"tool_choice\":{\"type\":\"web_search_preview\"},\"reasoning\":{\"effort\":\"high\"}", "*emulated=",
        "*tool_choice", "*tools.web_search", "*tools.web_search")]
    [InlineData("\"tools\":[{\"type\":\"web_search\"},{\"type\":\"function\",\"name\":\"f\"}],\"tool_choice\":{\"type\":\"web_search\"}",
        "dropped=tool_choice; emulated=tools.web_search", "dropped=tool_choice; emulated=tools.web_search", "*tool_choice", "*tool_choice")]
    [InlineData("\"tools\":[{\"type\":\"web_search\"}]", "emulated=tools.web_search", "emulated=tools.web_search", "dropped=tools.web_search", "dropped=tools.web_search")]
    public void A_member_is_carried_or_reported(string members, string messages, string gemini, string cohere, string chat)
    {
        foreach (var (dialect, expected) in new[] { (Messages, messages), (Gemini, gemini), (Cohere, cohere), (Chat, chat) })
        {
            var losses = Write($"\"input\":\"Hello\",{members}", dialect).Losses;
            if (expected.StartsWith('*')) losses.ShouldContain(expected[1..], customMessage: dialect);
            else losses.ShouldBe(expected, dialect);
        }
    }

    /// <summary>Anthropic takes one of the two lists.</summary>
    [Theory]
    [InlineData("""{"allowed_domains":["docs.example.com"]}""", "\"allowed_domains\":[\"docs.example.com\"]", "emulated=tools.web_search")]
    [InlineData("""{"blocked_domains":["a.com"],"allowed_domains":null}""", "\"blocked_domains\":[\"a.com\"]", "emulated=tools.web_search")]
    [InlineData("""{"blocked_domains":["a.com"],"allowed_domains":["b.com"]}""", "\"allowed_domains\":[\"b.com\"]",
        "dropped=tools.web_search.filters.blocked_domains; emulated=tools.web_search")]
    [InlineData("""{"allowed_domains":[]}""", "\"name\":\"web_search\"}", "emulated=tools.web_search")]
    [InlineData("""{"newer":1}""", "\"name\":\"web_search\"}", "dropped=tools.web_search.filters.newer; emulated=tools.web_search")]
    public void The_domains_of_a_search_are_carried_to_Anthropic(string filters, string expected, string losses)
    {
        var members = $$"""
            "input":"Hello","tools":[{"type":"web_search","filters":{{filters}}}]
            """;
        var written = Write(members, Messages);
        written.Body.ShouldContain(expected);
        written.Losses.ShouldBe(losses);
        Write(members, Gemini).Losses.ShouldBe("dropped=tools.web_search.filters; emulated=tools.web_search");
        Write(members, Chat).Losses.ShouldBe("dropped=tools.web_search");
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Instructions_and_developer_messages_are_system_texts(string dialect)
    {
        var (body, losses) = Write("""
            "instructions":"Be brief.","input":[{"type":"message","role":"developer","content":[{"type":"input_text","text":"Be kind."}]},{"role":"user","content":"Hello"}]
            """, dialect);
        losses.ShouldBe("");
        body.IndexOf("Be brief.", StringComparison.Ordinal).ShouldBeInRange(0, body.IndexOf("Be kind.", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_free_form_tool_is_a_function_with_one_text(string dialect)
    {
        var (body, losses) = Write("""
            "input":"Hello","tools":[{"type":"custom","name":"apply_patch","description":"Patches.","format":{"type":"grammar","syntax":"lark","definition":"start: \"x\""}}],"tool_choice":{"type":"custom","name":"apply_patch"}
            """, dialect);
        losses.ShouldContain("emulated=tools.custom");
        body.ShouldContain("\"apply_patch\"");
        body.ShouldContain("Patches.\\n\\nThe input must match this lark grammar:\\nstart: \\\"x\\\"");
        body.ShouldContain("\"input\"");
        losses.ShouldNotContain("tool_choice", customMessage: "the choice follows");
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Client_case24_Tools_of_namespaces_have_flat_names_and_the_choice_and_the_history_follow(string dialect)
    {
        var (body, losses) = Write("""
            "tools":[{"type":"namespace","name":"mcp__files__","description":"Files.","tools":[{"type":"function","name":"list","parameters":{"type":"object","properties":{}}}]},{"type":"function","name":"list","parameters":{"type":"object","properties":{}}}],
            "tool_choice":{"type":"function","name":"list","namespace":"mcp__files__"},
            "input":[{"role":"user","content":"Hello"},{"type":"function_call","call_id":"call_1","namespace":"mcp__files__","name":"list","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"a.txt"}]
            """, dialect);
        losses.ShouldStartWith("emulated=tools.namespace");
        // The definition, the choice and the call.
        Count(body, "\"mcp__files__list\"").ShouldBeGreaterThanOrEqualTo(dialect == Cohere ? 2 : 3);
        // Cohere cannot choose one tool, so only that tool is offered.
        Count(body, "\"list\"").ShouldBe(dialect == Cohere ? 0 : 1);
    }

    [Fact]
    public void Client_case25_A_namespace_called_functions_does_not_collide()
    {
        var (body, _) = Write("""
            "input":"Hello","tools":[{"type":"function","name":"run"},{"type":"function","name":"functions__run"},{"type":"namespace","name":"functions","tools":[{"type":"function","name":"run"}]}]
            """, Chat);
        Names(body).ShouldBe(["run", "functions__run", "functions__run_2"]);
    }

    /// <summary>The namespace has the same name as a function beside it, or as a free-form tool.</summary>
    [Theory]
    [InlineData("function", "function")]
    [InlineData("custom", "function")]
    [InlineData("function", "custom")]
    public void A_namespace_with_the_name_of_its_tool_does_not_collide(string beside, string inside)
    {
        var (body, _) = Write($$"""
            "input":[{"role":"user","content":"Hello"},{"type":"function_call","call_id":"call_1","namespace":"search","name":"search","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"ok"}],
            "tools":[{"type":"{{beside}}","name":"search"},{"type":"namespace","name":"search","tools":[{"type":"{{inside}}","name":"search"}]}]
            """, Chat);
        Names(body).ShouldBe(["search", "search__search"]);
        var call = JsonDocument.Parse(body).RootElement.GetProperty("messages")[1].GetProperty("tool_calls")[0];
        call.GetProperty("function").GetProperty("name").GetString().ShouldBe("search__search");
    }

    [Fact]
    public void A_forced_web_search_stays_forced_if_it_is_the_only_tool() =>
        Write("""
            "input":"Hello","tools":[{"type":"web_search"}],"tool_choice":{"type":"web_search"}
            """, Messages).Body.ShouldContain("\"tool_choice\":{\"type\":\"any\"}");

    [Fact]
    public void Client_case26_A_call_of_a_namespace_that_is_not_offered_keeps_it_in_its_name()
    {
        var (body, losses) = Write("""
            "input":[{"role":"user","content":"Hello"},{"type":"function_call","call_id":"call_1","namespace":"old","name":"run","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"ok"}]
            """, Chat);
        losses.ShouldBe("");
        body.ShouldContain("\"name\":\"old__run\"");
    }

    [Fact]
    public void A_name_that_is_too_long_is_shortened_and_stays_unique()
    {
        var space = new string('n', 60);
        var (body, _) = Write($$"""
            "input":"Hello","tools":[{"type":"namespace","name":"{{space}}","tools":[{"type":"function","name":"one tool"},{"type":"function","name":"another"}]}]
            """, Chat);
        var names = Names(body);
        names.Distinct().Count().ShouldBe(2);
        names.ShouldAllBe(name => name.Length <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Client_case27_A_call_of_a_free_form_tool_in_the_history_is_a_call_with_one_text(string dialect)
    {
        var (body, losses) = Write("""
            "tools":[{"type":"custom","name":"apply_patch"}],
            "input":[{"role":"user","content":"Hello"},{"type":"custom_tool_call","call_id":"call_1","name":"apply_patch","input":"*** Begin \"Patch\"\n"},{"type":"custom_tool_call_output","call_id":"call_1","output":"patched"}]
            """, dialect);
        losses.ShouldBe("emulated=tools.custom");
        body.Replace("\\\\", "\\").Replace("\\\"", "\"").ShouldContain("{\"input\":\"*** Begin ");
        body.ShouldContain("patched");
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Tools_that_a_search_of_the_caller_found_are_offered(string dialect)
    {
        var (body, losses) = Write("""
            "tools":[{"type":"tool_search","execution":"client","description":"Finds tools.","parameters":{"type":"object","properties":{"query":{"type":"string"}}}}],
            "input":[{"role":"user","content":"Hello"},{"type":"tool_search_call","call_id":"call_1","execution":"client","arguments":{"query":"rates"}},
                     {"type":"tool_search_output","call_id":"call_1","execution":"client","tools":[{"type":"function","name":"get_rate","defer_loading":true,"parameters":{"type":"object","properties":{"from":{"type":"string"}}}}]}]
            """, dialect);
        losses.ShouldContain("tools.tool_search");
        body.ShouldContain("\"tool_search\"");
        body.ShouldContain("Finds tools.");
        body.ShouldContain("These tools can be called now: get_rate");
        Count(body, "\"get_rate\"").ShouldBe(1);
    }

    [Theory]
    [InlineData("local_shell",
        """{"type":"local_shell_call","call_id":"call_1","action":{"type":"exec","command":["ls"],"env":{}}},{"type":"local_shell_call_output","id":"call_1","output":"a.txt"}""")]
    [InlineData("shell", """{"type":"shell_call","call_id":"call_1","action":{"commands":["ls"]}},{"type":"shell_call_output","call_id":"call_1","output":[{"stdout":"a.txt","stderr":"","outcome":{"type":"exit","exit_code":0}}]}""")]
    [InlineData("apply_patch",
        """{"type":"apply_patch_call","call_id":"call_1","operation":{"type":"delete_file","path":"ls"}},{"type":"apply_patch_call_output","call_id":"call_1","status":"completed","output":"a.txt"}""")]
    public void A_tool_of_OpenAI_that_the_caller_runs_is_a_function(string tool, string history)
    {
        var (body, losses) = Write($$"""
            "tools":[{"type":"{{tool}}"}],"tool_choice":{"type":"{{tool}}"},"input":[{"role":"user","content":"Hello"},{{history}}]
            """, Chat);
        losses.ShouldContain($"tools.{tool}");
        Names(body).ShouldBe([tool]);
        body.ShouldContain("\\\"ls\\\"");
        body.ShouldContain("a.txt");
        JsonDocument.Parse(body).RootElement.GetProperty("tool_choice").GetProperty("function").GetProperty("name").GetString().ShouldBe(tool);
    }

    [Fact]
    public void Allowed_tools_are_named_as_they_are_offered()
    {
        var (body, losses) = Write("""
            "input":"Hello","tools":[{"type":"custom","name":"patch"},{"type":"function","name":"run"},{"type":"mcp","server_label":"m"}],
            "tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"custom","name":"patch"},{"type":"function","name":"run"},{"type":"mcp","server_label":"m"}]}
            """, Chat);
        var choice = JsonDocument.Parse(body).RootElement.GetProperty("tool_choice").GetProperty("allowed_tools");
        choice.GetProperty("mode").GetString().ShouldBe("required");
        choice.GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("function").GetProperty("name").GetString()).ShouldBe(["patch", "run"]);
        losses.ShouldContain("tool_choice.tools");
    }

    [Theory]
    [InlineData("\"previous_response_id\":\"resp_1\"", "previous_response_id", "'input'")]
    [InlineData("\"conversation\":\"conv_1\"", "conversation", "'input'")]
    [InlineData("\"background\":true", "background", "'stream'")]
    [InlineData("\"prompt\":{\"id\":\"pmpt_1\"}", "prompt", "'instructions'")]
    [InlineData("\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]", "input", "'store'")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":\"a\"},{\"type\":\"compaction\",\"encrypted_content\":\"x\"}]", "input", "compaction")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":\"a\"},{\"type\":\"compaction_trigger\"}]", "input", "compaction_trigger")]
    public void Requests_that_need_stored_responses_are_refused_with_an_alternative(string members, string param, string hint)
    {
        var made = Conversion.Run("openai-responses", Encoding.UTF8.GetBytes($$"""{"model":"m","input":"a",{{members}}}"""), new Target(Messages, "claude-sonnet-5"));
        made.Error.ShouldNotBeNull();
        (made.Error!.Status, made.Error.Param).ShouldBe((400, param));
        made.Error.Message.ShouldContain(hint);
    }

    [Fact]
    public void A_reference_to_reasoning_is_reported_and_the_turn_is_kept()
    {
        var (body, losses) = Write("""
            "input":[{"role":"user","content":"a"},{"type":"item_reference","id":"rs_1"},{"type":"function_call","call_id":"call_1","name":"run","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"ok"}]
            """, Chat);
        losses.ShouldBe("dropped=input.reasoning");
        body.ShouldContain("\"run\"");
    }

    private static int Count(string text, string what) => (text.Length - text.Replace(what, "").Length) / what.Length;

    private static IEnumerable<string> Names(string chat) =>
        JsonDocument.Parse(chat).RootElement.GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("function").GetProperty("name").GetString()!);
}
