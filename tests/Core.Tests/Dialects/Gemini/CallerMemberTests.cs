using Nano.Chat;
using Nano.Dialects.Gemini;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.Gemini;

/// <summary>
/// Every member of a Gemini caller's request converted to each other dialect: its form there, or the loss. The second
/// column is a part of the converted request; empty if there is none.
/// </summary>
public sealed class CallerMemberTests
{
    private const string Contents = "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}]";
    private const string Tools = "\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"parameters\":{\"type\":\"OBJECT\",\"properties\":{\"a\":{\"type\":\"STRING\"}}}}]}]";

    [Theory]
    // generationConfig, in both spellings
    [InlineData("openai-chat", "\"generationConfig\":{\"temperature\":0.5}", "\"temperature\":0.5", "")]
    [InlineData("anthropic-messages", "\"generationConfig\":{\"temperature\":0.5}", "\"temperature\":0.5", "")]
    [InlineData("openai-responses", "\"generation_config\":{\"temperature\":0.5}", "\"temperature\":0.5", "")]
    [InlineData("cohere-chat", "\"generation_config\":{\"temperature\":0.5}", "\"temperature\":0.5", "")]
    [InlineData("openai-chat", "\"generationConfig\":{\"topP\":0.5}", "\"top_p\":0.5", "")]
    [InlineData("anthropic-messages", "\"generation_config\":{\"top_p\":0.5}", "\"top_p\":0.5", "")]
    [InlineData("openai-responses", "\"generationConfig\":{\"topP\":0.5}", "\"top_p\":0.5", "")]
    [InlineData("cohere-chat", "\"generationConfig\":{\"topP\":0.5}", "\"p\":0.5", "")]
    [InlineData("anthropic-messages", "\"generationConfig\":{\"topK\":5}", "\"top_k\":5", "")]
    [InlineData("cohere-chat", "\"generationConfig\":{\"top_k\":5}", "\"k\":5", "")]
    [InlineData("openai-responses", "\"generationConfig\":{\"topK\":5}", "", "dropped=generationConfig.topK")]
    [InlineData("openai-chat", "\"generationConfig\":{\"maxOutputTokens\":50}", "\"max_tokens\":50", "")]
    [InlineData("anthropic-messages", "\"generationConfig\":{\"max_output_tokens\":50}", "\"max_tokens\":50", "")]
    [InlineData("openai-responses", "\"generationConfig\":{\"maxOutputTokens\":50}", "\"max_output_tokens\":50", "")]
    [InlineData("cohere-chat", "\"generationConfig\":{\"maxOutputTokens\":50}", "\"max_tokens\":50", "")]
    [InlineData("openai-chat", "\"generationConfig\":{\"stopSequences\":[\"END\"]}", "\"stop\":[\"END\"]", "")]
    [InlineData("anthropic-messages", "\"generationConfig\":{\"stopSequences\":[\"END\"]}", "\"stop_sequences\":[\"END\"]", "")]
    [InlineData("openai-responses", "\"generationConfig\":{\"stopSequences\":[\"END\"]}", "", "dropped=generationConfig.stopSequences")]
    [InlineData("cohere-chat", "\"generationConfig\":{\"stopSequences\":[\"END\"]}", "\"stop_sequences\":[\"END\"]", "")]
    [InlineData("openai-chat", "\"generationConfig\":{\"candidateCount\":2}", "\"n\":2", "")]
    [InlineData("anthropic-messages", "\"generationConfig\":{\"candidateCount\":2}", "", "dropped=generationConfig.candidateCount")]
    [InlineData("openai-chat", "\"generationConfig\":{\"seed\":7}", "\"seed\":7", "")]
    [InlineData("anthropic-messages", "\"generationConfig\":{\"seed\":7}", "", "dropped=generationConfig.seed")]
    [InlineData("cohere-chat", "\"generationConfig\":{\"seed\":7}", "\"seed\":7", "")]
    [InlineData("openai-chat", "\"generationConfig\":{\"presencePenalty\":1}", "\"presence_penalty\":1", "")]
    [InlineData("anthropic-messages", "\"generationConfig\":{\"frequencyPenalty\":1}", "", "dropped=generationConfig.frequencyPenalty")]
    [InlineData("openai-chat", "\"generationConfig\":{\"responseMimeType\":\"application/json\"}", "\"response_format\":{\"type\":\"json_object\"}",
        "emulated=generationConfig.responseSchema")]
    [InlineData("openai-chat",
        "\"generationConfig\":{\"responseMimeType\":\"application/json\",\"responseSchema\":{\"type\":\"OBJECT\",\"properties\":{\"a\":{\"type\":\"STRING\"}}}}",
        "\"properties\":{\"a\":{\"type\":\"string\"}}", "")]
    [InlineData("openai-chat",
        "\"generationConfig\":{\"responseMimeType\":\"application/json\",\"responseJsonSchema\":{\"type\":\"OBJECT\",\"properties\":{\"default\":{\"type\":\"STRING\"}}}}",
        "{\"type\":\"object\",\"properties\":{\"default\":{\"type\":\"string\"}}", "")]
    [InlineData("openai-chat", "\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"parametersJsonSchema\":{\"type\":\"OBJECT\",\"properties\":{\"a\":{\"type\":\"string\"}}}}]}]",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}", "")]
    [InlineData("openai-responses",
        "\"generationConfig\":{\"responseMimeType\":\"application/json\",\"responseJsonSchema\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}}",
        "\"type\":\"json_schema\"", "")]
    [InlineData("anthropic-messages",
        "\"generation_config\":{\"response_mime_type\":\"application/json\",\"response_json_schema\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}}",
        "\"output_config\":{\"format\":{\"type\":\"json_schema\"", "*")]
    [InlineData("anthropic-messages", "\"generationConfig\":{\"thinkingConfig\":{\"thinkingLevel\":\"HIGH\",\"includeThoughts\":true}}", "\"effort\":\"high\"", "")]
    [InlineData("openai-responses", "\"generationConfig\":{\"thinkingConfig\":{\"thinkingLevel\":\"low\"}}", "\"effort\":\"low\"", "")]
    [InlineData("openai-chat", "\"generationConfig\":{\"thinkingConfig\":{\"thinkingLevel\":\"low\"}}", "\"reasoning_effort\":\"low\"", "")]
    // the rest of generationConfig has no counterpart
    [InlineData("openai-chat", "\"generationConfig\":{\"mediaResolution\":\"MEDIA_RESOLUTION_LOW\"}", "", "dropped=generationConfig.mediaResolution")]
    [InlineData("anthropic-messages", "\"generationConfig\":{\"responseModalities\":[\"TEXT\",\"IMAGE\"],\"speechConfig\":{\"languageCode\":\"de\"}}", "",
        "dropped=generationConfig.responseModalities,generationConfig.speechConfig")]
    [InlineData("openai-responses", "\"generationConfig\":{\"tomorrow\":1}", "", "dropped=generationConfig.tomorrow")]
    // top-level members
    [InlineData("openai-chat", "\"systemInstruction\":{\"parts\":[{\"text\":\"Be brief.\"}]}", "Be brief.", "")]
    [InlineData("anthropic-messages", "\"system_instruction\":{\"role\":\"user\",\"parts\":[{\"text\":\"Be brief.\"}]}", "\"system\":", "")]
    [InlineData("openai-chat", "\"safetySettings\":[{\"category\":\"HARM_CATEGORY_HARASSMENT\",\"threshold\":\"BLOCK_NONE\"}]", "", "dropped=safetySettings")]
    [InlineData("anthropic-messages", "\"cachedContent\":\"cachedContents/x\"", "", "dropped=cachedContent")]
    [InlineData("openai-responses", "\"labels\":{\"team\":\"a\"}", "", "dropped=labels")]
    [InlineData("openai-chat", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\"}}," + Tools, "\"tool_choice\":\"required\"", "")]
    [InlineData("anthropic-messages", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\",\"allowedFunctionNames\":[\"f\"]}}," + Tools,
        "\"tool_choice\":{\"type\":\"tool\",\"name\":\"f\"", "")]
    [InlineData("openai-chat", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"NONE\"}}," + Tools, "\"tool_choice\":\"none\"", "")]
    [InlineData("openai-chat", Tools, "\"parameters\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}", "")]
    [InlineData("openai-responses", "\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"parametersJsonSchema\":{\"type\":\"object\",\"properties\":{}}}]}]",
        "\"name\":\"f\"", "")]
    [InlineData("openai-chat", "\"tools\":[{\"googleSearch\":{}}]", "", "dropped=tools.googleSearch")]
    [InlineData("openai-responses", "\"tools\":[{\"googleSearch\":{}}]", "\"tools\":[{\"type\":\"web_search\"}]", "emulated=tools.googleSearch")]
    [InlineData("openai-responses", "\"tools\":[{\"google_search\":{\"timeRangeFilter\":{\"startTime\":\"2026-01-01T00:00:00Z\"}}}]", "\"tools\":[{\"type\":\"web_search\"}]",
        "dropped=tools.google_search.timeRangeFilter; emulated=tools.google_search")]
    [InlineData("anthropic-messages", "\"tools\":[{\"googleSearch\":{}}]",
        "\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]", "emulated=tools.googleSearch")]
    [InlineData("cohere-chat", "\"tools\":[{\"googleSearch\":{}}]", "", "dropped=tools.googleSearch")]
    [InlineData("anthropic-messages", "\"tools\":[{\"codeExecution\":{}}]", "", "*")]
    [InlineData("openai-chat", "\"tools\":[{\"urlContext\":{}}]", "", "dropped=tools.urlContext")]
    public void A_member_is_carried_or_reported(string dialect, string members, string expected, string losses)
    {
        var made = Run(dialect, $"{{{Contents},{members}}}");
        made.Error.ShouldBeNull();
        var body = made.Body.GetRawText();
        if (expected.Length > 0) body.ShouldContain(expected, Case.Sensitive);
        // An asterisk: something is reported, and the form depends on the target's tools.
        if (losses == "*") (made.Losses.IsEmpty && expected.Length == 0).ShouldBeFalse(body);
        else made.Losses.ToString().ShouldBe(losses, body);
    }

    [Theory]
    [InlineData("openai-chat", "\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"},{\"role\":\"user\",\"content\":\"c\"}]")]
    [InlineData("anthropic-messages", "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"b\"}]}")]
    [InlineData("openai-responses", "\"b\"")]
    [InlineData("cohere-chat", "\"b\"")]
    public void The_part_of_a_keep_alive_is_dropped_without_a_loss(string dialect, string expected)
    {
        var made = Run(dialect, """{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"thought":true}]},{"role":"model","parts":[{"thought":true},{"text":"b"}]},{"role":"user","parts":[{"text":"c"}]}]}""");
        made.Error.ShouldBeNull();
        made.Losses.ToString().ShouldBe("");
        var body = made.Body.GetRawText();
        body.ShouldContain(expected, Case.Sensitive);
        body.ShouldNotContain("reasoning", Case.Insensitive);
    }

    /// <summary>Null, absent and empty arguments mean the same, and none of them is a loss.</summary>
    [Theory]
    [InlineData("openai-chat", "\"arguments\":\"{}\"")]
    [InlineData("anthropic-messages", "\"input\":{}")]
    [InlineData("openai-responses", "\"arguments\":\"{}\"")]
    [InlineData("cohere-chat", "\"arguments\":\"{}\"")]
    public void A_call_whose_arguments_are_null_has_none_and_nothing_is_lost(string dialect, string expected)
    {
        foreach (var arguments in new[] { ",\"args\":null", "", ",\"args\":{}" })
        {
            var made = Run(dialect, Called(arguments, ",\"response\":{\"x\":1}"));
            made.Error.ShouldBeNull();
            made.Losses.ToString().ShouldBe("", arguments);
            made.Body.GetRawText().ShouldContain(expected, Case.Sensitive);
        }
        // Cohere requires content in a result, so both forms are emulated alike.
        Converted withNull = Run(dialect, Called("", ",\"response\":null")), without = Run(dialect, Called("", ""));
        (withNull.Losses.ToString(), withNull.Body.GetRawText()).ShouldBe((without.Losses.ToString(), without.Body.GetRawText()));

        static string Called(string arguments, string response) =>
            $$$"""{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"name":"f"{{{arguments}}}}}]},"""
            + $$$"""{"role":"user","parts":[{"functionResponse":{"name":"f"{{{response}}}}}]}],{{{Tools}}}}""";
    }

    /// <summary>As Google's Python SDK sends them: the role <c>tool</c>, and results in another order, with only the names.</summary>
    [Theory]
    [InlineData("openai-chat", "\"tool_call_id\":\"call_g\",\"content\":\"{\\\"x\\\":2}\"")]
    [InlineData("anthropic-messages", "\"tool_use_id\":\"call_g\",\"content\":\"{\\\"x\\\":2}\"")]
    [InlineData("openai-responses", "\"call_id\":\"call_g\",\"output\":\"{\\\"x\\\":2}\"")]
    [InlineData("cohere-chat", "\"tool_call_id\":\"call_g\"")]
    public void Results_in_a_turn_of_the_role_tool_belong_to_the_calls_with_their_names(string dialect, string expected)
    {
        var made = Run(dialect, """{"contents":[{"role":"user","parts":[{"text":"a"}]},"""
            + """{"role":"model","parts":[{"functionCall":{"id":"call_f","name":"f"}},{"functionCall":{"id":"call_g","name":"g"}}]},"""
            + """{"role":"tool","parts":[{"functionResponse":{"name":"g","response":{"x":2}}},{"functionResponse":{"name":"f","response":{"x":1}}}]}]}""");
        made.Error.ShouldBeNull();
        made.Losses.ToString().ShouldBe("");
        made.Body.GetRawText().ShouldContain(expected, Case.Sensitive);
    }

    private static Converted Run(string dialect, string body)
    {
        var made = Conversion.Run("gemini", System.Text.Encoding.UTF8.GetBytes(body),
            new Target(dialect, dialect switch { "anthropic-messages" => "claude-of-tomorrow", "cohere-chat" => "command-of-tomorrow", _ => "gpt-of-tomorrow" }));
        var named = new LossReport(new GeminiDialect().NameOfLoss);
        foreach (var member in made.Losses.Dropped) named.Drop(member);
        foreach (var member in made.Losses.Emulated) named.Emulate(member);
        return made with { Losses = named };
    }
}
