using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Json;
using static Nano.Tests.Dialects.OpenAIChat.Requests.RequestReaderTests;

namespace Nano.Tests.Dialects.OpenAIChat.Requests;

/// <summary>The forms in which Chat requests set reasoning and return its state.</summary>
public sealed class ReasoningReaderTests
{
    [Theory]
    [InlineData("""{"reasoning_effort":"high"}""", "high", null, null)]
    [InlineData("""{"reasoning_effort":"none"}""", "none", null, false)]
    [InlineData("""{"reasoning":{"effort":"low","exclude":true}}""", "low", null, null)]
    [InlineData("""{"reasoning":{"max_tokens":2000}}""", "", 2000, null)]
    [InlineData("""{"reasoning":{"enabled":true}}""", "", null, true)]
    [InlineData("""{"thinking":{"type":"disabled"}}""", "", null, false)]
    [InlineData("""{"thinking":{"type":"enabled","budget_tokens":500}}""", "", 500, true)]
    public void Reasoning(string members, string effort, int? budget, bool? enabled)
    {
        var reasoning = Read(members).Reasoning!;
        reasoning.Effort.ToString().ShouldBe(effort);
        reasoning.BudgetTokens.ShouldBe(budget);
        reasoning.Enabled.ShouldBe(enabled);
    }

    /// <summary>Case 16: state returns to its origin, joined with the text that the caller kept beside it.</summary>
    [Theory]
    [InlineData("""[{"type":"reasoning.text","text":"t","signature":"s","format":"anthropic-claude-v1","index":0}]""", "t", "anthropic-messages", "t", "s", "")]
    [InlineData("""[{"type":"reasoning.text","signature":"s","format":"anthropic-claude-v1","index":0}]""", "t", "anthropic-messages", "t", "s", "")]
    [InlineData("""[{"type":"reasoning.encrypted","data":"d","format":"anthropic-claude-v1","index":0}]""", null, "anthropic-messages", "", "", "d")]
    [InlineData("""[{"type":"reasoning.text","signature":"s","format":"google-gemini-v1","index":0}]""", null, "gemini", "", "s", "")]
    [InlineData("""[{"type":"reasoning.text","text":"t","signature":"s","format":null,"index":0}]""", null, "openai-chat", "t", "s", "")]
    public void Case16_reasoning_details(string details, string? plain, string origin, string text, string signature, string data)
    {
        var beside = plain is null ? "" : $",\"reasoning_content\":\"{plain}\"";
        var json = """{"role":"assistant","content":"x","reasoning_details":""" + details + beside + "}";
        var part = Message(json).Parts.OfType<ReasoningPart>().ShouldHaveSingleItem();
        part.Origin.ShouldBe(origin);
        part.Text.ToString().ShouldBe(text);
        part.Signature.ToString().ShouldBe(signature);
        part.Opaque.ToString().ShouldBe(data);
    }

    /// <summary>Clients that gather a stream's details return its fragments unchanged: those with one index are one piece of reasoning.</summary>
    [Theory]
    [InlineData("""[{"type":"reasoning.text","text":"w","format":"anthropic-claude-v1","index":0},{"type":"reasoning.text","text":"hy","format":"anthropic-claude-v1","index":0},{"type":"reasoning.text","signature":"s","format":"anthropic-claude-v1","index":0},{"type":"reasoning.encrypted","data":"d","format":"anthropic-claude-v1","index":1}]""", "anthropic-messages|why|s|;anthropic-messages|||d")]
    [InlineData("""[{"type":"reasoning.text","signature":"a","format":"google-gemini-v1","index":0},{"type":"reasoning.text","signature":"b","format":"google-gemini-v1","index":0}]""", "gemini||a|;gemini||b|")]
    [InlineData("""[{"type":"reasoning.text","text":"a","format":"anthropic-claude-v1","index":0},{"type":"reasoning.text","text":"b","signature":"s","format":"anthropic-claude-v1","index":1}]""", "anthropic-messages|a||;anthropic-messages|b|s|")]
    [InlineData("""[{"type":"reasoning.encrypted","data":"a","format":"anthropic-claude-v1","index":0},{"type":"reasoning.encrypted","data":"b","format":"anthropic-claude-v1","index":0}]""", "anthropic-messages|||a;anthropic-messages|||b")]
    public void Case16_details_in_pieces_are_joined(string details, string parts)
    {
        var message = Message("""{"role":"assistant","content":"x","reasoning_details":""" + details + "}");
        string.Join(";", message.Parts.OfType<ReasoningPart>().Select(p => $"{p.Origin}|{p.Text}|{p.Signature}|{p.Opaque}")).ShouldBe(parts);
    }

    [Fact]
    public void Case16_reasoning_in_pieces_is_joined_for_its_model()
    {
        var request = Read("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"x","reasoning_content":"why","reasoning_details":[{"type":"reasoning.text","text":"w","format":"anthropic-claude-v1","index":0},{"type":"reasoning.text","text":"hy","format":"anthropic-claude-v1","index":0},{"type":"reasoning.text","signature":"s","format":"anthropic-claude-v1","index":0}]},{"role":"user","content":"q"}],"thinking":{"type":"adaptive"}}""");
        using var output = new JsonOutput();
        var losses = new LossReport();
        new AnthropicMessagesDialect().WriteRequest(request, new RequestTarget { Model = "claude" }, output, losses);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldContain("""{"type":"thinking","thinking":"why","signature":"s"}""");
        losses.Dropped.ShouldBeEmpty();
    }

    [Fact]
    public void A_calls_signature_is_read_in_Googles_form()
    {
        var call = Message("""{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"sig"}}}]}""")
            .Parts.OfType<ToolCallPart>().ShouldHaveSingleItem();
        call.Signature.ToString().ShouldBe("sig");
        call.Extras.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"type":"adaptive"}""", true, true, null, "")]
    [InlineData("""{"type":"adaptive","display":"summarized"}""", true, true, true, "")]
    [InlineData("""{"type":"enabled","budget_tokens":2000,"display":"omitted"}""", false, true, false, "")]
    [InlineData("""{"type":"adaptive","display":"later","x":1}""", true, true, null, "reasoning.display,reasoning.x")]
    [InlineData("""{"type":"disabled"}""", false, false, null, "")]
    public void Anthropics_thinking_options(string thinking, bool adaptive, bool enabled, bool? shown, string dropped)
    {
        var members = """{"thinking":""" + thinking + "}";
        var reasoning = Read(members).Reasoning!;
        (reasoning.Adaptive, reasoning.Enabled, reasoning.IncludeReasoning).ShouldBe((adaptive, enabled, shown));
        var losses = new LossReport();
        using var output = new JsonOutput();
        new GeminiDialect().WriteRequest(Read(members), new RequestTarget { Model = "model-of-tomorrow" }, output, losses);
        string.Join(",", losses.Dropped).ShouldBe(dropped);
    }
}
