using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Json;
using Nano.Providers.Catalogue;
using Nano.Providers.OpenAICompatible;
using Nano.Testing;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>Chat requests, and their form at a provider.</summary>
internal static class VendorRequests
{
    /// <summary>Models whose names affect quirks, besides one that is not in the catalogue.</summary>
    private static readonly Dictionary<string, string[]> Models = new()
    {
        ["openai"] = ["gpt-4o", "gpt-5.4", "gpt-6.2-sol", "gpt-6.1-terra", "o3-mini", "model-of-tomorrow"],
        ["xai"] = ["grok-4.7", "grok-4.6", "grok-4.5", "grok-4.3", "grok-4.20-reasoning", "grok-4.20-non-reasoning", "grok-4.20-0309-reasoning", "grok-4.20-0309-non-reasoning"],
        ["deepseek"] = ["deepseek-v4-flash", "deepseek-v4-pro", "deepseek-flash", "deepseek-chat"],
        ["moonshot"] = ["kimi-k3", "kimi-k2.7-code", "kimi-k2.6", "kimi-k2.5", "kimi-k2-0905-preview"],
        ["mistral"] = ["mistral-large-4", "mistral-large-2512", "magistral-medium-2509", "model-of-tomorrow"],
        ["groq"] = ["openai/gpt-oss-120b", "qwen/qwen3-32b", "llama-3.3-70b-versatile", "model-of-tomorrow"],
    };

    /// <summary>The gateway's traits of a model at its developer.</summary>
    public static ModelTraits? TraitsOf(string vendor, string model) => ModelCatalogue.Embedded.Find(vendor, model)?.Traits ?? ModelFamilies.Find(vendor, model);

    /// <summary>Unusual conversations and members that neither recordings nor the other tables have.</summary>
    private static readonly Dictionary<string, string> Odd = new()
    {
        ["developer turn"] = Conversation("""{"role":"developer","content":"Be brief."},{"role":"user","content":"q"}"""),
        ["named turn"] = Conversation("""{"role":"user","name":"ann","content":"q"}"""),
        ["thoughts in both words"] =
            Conversation("""{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning_content":"t","reasoning":"t"},{"role":"user","content":"r"}"""),
        ["thoughts as reasoning_content"] =
            Conversation("""{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning_content":"t \"x\""},{"role":"user","content":"r"}"""),
        ["thoughts as reasoning"] =
            Conversation("""{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"text","text":"a"}],"reasoning":"t"},{"role":"user","content":"r"}"""),
        ["thoughts with details"] =
            Conversation("""{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning_content":"t","reasoning_details":[{"type":"reasoning.text","text":"t","signature":"s"}]},{"role":"user","content":"r"}"""),
        ["prefill"] = Conversation("""{"role":"user","content":"q"},{"role":"assistant","content":"The answer"}"""),
        ["two user turns"] = Conversation(
            """{"role":"user","content":"q"},{"role":"user","content":[{"type":"text","text":"r"}]},{"role":"system","content":"s"},{"role":"assistant","content":"a"},{"role":"user","content":"z"}"""),
        ["calls"] = """{"model":"m","stream":true,"tools":[{"type":"function","function":{"name":"f"}}],"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"abcdefgh1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_1","content":"r"},{"role":"tool","tool_call_id":"abcdefgh1","content":"s"}]}""",
        ["effort of none"] = Ask(""" "reasoning_effort":"none" """),
        ["effort minimal"] = Ask(""" "reasoning_effort":"minimal" """),
        ["effort medium"] = Ask(""" "reasoning_effort":"medium" """),
        ["effort max"] = Ask(""" "reasoning_effort":"max" """),
        ["reasoning object"] = Ask(""" "reasoning":{"effort":"high"} """),
        ["reasoning object, off"] = Ask(""" "reasoning":{"enabled":false} """),
        ["reasoning budget"] = Ask(""" "reasoning":{"max_tokens":3000} """),
        ["thinking"] = Ask(""" "thinking":{"type":"enabled"} """),
        ["thinking off"] = Ask(""" "thinking":{"type":"disabled"} """),
        ["thinking and effort"] = Ask(""" "thinking":{"type":"enabled"},"reasoning_effort":"high" """),
        ["two stops"] = Ask(""" "stop":["a","b"] """),
        ["five stops"] = Ask(""" "stop":["a","b","c","d","e"] """),
        ["one stop"] = Ask(""" "stop":"a" """),
        ["user"] = Ask(""" "user":"ann" """),
        ["seed and top_k"] = Ask(""" "seed":7,"top_k":40 """),
        ["newer limit"] = Ask(""" "max_completion_tokens":50 """),
        ["logit_bias and logprobs"] = Ask(""" "logit_bias":{"1":2},"logprobs":true,"top_logprobs":3 """),
        ["n of two at 0"] = Ask(""" "n":2,"temperature":0 """),
        ["hot"] = Ask(""" "temperature":1.9 """),
        ["penalties"] = Ask(""" "frequency_penalty":0.5,"presence_penalty":0.5 """),
        ["nulls"] = Ask(""" "stop":null,"seed":null """),
        ["object"] = Ask(""" "response_format":{"type":"json_object"} """),
        ["schema, streamed"] = Ask(
            """ "stream":true,"stream_options":{"include_usage":true},"response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","strict":true,"schema":{"type":"object","properties":{"a":{"type":"string"}}}}} """),
        ["groq's two words"] = Ask(""" "reasoning_format":"parsed","include_reasoning":true """),
        ["choice required"] = Choose("\"required\""),
        ["choice none"] = Choose("\"none\""),
        ["choice of one"] = Choose("""{"type":"function","function":{"name":"g"}}"""),
        ["thinking kept"] = Ask(""" "thinking":{"type":"enabled","keep":"all"} """),
        ["thinking in few tokens"] = Ask(""" "thinking":{"type":"enabled","budget_tokens":200} """),
        ["schema that branches"] =
            Tool("""{"type":"object","properties":{"a":{"type":"string","anyOf":[{"minLength":1},{"type":"string","enum":["x"]}]},"b":{"type":"array","items":[{"type":"string","anyOf":[{"pattern":"x"}]},{"type":"number"}]}}}"""),
        ["schema that branches at its top"] =
            Tool("""{"anyOf":[{"properties":{"a":{"type":"string"}}},{"type":"object","anyOf":[{"required":["a"]}]}],"properties":{"a":{"not":{"type":"null","anyOf":[{}]}}}}"""),
        ["schema without a type"] = Tool("""{"properties":{"a":{"type":"array","prefixItems":[{"type":"string"}],"items":[{"type":"number"}]}}}"""),
        ["stored"] = Ask(""" "store":true,"metadata":{"a":"b"},"service_tier":"flex","prediction":{"type":"content","content":"x"} """),
        ["spoken"] = Ask(""" "modalities":["text","audio"],"audio":{"voice":"a","format":"wav"} """),
        ["effort low"] = Ask(""" "reasoning_effort":"low" """),
        ["effort high"] = Ask(""" "reasoning_effort":"high" """),
        ["effort xhigh"] = Ask(""" "reasoning_effort":"xhigh" """),
        ["older limit"] = Ask(""" "max_tokens":50 """),
        ["both limits"] = Ask(""" "max_tokens":50,"max_completion_tokens":60 """),
        ["cool"] = Ask(""" "temperature":0.2,"top_p":0.9 """),
        ["cool without reasoning"] = Ask(""" "temperature":0.2,"reasoning_effort":"none" """),
        ["cache key"] = Ask(""" "prompt_cache_key":"k","safety_identifier":"s","verbosity":"low","store":false """),
        ["penalties of zero"] = Ask(""" "frequency_penalty":0,"presence_penalty":0 """),
        ["own members of messages"] =
            Conversation("""{"role":"user","content":"q","name":"ann"},{"role":"assistant","content":"a","refusal":null,"annotations":[],"audio":null,"function_call":null},{"role":"assistant","content":"b","refusal":"c"},{"role":"user","content":"r"}"""),
        ["choice required, thinking"] = Choose("\"required\",\"thinking\":{\"type\":\"enabled\"}"),
        ["choice required, not thinking"] = Choose("\"required\",\"thinking\":{\"type\":\"disabled\"}"),
        ["no thoughts, told so"] = Conversation("""{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning_content":""},{"role":"user","content":"r"}"""),
        ["calls, an empty reasoning_content"] = Conversation(
            """{"role":"user","content":"q"},{"role":"assistant","content":null,"reasoning_content":"","tool_calls":[{"id":"abcdefgh1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"abcdefgh1","content":"s"}"""),
        ["functions"] = Ask(""" "functions":[{"name":"f"}],"function_call":"auto","parallel_tool_calls":true """),
    };

    public static IReadOnlyList<CompatibleProvider> Vendors { get; } = [.. CompatibleProviders.All.Where(vendor => vendor.HasChat), CompatibleProviders.CohereCompatibility];

    public static IReadOnlyList<(string Name, JsonElement Body)> Written { get; } =
        [.. Odd.Concat(HandWrittenTurns.Requests).Concat(HandWrittenOptions.Requests).Select(request => (request.Key, JsonDocument.Parse(request.Value).RootElement))];

    public static IEnumerable<(string Name, JsonElement Body)> Recorded => WireCorpus.Of("chat").Where(c => c.HasRequest).Select(c => (c.Id, c.RequestBody));

    public static IEnumerable<(string Model, bool Reasons)> ModelsOf(CompatibleProvider vendor) =>
        Models.GetValueOrDefault(vendor.Id, ["model-of-tomorrow"]).Select(model => (model, TraitsOf(vendor.Id, model)?.Reasons == true));

    /// <summary>A request in the provider's form.</summary>
    public static (JsonElement Body, LossReport Losses) Send(string vendor, ChatQuirks? quirks, string model, JsonElement request)
    {
        using var output = new JsonOutput();
        var losses = new LossReport();
        var body = Encoding.UTF8.GetBytes(request.GetRawText());
        var target = new RequestTarget { Model = model, Traits = TraitsOf(vendor, model) };
        var edited = quirks is not null && new ProviderQuirks(quirks).TryEditRequest(body, target, output, losses);
        return (edited ? JsonDocument.Parse(output.Written.ToArray()).RootElement : request, losses);
    }

    public static IEnumerable<string> Violations(CompatibleProvider vendor, ChatQuirks? quirks, string name, JsonElement request)
    {
        foreach (var (model, reasons) in ModelsOf(vendor))
        {
            var (body, losses) = Send(vendor.Id, quirks, model, request);
            // The rules check both.
            var both = JsonNode.Parse(body.GetRawText())!;
            both["$asked"] = JsonNode.Parse(request.GetRawText());
            foreach (var violation in ProviderRequestRules.Check(vendor.Id, model, reasons, JsonSerializer.SerializeToElement(both)))
                if (!violation.StartsWith("$.$asked", StringComparison.Ordinal)) yield return $"{vendor.Id} {model} {name}: {violation} ({losses})";
        }
    }

    /// <summary>The same flags with one of them at its default, or a list without one of its elements.</summary>
    public static IEnumerable<(string Flag, RequestQuirks Without)> WithoutEach(RequestQuirks quirks)
    {
        var plain = new RequestQuirks();
        foreach (var flag in typeof(RequestQuirks).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            // Requests of other dialects alone have it (ForeignMediaTests).
            if (flag.Name == nameof(RequestQuirks.Documents)) continue;
            var value = flag.GetValue(quirks);
            if (value is null || Equals(value, flag.GetValue(plain))) continue;
            if (value is IReadOnlyList<string> names)
            {
                foreach (var name in names) yield return ($"{flag.Name} {name}", Set(quirks, flag, (IReadOnlyList<string>)[.. names.Where(other => other != name)]));
            }
            else if (value is IReadOnlyList<ReasoningWords> rows)
            {
                foreach (var row in rows) yield return ($"{flag.Name} '{row.Models}'", Set(quirks, flag, (IReadOnlyList<ReasoningWords>)[.. rows.Where(other => other != row)]));
            }
            else if (value is not System.Collections.ICollection { Count: 0 }) yield return (flag.Name, Set(quirks, flag, flag.GetValue(plain)));
        }
    }

    private static RequestQuirks Set(RequestQuirks quirks, PropertyInfo flag, object? value)
    {
        var copy = quirks with { };
        flag.SetValue(copy, value);
        return copy;
    }

    private static string Conversation(string messages) => $$$"""{"model":"m","messages":[{{{messages}}}]}""";

    private static string Ask(string members) => $$$"""{"model":"m",{{{members}}},"messages":[{"role":"user","content":"q"}]}""";

    private static string Tool(string schema) =>
        $$$"""{"model":"m","tools":[{"type":"function","function":{"name":"f","parameters":{{{schema}}},"strict":false}},{"type":"function","function":{"name":"g"}}],"messages":[{"role":"user","content":"q"}]}""";

    private static string Choose(string choice) =>
        $$$"""{"model":"m","tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],"tool_choice":{{{choice}}},"messages":[{"role":"user","content":"q"}]}""";
}
