using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Providers.Catalogue;
using static Nano.Tests.Dialects.Gemini.Testing;

namespace Nano.Tests.Dialects.Gemini.Requests;

/// <summary>Chat requests in, the exact Gemini request and the loss report out.</summary>
public sealed class RequestWriterTests
{
    private const string Hi = """{"role":"user","content":"hi"}""";
    private const string HiOut = """{"role":"user","parts":[{"text":"hi"}]}""";

    private const string Small = """{"search_context_size":"low"}""";

    private static readonly OpenAIChatDialect Chat = new();

    private static readonly ModelTraits Levels = new() { ThinkingByLevel = true, Efforts = ["low", "medium", "high"], ThinkingAlwaysOn = true };

    private static readonly ModelTraits Budgets = new() { MinThinkingBudget = 512, MaxThinkingBudget = 24576 };

    private static readonly ModelTraits AlwaysThinking = new() { MinThinkingBudget = 128, MaxThinkingBudget = 32768, ThinkingAlwaysOn = true };

    [Theory]
    // Instructions.
    [InlineData("""[{"role":"system","content":"a"},{"role":"developer","content":"b"},{"role":"user","content":"hi"}]""",
        """{"systemInstruction":{"parts":[{"text":"a"},{"text":"b"}]},"contents":[{"role":"user","parts":[{"text":"hi"}]}]}""", "")]
    [InlineData("""[{"role":"user","content":"hi"},{"role":"system","content":"later"},{"role":"user","content":"go"}]""",
        """{"systemInstruction":{"parts":[{"text":"later"}]},"contents":[{"role":"user","parts":[{"text":"hi"},{"text":"go"}]}]}""", "emulated=messages.system")]
    [InlineData("""[{"role":"system","content":"alone"}]""", """{"contents":[{"role":"user","parts":[{"text":"alone"}]}]}""", "emulated=messages.system")]
    // Turns.
    [InlineData("""[{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":"c"},{"role":"assistant","content":"d"},{"role":"user","content":"e"}]""",
        """{"contents":[{"role":"user","parts":[{"text":"a"},{"text":"b"}]},{"role":"model","parts":[{"text":"c"},{"text":"d"}]},{"role":"user","parts":[{"text":"e"}]}]}""", "")]
    [InlineData("""[{"role":"user","content":"a"},{"role":"assistant","content":""},{"role":"user","content":[{"type":"text","text":"x"},{"type":"text","text":""}]}]""",
        """{"contents":[{"role":"user","parts":[{"text":"a"},{"text":"x"}]}]}""", "")]
    [InlineData("""[{"role":"user","content":"a","name":"Bo"}]""", """{"contents":[{"role":"user","parts":[{"text":"a"}]}]}""", "dropped=messages.name")]
    [InlineData("""[{"role":"user","content":"a"},{"role":"assistant","content":null,"refusal":"no"}]""",
        """{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"no"}]}]}""", "emulated=messages.refusal")]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}]""",
        """{"contents":[{"role":"user","parts":[{"text":"a"}]}]}""", "dropped=messages.cache_control")]
    // Media.
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}]""",
        """{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}]}]}""", "")]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x.test/cat.WEBP?size=1","detail":"auto"}}]}]""",
        """{"contents":[{"role":"user","parts":[{"fileData":{"mimeType":"image/webp","fileUri":"https://x.test/cat.WEBP?size=1"}}]}]}""", "")]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"gs://bucket/cat","detail":"high"}}]}]""",
        """{"contents":[{"role":"user","parts":[{"fileData":{"mimeType":"image/jpeg","fileUri":"gs://bucket/cat"}}]}]}""", "dropped=messages.content.image_url.detail")]
    [InlineData("""[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}]}]""",
        """{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"audio/mpeg","data":"AAAA"}}]}]}""", "")]
    [InlineData("""[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]}]""",
        """{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"audio/wav","data":"AAAA"}}]}]}""", "")]
    [InlineData("""[{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,JVBERi0=","filename":"a.pdf"}}]}]""",
        """{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"application/pdf","data":"JVBERi0="}}]}]}""", "dropped=messages.content.filename")]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"x"},{"type":"file","file":{"file_id":"file-abc"}}]}]""",
        """{"contents":[{"role":"user","parts":[{"text":"x"}]}]}""", "dropped=messages.content.file_id")]
    [InlineData("""[{"role":"user","content":[{"type":"file","file":{"file_id":"files/abc"}}]}]""",
        """{"contents":[{"role":"user","parts":[{"fileData":{"mimeType":"application/pdf","fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}}]}]}""", "")]
    public void Messages(string messages, string expected, string losses) => Check($$$$"""{"model":"m","messages":{{{{messages}}}}}""", "gemini-2.5-flash", null, expected, losses);

    [Theory]
    // Results in any order, even after user text, move directly after their calls, in the order of the calls.
    [InlineData("gemini-2.5-flash",
        """[{"role":"user","content":"go"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},{"role":"tool","tool_call_id":"c2","content":"two"},{"role":"user","content":"and"},{"role":"tool","tool_call_id":"c1","content":"{\"one\":1}"}]""",
        """[{"role":"user","parts":[{"text":"go"}]},{"role":"model","parts":[{"functionCall":{"id":"c1","name":"f","args":{"a":1}}},{"functionCall":{"id":"c2","name":"g","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{"one":1}}},{"functionResponse":{"id":"c2","name":"g","response":{"output":"two"}}},{"text":"and"}]}]""", "")]
    // Gemini 3 requires a signature on every call whose turn has none.
    [InlineData("gemini-3.8-flash",
        """[{"role":"user","content":"go"},{"role":"assistant","content":"x","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"[1,2]"}]""",
        """[{"role":"user","parts":[{"text":"go"}]},{"role":"model","parts":[{"text":"x"},{"functionCall":{"id":"c1","name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"}]},{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{"output":"[1,2]"}}}]}]""", "")]
    // Arguments that are not a JSON object, and a result without a call.
    [InlineData("gemini-2.5-flash",
        """[{"role":"user","content":"go"},{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{broken"}}]},{"role":"tool","tool_call_id":"c1","content":""},{"role":"tool","tool_call_id":"zzz","content":"late"}]""",
        """[{"role":"user","parts":[{"text":"go"}]},{"role":"model","parts":[{"functionCall":{"id":"c1","name":"f","args":{"raw_arguments":"{broken"}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{"output":""}}},{"text":"late"}]}]""",
        "emulated=messages.tool_calls.function.arguments,messages.tool_call_id")]
    // The same id in two turns: each result belongs to its own call.
    [InlineData("gemini-2.5-flash",
        """[{"role":"user","content":"go"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"1"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"2"}]""",
        """[{"role":"user","parts":[{"text":"go"}]},{"role":"model","parts":[{"functionCall":{"id":"c","name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c","name":"f","response":{"output":"1"}}}]},{"role":"model","parts":[{"functionCall":{"id":"c","name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c","name":"f","response":{"output":"2"}}}]}]""", "")]
    // Images in a result: inside for Gemini 3, beside for older models.
    [InlineData("gemini-3.8-flash",
        """[{"role":"user","content":"go"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]""",
        """[{"role":"user","parts":[{"text":"go"}]},{"role":"model","parts":[{"functionCall":{"id":"c","name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"}]},{"role":"user","parts":[{"functionResponse":{"id":"c","name":"f","response":{"output":"see"},"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}}]}]""", "")]
    [InlineData("gemini-2.5-flash",
        """[{"role":"user","content":"go"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]""",
        """[{"role":"user","parts":[{"text":"go"}]},{"role":"model","parts":[{"functionCall":{"id":"c","name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c","name":"f","response":{"output":"see"}}},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}]""",
        "emulated=messages.tool.content")]
    public void Tool_turns(string model, string messages, string contents, string losses) =>
        Check($$$$"""{"model":"m","messages":{{{{messages}}}}}""", model, null, $$$$"""{"contents":{{{{contents}}}}}""", losses);

    [Theory]
    // vercel/ai#14369, BerriAI/litellm#38223: a $ref in a result is data and must stay data, at any depth.
    [InlineData("""{\"schema\":{\"a\":[{\"$ref\":\"#/x\"}]}}""", """{"output":"{\"schema\":{\"a\":[{\"$ref\":\"#/x\"}]}}"}""")]
    [InlineData("""{\"\\u0024ref\":1}""", """{"output":"{\"\\u0024ref\":1}"}""")]
    // Only as a member name: elsewhere it is harmless.
    [InlineData("""{\"text\":\"$ref\"}""", """{"text":"$ref"}""")]
    // Gemini stores numbers as doubles.
    [InlineData("""{\"id\":1234567890123456789}""", """{"output":"{\"id\":1234567890123456789}"}""")]
    [InlineData("""{\"id\":123456789012345}""", """{"id":123456789012345}""")]
    [InlineData("""{\"a\":1} trailing""", """{"output":"{\"a\":1} trailing"}""")]
    [InlineData("\\\"text\\\"", """{"output":"\"text\""}""")]
    [InlineData("""null""", """{"output":"null"}""")]
    public void Case14_results_are_data(string escaped, string response) => Check(
        $$$$"""{"model":"m","messages":[{{{{Hi}}}},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"{{{{escaped}}}}"}]}""",
        "gemini-2.5-flash", null,
        $$$$"""{"contents":[{{{{HiOut}}}},{"role":"model","parts":[{"functionCall":{"id":"c","name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c","name":"f","response":{{{{response}}}}}}]}]}""", "");

    [Theory]
    [InlineData("\"max_tokens\":5,\"temperature\":0.50,\"top_p\":0,\"seed\":7",
        """{"maxOutputTokens":5,"temperature":0.50,"topP":0,"seed":7}""", "")]
    [InlineData("\"max_completion_tokens\":5,\"n\":2,\"stop\":\"x\"", """{"maxOutputTokens":5,"stopSequences":["x"]}""", "dropped=n")]
    [InlineData("\"n\":1,\"temperature\":null,\"stop\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"]", """{"stopSequences":["1","2","3","4","5"]}""", "dropped=stop")]
    [InlineData("\"logprobs\":true,\"top_logprobs\":3", """{"responseLogprobs":true,"logprobs":3}""", "")]
    [InlineData("\"logprobs\":false", "", "")]
    [InlineData("\"user\":\"u\",\"logit_bias\":{\"1\":2},\"metadata\":{\"a\":\"b\"},\"prediction\":{\"type\":\"content\",\"content\":\"x\"},\"service_tier\":\"flex\"", "",
        "dropped=user,logit_bias,metadata,prediction,service_tier")]
    [InlineData("\"logit_bias\":{},\"metadata\":null,\"store\":false,\"parallel_tool_calls\":true", "", "")]
    [InlineData("\"parallel_tool_calls\":false,\"invented_tomorrow\":1", "", "dropped=parallel_tool_calls,invented_tomorrow")]
    [InlineData("\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"Kore\",\"format\":\"pcm16\"}",
        """{"responseModalities":["TEXT","AUDIO"],"speechConfig":{"voiceConfig":{"prebuiltVoiceConfig":{"voiceName":"Kore"}}}}""", "")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", """{"responseMimeType":"application/json"}""", "")]
    [InlineData("\"response_format\":{\"type\":\"text\"}", "", "")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"strict\":true,\"schema\":{\"type\":\"object\",\"properties\":{\"a\":{\"const\":1}},\"required\":[\"a\"],\"additionalProperties\":false}}}",
        """{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","properties":{"a":{"enum":[1],"type":"number"}},"required":["a"],"additionalProperties":false}}""", "")]
    public void Options(string members, string config, string losses) => Check(
        $$$$"""{"model":"m","messages":[{{{{Hi}}}}],{{{{members}}}}}""", "gemini-3.8-flash", null,
        config.Length == 0 ? $$$$"""{"contents":[{{{{HiOut}}}}]}""" : $$$$"""{"contents":[{{{{HiOut}}}}],"generationConfig":{{{{config}}}}}""", losses);

    /// <summary>google-gemini/cookbook#1290, vercel/ai#8943: from Gemini 2.5 on a penalty is a 400, unless it is zero.</summary>
    [Theory]
    [InlineData("gemini-2.0-flash", "1", "-0.5", """{"frequencyPenalty":1,"presencePenalty":-0.5}""", "")]
    [InlineData("a-tuned-model", "1", "0", """{"frequencyPenalty":1,"presencePenalty":0}""", "")]
    [InlineData("gemini-2.5-flash", "1", "-0.5", null, "dropped=frequency_penalty,presence_penalty")]
    [InlineData("gemini-2.5-pro", "0", "0.2", null, "dropped=presence_penalty")]
    [InlineData("gemini-3.8-flash", "1e-3", "0.0", null, "dropped=frequency_penalty")]
    [InlineData("gemini-flash-latest", "0", "-0", null, "")]
    [InlineData("gemini-3.8-flash", "null", "null", null, "")]
    public void Penalties(string model, string frequency, string presence, string? config, string losses) => Check(
        $$$$"""{"model":"m","messages":[{{{{Hi}}}}],"frequency_penalty":{{{{frequency}}}},"presence_penalty":{{{{presence}}}}}""", model, null,
        $$$$"""{"contents":[{{{{HiOut}}}}]{{{{(config is null ? "" : ",\"generationConfig\":" + config)}}}}}""", losses);

    [Theory]
    [InlineData("levels", "gemini-3.8-flash", "low", """{"thinkingLevel":"low","includeThoughts":true}""", "")]
    [InlineData("levels", "gemini-3.8-flash", "minimal", """{"thinkingLevel":"low","includeThoughts":true}""", "emulated=reasoning_effort")]
    [InlineData("levels", "gemini-3.8-flash", "xhigh", """{"thinkingLevel":"high","includeThoughts":true}""", "emulated=reasoning_effort")]
    [InlineData("levels", "gemini-3.8-flash", "none", """{"thinkingLevel":"low"}""", "emulated=reasoning_effort")]
    [InlineData("", "gemini-3.6-flash", "minimal", """{"thinkingLevel":"minimal","includeThoughts":true}""", "")]
    [InlineData("", "a-new-model", "high", """{"thinkingLevel":"high","includeThoughts":true}""", "")]
    [InlineData("", "gemini-2.5-flash", "medium", """{"thinkingBudget":8192,"includeThoughts":true}""", "")]
    [InlineData("budgets", "gemini-2.5-flash", "none", """{"thinkingBudget":0}""", "")]
    [InlineData("budgets", "gemini-2.5-flash-lite", "minimal", """{"thinkingBudget":512,"includeThoughts":true}""", "")]
    [InlineData("budgets", "gemini-2.5-flash", "max", """{"thinkingBudget":24576,"includeThoughts":true}""", "")]
    [InlineData("always", "gemini-2.5-pro", "none", """{"thinkingBudget":128}""", "emulated=reasoning_effort")]
    [InlineData("always", "gemini-2.5-pro", "xhigh", """{"thinkingBudget":32768,"includeThoughts":true}""", "")]
    [InlineData("budgets", "gemini-2.5-pro", "tomorrow", """{"includeThoughts":true}""", "dropped=reasoning_effort")]
    public void Reasoning(string traits, string model, string effort, string thinking, string losses) => Check(
        $$$$"""{"model":"m","messages":[{{{{Hi}}}}],"reasoning_effort":"{{{{effort}}}}"}""", model,
        traits switch { "levels" => Levels, "budgets" => Budgets, "always" => AlwaysThinking, _ => null },
        $$$$"""{"contents":[{{{{HiOut}}}}],"generationConfig":{"thinkingConfig":{{{{thinking}}}}}}""", losses);

    [Fact]
    public void A_model_that_does_not_reason_is_not_asked_to() => Check(
        $$$$"""{"model":"m","messages":[{{{{Hi}}}}],"reasoning_effort":"low","temperature":1,"top_p":1}""", "gemini-3-x",
        new ModelTraits { Reasons = false, SamplingParameters = false },
        $$$$"""{"contents":[{{{{HiOut}}}}]}""", "dropped=temperature,top_p,reasoning_effort");

    [Theory]
    [InlineData("", null)]
    [InlineData("\"tool_choice\":\"auto\"", """{"mode":"AUTO"}""")]
    [InlineData("\"tool_choice\":\"none\"", """{"mode":"NONE"}""")]
    [InlineData("\"tool_choice\":\"required\"", """{"mode":"ANY"}""")]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", """{"mode":"ANY","allowedFunctionNames":["f"]}""")]
    [InlineData("\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"required\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}}",
        """{"mode":"ANY","allowedFunctionNames":["f"]}""")]
    [InlineData("\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"auto\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}}",
        """{"mode":"VALIDATED","allowedFunctionNames":["f"]}""", "emulated=tool_choice")]
    public void Tool_choice(string member, string? calling, string losses = "") => Check(
        $$$$"""{"model":"m","messages":[{{{{Hi}}}}],"tools":[{"type":"function","function":{"name":"f"}}]{{{{(member.Length > 0 ? "," + member : "")}}}}}""",
        "gemini-2.5-flash", null,
        $$$$"""{"contents":[{{{{HiOut}}}}],"tools":[{"functionDeclarations":[{"name":"f"}]}]{{{{(calling is null ? "" : ",\"toolConfig\":{\"functionCallingConfig\":" + calling + "}")}}}}}""", losses);

    [Theory]
    [InlineData("gemini-2.5-flash", """{"name":"f","description":"d","strict":true,"parameters":{"type":"object","properties":{"a":{"type":"string"}}}}""",
        """ "tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object","properties":{"a":{"type":"string"}}}}]}],"toolConfig":{"functionCallingConfig":{"mode":"VALIDATED"}}""", "emulated=tools.strict")]
    [InlineData("gemini-2.0-flash", """{"name":"f","strict":true,"parameters":{"type":"object","properties":{}}}""", """ "tools":[{"functionDeclarations":[{"name":"f"}]}]""",
        "dropped=tools.strict")]
    [InlineData("gemini-2.0-flash", """{"name":"a.b:c-d_e"}""", """ "tools":[{"functionDeclarations":[{"name":"a.b:c-d_e"}]}]""", "")]
    public void Tools(string model, string function, string tools, string losses) => Check(
        $$$$"""{"model":"m","messages":[{{{{Hi}}}}],"tools":[{"type":"function","function":{{{{function}}}}}]}""", model, null,
        $$$$"""{"contents":[{{{{HiOut}}}}],{{{{tools}}}}}""", losses);

    [Theory]
    [InlineData("gemini-3.8-flash", Small, "", """ "tools":[{"googleSearch":{}}]""", "dropped=web_search_options.search_context_size; emulated=web_search_options")]
    [InlineData("gemini-3.8-flash", Small, ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]",
        """ "tools":[{"functionDeclarations":[{"name":"f"}]},{"googleSearch":{}}],"toolConfig":{"includeServerSideToolInvocations":true}""",
        "dropped=web_search_options.search_context_size; emulated=web_search_options")]
    [InlineData("gemini-2.5-flash", Small, ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", """ "tools":[{"functionDeclarations":[{"name":"f"}]}]""",
        "dropped=web_search_options")]
    [InlineData("gemini-2.5-flash", "{}", "", """ "tools":[{"googleSearch":{}}]""", "emulated=web_search_options")]
    [InlineData("gemini-3.8-flash", """{"user_location":{"type":"approximate","approximate":{"city":"Bern"}},"search_context_size":null,"new":1}""", "",
        """ "tools":[{"googleSearch":{}}]""",
        "dropped=web_search_options.user_location,web_search_options.new; emulated=web_search_options")]
    public void Web_search(string model, string options, string member, string tools, string losses) => Check(
        $$$$"""{"model":"m","messages":[{{{{Hi}}}}],"web_search_options":{{{{options}}}}{{{{member}}}}}""", model, null,
        $$$$"""{"contents":[{{{{HiOut}}}}],{{{{tools}}}}}""", losses);

    [Fact]
    public void JSON_is_requested_by_an_instruction_if_the_model_has_no_other_way()
    {
        const string Function = """{"type":"function","function":{"name":"f"}}""";
        Check($$$$"""{"model":"m","messages":[{{{{Hi}}}}],"tools":[{{{{Function}}}}],"response_format":{"type":"json_object"}}""", "gemini-2.5-flash", null,
            $$$$"""{"systemInstruction":{"parts":[{"text":"Answer with one JSON object and nothing else: no explanation, no code fence."}]},"contents":[{{{{HiOut}}}}],"tools":[{"functionDeclarations":[{"name":"f"}]}]}""",
            "emulated=response_format");
        Check($$$$"""{"model":"m","messages":[{{{{Hi}}}}],"response_format":{"type":"json_object"}}""", "gemini-2.5-flash-image", new ModelTraits { JsonSchema = false },
            $$$$"""{"systemInstruction":{"parts":[{"text":"Answer with one JSON object and nothing else: no explanation, no code fence."}]},"contents":[{{{{HiOut}}}}]}""",
            "emulated=response_format");
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"1f"}}]}""", "'1f'")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"-f"}}]}""", "'-f'")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,raw"}}]}]}""", "base64")]
    public void A_request_that_cannot_be_expressed_is_a_clear_400(string chat, string message)
    {
        using var output = new JsonOutput();
        var error = Dialect.TryWriteRequest(Chat.ReadRequest(Bytes(chat)), new RequestTarget { Model = "gemini-2.5-flash" }, output, new LossReport());
        error.ShouldNotBeNull();
        error.Status.ShouldBe(400);
        error.Message.ShouldContain(message);
    }

    [Fact]
    public void Case15_and_16_signatures_return_to_their_positions()
    {
        var request = new ChatRequest("openai-chat");
        request.Messages.Add(new ChatMessage(ChatRole.User) { Parts = { new TextPart(JsonText.From("go")) } });
        request.Messages.Add(new ChatMessage(ChatRole.Assistant)
        {
            Parts =
            {
                new ReasoningPart("gemini") { Text = JsonText.From("why"), Signature = JsonText.From("S0") },
                new ReasoningPart("anthropic-messages") { Text = JsonText.From("theirs"), Signature = JsonText.From("X") },
                new ReasoningPart("gemini") { Signature = JsonText.From("S1") },
                new TextPart(JsonText.From("answer")),
                new ToolCallPart(JsonText.From("c1"), JsonText.From("f")) { Signature = JsonText.From("S2") },
                new ToolCallPart(JsonText.From("c2"), JsonText.From("g")),
            },
        });
        request.Messages.Add(new ChatMessage(ChatRole.Assistant) { Parts = { new ReasoningPart("gemini") { Signature = JsonText.From("S3") } } });
        Check(request, "gemini-3.8-flash", null,
            """
            {"contents":[{"role":"user","parts":[{"text":"go"}]},{"role":"model","parts":[
            {"text":"why","thought":true,"thoughtSignature":"S0"},{"text":"answer","thoughtSignature":"S1"},
            {"functionCall":{"id":"c1","name":"f","args":{}},"thoughtSignature":"S2"},{"functionCall":{"id":"c2","name":"g","args":{}}},
            {"text":"","thoughtSignature":"S3"}]},{"role":"user","parts":[
            {"functionResponse":{"id":"c1","name":"f","response":{"error":"No result of this call was given."}}},
            {"functionResponse":{"id":"c2","name":"g","response":{"error":"No result of this call was given."}}}]}]}
            """, "dropped=messages.reasoning_content; emulated=messages.tool");
    }

    /// <summary>
    /// "Developer instruction is not enabled for models/gemma-3n-e4b-it" (<c>openrouter-chat-one-error-72fe0c</c>), "Function calling is not enabled"
    /// (BerriAI/litellm#10313), "JSON mode is not enabled" (vercel/ai#8080).
    /// </summary>
    [Theory]
    [InlineData("""{"role":"system","content":"a"},{"role":"user","content":"hi"},{"role":"system","content":"later"}""", "",
        """{"role":"user","parts":[{"text":"a"},{"text":"later"},{"text":"hi"}]}""", "emulated=messages.system")]
    [InlineData("""{"role":"developer","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"hi"}""", "",
        """{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]},{"role":"user","parts":[{"text":"hi"}]}""", "emulated=messages.developer")]
    [InlineData(Hi, ""","tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required" """, HiOut, "dropped=tools,tool_choice")]
    [InlineData(Hi, ""","tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"auto" """, HiOut, "dropped=tools")]
    [InlineData(Hi, ""","web_search_options":{}""", HiOut, "dropped=web_search_options")]
    [InlineData(Hi, ""","response_format":{"type":"json_object"}""",
        """{"role":"user","parts":[{"text":"Answer with one JSON object and nothing else: no explanation, no code fence."},{"text":"hi"}]}""", "emulated=response_format")]
    public void Older_Gemma_models_have_no_system_prompt_functions_or_JSON_mode(string messages, string members, string contents, string losses)
    {
        foreach (var model in (string[])["gemma-3-27b-it", "gemma-3n-e4b-it", "gemma-2-9b-it"])
            Check($$"""{"model":"m","messages":[{{messages}}]{{members}}}""", model, ModelFamilies.Find("google", model), $$"""{"contents":[{{contents}}]}""", losses);
    }

    private static void Check(string chat, string model, ModelTraits? traits, string expected, string losses) =>
        Check(Chat.ReadRequest(Bytes(chat)), model, traits, expected, losses);

    private static void Check(ChatRequest request, string model, ModelTraits? traits, string expected, string losses)
    {
        var report = new LossReport();
        Written(output => Dialect.WriteRequest(request, new RequestTarget { Model = model, Traits = traits }, output, report)).ShouldBeJson(expected);
        report.ToString().ShouldBe(losses);
    }
}
