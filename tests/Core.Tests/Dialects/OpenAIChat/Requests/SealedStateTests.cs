using System.Text;
using System.Text.Json.Nodes;
using Nano.Chat;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Tests.Reasoning;

namespace Nano.Tests.Dialects.OpenAIChat.Requests;

/// <summary>A conversation begun by a model with sealed state, as sent to a provider of Chat.</summary>
public sealed class SealedStateTests
{
    private const string Lost = "dropped=messages.reasoning_details";

    public static TheoryData<string, string, string, string> Cases() => new()
    {
        {
            "a call's id and its result's",
            """[ {"role":"assistant", "content":null,"tool_calls":[{"id":"toolu_1__nano1_AAAA","type":"function","function":{"name":"f","arguments":"{ }"}}]} , {"role":"tool","tool_call_id":"toolu_1__nano1_AAAA","content":"r"}]""",
            """[{"role":"assistant","content":null,"tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"f","arguments":"{ }"}}]},{"role":"tool","tool_call_id":"toolu_1","content":"r"}]""", Lost
        },
        { "details", """[{"role":"assistant","content":"a","reasoning_details":[{"type":"reasoning.text","text":"t"},{"type":"reasoning.text","signature":"__nano1_AAAA"}]}]""",
            """[{"role":"assistant","content":"a"}]""", Lost },
        { "a later version's", """[{"role":"assistant","content":"a","reasoning_details":[{"type":"reasoning.encrypted","data":"__nano7_AAAA"}]}]""",
            """[{"role":"assistant","content":"a"}]""", Lost },
        {
            "a call's signature", """[{"role":"assistant","tool_calls":[{"id":"c","extra_content":{"google":{"thought_signature":"__nano1_AAAA"}},"type":"function"}]}]""",
            """[{"role":"assistant","tool_calls":[{"id":"c","type":"function"}]}]""", Lost
        },
        { "a result's id alone", """[{"role":"tool","tool_call_id":"c__nano1_AAAA"}]""", """[{"role":"tool","tool_call_id":"c"}]""", "" },
        { "an id that is nothing else", """[{"role":"tool","tool_call_id":"__nano1_AAAA"}]""", """[{"role":"tool","tool_call_id":"__nano1_AAAA"}]""", "" },
        {
            "an id that OpenAI finds too long",
            """[{"role":"tool","tool_call_id":"0123456789012345678901234567890123456789x__nano1_AAAA"},{"role":"tool","tool_call_id":"0123456789012345678901234567890123456789__nano1_AAAA"}]""",
            """[{"role":"tool","tool_call_id":"call_1b2e5b2d"},{"role":"tool","tool_call_id":"0123456789012345678901234567890123456789"}]""", ""
        },
        // Only the gateway's own members contain seals: users' text is not changed.
        { "the word in a text", """[{"role":"user","content":"what is __nano1_AAAA ?"}]""", "", "" },
        { "the word in arguments", """[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"a\":\"__nano1_AAAA\"}"}}]}]""", "", "" },
        { "odd shapes", """[1,null,[],{"tool_calls":"__nano1_AAAA"},{"tool_calls":["__nano1_AAAA",{"id":7}],"tool_call_id":{"a":"__nano1_AAAA"}}]""", "", "" },
        { "details that are none", """[{"role":"assistant","reasoning_details":"__nano1_AAAA"}]""", """[{"role":"assistant"}]""", Lost },
    };

    [Theory, MemberData(nameof(Cases))]
    public void State_is_removed(string why, string messages, string left, string losses)
    {
        var report = new LossReport();
        using var output = new JsonOutput();
        var changed = new OpenAIChatDialect().TryRemoveSealedState(Encoding.UTF8.GetBytes($$"""{"model":"m","messages":{{messages}},"x":{"__nano1_":1} }"""), output, report);
        changed.ShouldBe(left.Length > 0, why);
        report.ToString().ShouldBe(losses);
        if (!changed) return;
        var made = JsonNode.Parse(output.WrittenSpan)!;
        if (why.Contains("too long")) ((string)made["messages"]![0]!["tool_call_id"]!).Length.ShouldBe(37);
        else made["messages"]!.ToJsonString().ShouldBe(JsonNode.Parse(left)!.ToJsonString());
        made["x"]!.ToJsonString().ShouldBe("""{"__nano1_":1}""");
    }

    [Fact]
    public void All_state_that_the_gateway_sends_is_removed()
    {
        var turn = Turns.Told(Turns.Home, Turns.Thinking("t", "c2lnbmF0dXJlMQ=="), Turns.Text("a"), Turns.Call("toolu_1", "look", "Y2FsbHNpZw=="));
        turn.Remove("reasoning_content");
        using var output = new JsonOutput();
        new OpenAIChatDialect().TryRemoveSealedState(Encoding.UTF8.GetBytes(new JsonObject { ["messages"] = new JsonArray(turn) }.ToJsonString()), output, new LossReport())
            .ShouldBeTrue();
        Encoding.UTF8.GetString(output.WrittenSpan)
            .ShouldBe("""{"messages":[{"role":"assistant","content":"a","refusal":null,"tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"look","arguments":"{}"}}]}]}""");
    }
}
