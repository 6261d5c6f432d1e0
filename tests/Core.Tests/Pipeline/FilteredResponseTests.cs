using Nano.Chat;
using Nano.Dialects;
using Nano.Pipeline;
using Nano.Testing;

namespace Nano.Tests.Pipeline;

/// <summary>Which recorded responses are refusals that a fallback may take over: those that a filter ended, with nothing in them.</summary>
public sealed class FilteredResponseTests
{
    private static readonly Dictionary<string, bool> Filtered = new()
    {
        ["anthropic-messages-one-refusal-43ef1c"] = true,
        ["anthropic-messages-one-refusal-7d01b7"] = true,
        ["azure-chat-one-filter-555834"] = true,
        ["gemini-generatecontent-one-basic-0a73cb"] = true,
        ["gemini-generatecontent-one-filter-2b8320"] = true,
        ["vertexai-generatecontent-one-basic-54b08d"] = true,
        ["vertexai-generatecontent-one-basic-703201"] = true,
        ["vertexai-generatecontent-one-basic-d883c3"] = true,
        ["vertexai-generatecontent-one-filter-ddbd4c"] = true,
        // They have text: of the model, cut or masked, or the operator's own message.
        ["bedrock-converse-one-filter-1c244f"] = false,
        ["bedrock-converse-one-filter-492151"] = false,
        ["gemini-generatecontent-one-filter-703243"] = false,
    };

    [SkippableFact]
    public void Only_a_response_that_a_filter_ended_without_content_is_a_refusal()
    {
        WireCorpus.Require();
        var dialects = new DialectSet();
        var found = new Dictionary<string, bool>();
        foreach (var wire in WireCorpus.Of("chat", "messages", "generateContent", "responses", "converse"))
        {
            if (wire.Status != 200 || wire.Sse is not null || wire.EventStream is not null) continue;
            IUpstreamDialect dialect = wire.Api switch { "messages" => dialects.AnthropicMessages, "generateContent" => dialects.Gemini, "responses" => dialects.OpenAIResponses,
                "converse" => dialects.BedrockConverse, _ => dialects.OpenAIChat };
            if (dialect.TryReadResponse(wire.ResponseBytes(), UsageRules.OpenAI, wire.Provider).Response is not { } response) continue;
            if (FilteredResponse.HasNothing(response) || Filtered.ContainsKey(wire.Id)) found[wire.Id] = FilteredResponse.HasNothing(response);
        }
        found.OrderBy(item => item.Key, StringComparer.Ordinal).ShouldBe(Filtered.OrderBy(item => item.Key, StringComparer.Ordinal));
    }
}
