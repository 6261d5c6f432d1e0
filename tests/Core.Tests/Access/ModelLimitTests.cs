using System.Text;
using Nano.Access;
using Nano.Providers;
using Nano.Tests.Documentation;

namespace Nano.Tests.Access;

/// <summary>Members that a caller with a model limit may not send, since they choose other models.</summary>
public sealed class ModelLimitTests
{
    [Theory]
    // OpenRouter
    [InlineData("openrouter", """{"model":"m","models":["a","b"]}""", "models")]
    [InlineData("openrouter", """{"model":"m","route":"fallback"}""", "route")]
    [InlineData("openrouter", """{"model":"m","preset":"p"}""", "preset")]
    [InlineData("openrouter", """{"model":"m","plugins":[{"id":"auto-router","allowed_models":["*"]}]}""", "plugins")]
    [InlineData("openrouter", """{"model":"m","fallbacks":[{"model":"b"}]}""", "fallbacks")]
    [InlineData("openrouter", """{"model":"m","tools":[{"type":"openrouter:fusion"}]}""", "tools[0].type")]
    [InlineData("openrouter", """{"model":"m","tools":[{"type":"function","function":{"name":"f"}},{"type":"openrouter:advisor"}]}""", "tools[1].type")]
    [InlineData("openrouter", """{"model":"m","tools":[{"type":"openrouter:of_tomorrow","parameters":{"model":"b"}}]}""", "tools[0].parameters.model")]
    [InlineData("openrouter", """{"model":"m","tools":[{"type":"openrouter:of_tomorrow","parameters":{"x":[{"analysis_models":["b"]}]}}]}""",
        "tools[0].parameters.x.analysis_models")]
    // Other providers' own
    [InlineData("groq", """{"model":"m","compound_custom":{"models":{"answering_model":"b"}}}""", "compound_custom.models")]
    [InlineData("groq", """{"model":"m","compound_custom":{"tools":{},"models":{"answering_model":"b"}}}""", "compound_custom.models")]
    [InlineData("together", """{"model":"m","safety_model":"b"}""", "safety_model")]
    [InlineData("perplexity", """{"model":"m","preset":"pro-search"}""", "preset")]
    [InlineData("mistral", """{"model":"m","guardrails":[{"moderation_llm_v1":{"model_name":"b"}}]}""", "guardrails[0].moderation_llm_v1.model_name")]
    [InlineData("lmstudio", """{"model":"m","draft_model":"b"}""", "draft_model")]
    [InlineData("anthropic", """{"model":"m","fallbacks":[{"model":"b"}]}""", "fallbacks")]
    [InlineData("anthropic", """{"model":"m","tools":[{"type":"advisor_20260301","name":"advisor","model":"b"}]}""", "tools[0].type")]
    [InlineData("anthropic", """{"model":"m","tools":[{"type":"advisor_20991231","name":"advisor","model":"b"}]}""", "tools[0].model")]
    [InlineData("openai", """{"model":"m","tools":[{"type":"image_generation"}]}""", "tools[0].type")]
    [InlineData("azure", """{"model":"m","data_sources":[{"type":"azure_search","parameters":{"embedding_dependency":{"deployment_name":"b"}}}]}""",
        "data_sources[0].parameters.embedding_dependency")]
    [InlineData("google", """{"generationConfig":{"routingConfig":{"manualMode":{"modelName":"b"}}}}""", "generationConfig.routingConfig")]
    [InlineData("vertex", """{"generation_config":{"routing_config":{"auto_mode":{}}}}""", "generation_config.routing_config")]
    [InlineData("vertex", """{"tools":[{"retrieval":{"vertexRagStore":{"ragRetrievalConfig":{"ranking":{"llmRanker":{"modelName":"b"}}}}}}]}""",
        "tools[0].retrieval.vertexRagStore.ragRetrievalConfig.ranking")]
    // Members of gateways, at any base URL
    [InlineData("openai", """{"model":"m","fallbacks":["b"]}""", "fallbacks")]
    [InlineData("openai", """{"model":"m","providerOptions":{"gateway":{"models":["b"]}}}""", "providerOptions")]
    [InlineData("vllm", """{"model":"m","extra_body":{"models":["b"]}}""", "extra_body.models")]
    [InlineData("vllm", """{"model":"m","extra_body":{"model":"b"}}""", "extra_body.model")]
    [InlineData("bedrock", """{"model":"m","model_list":[]}""", "model_list")]
    // In any spelling
    [InlineData("openrouter", """{"model":"m","mod\u0065ls":["b"]}""", "models")]
    [InlineData("openrouter", """{"model":"m","models":null,"models":["b"]}""", "models")]
    [InlineData("openrouter", """{"models":["b"],"model":"m"}""", "models")]
    [InlineData("openrouter", """{"model":"m","MODELS":["b"]}""", "MODELS")]
    [InlineData("openrouter", """{"model":"m","model\u017f":["b"]}""", "model\u017f")]
    [InlineData("groq", """{"model":"m","compound_\u0063ustom":{"m\u006fdels":{}}}""", "compound_custom.models")]
    [InlineData("groq", """{"model":"m","compound_custom":null,"compound_custom":{"models":null,"models":{}}}""", "compound_custom.models")]
    [InlineData("groq", """{"model":"m","compoundCustom":{"Models":{}}}""", "compoundCustom.Models")]
    [InlineData("openrouter", """{"model":"m","tools":[],"tools":[{"type":"function","t\u0079pe":"openrouter:fusion"}]}""", "tools[0].type")]
    [InlineData("openrouter", """{"model":"m","tools":[{"type":"OpenRouter:Fusion"}]}""", "tools[0].type")]
    [InlineData("ollama", """{"model":"m","Model":"b"}""", "Model")]
    [InlineData("ollama", """{"model":"m","MODEL":null}""", "MODEL")]
    public void A_member_that_chooses_other_models_is_found(string provider, string body, string member) =>
        ModelLimit.Find(Encoding.UTF8.GetBytes(body), Choices(provider)).ShouldBe(member);

    [Theory]
    [InlineData("openrouter", """{"model":"m","messages":[{"role":"user","content":"models","models":["b"]}],"stream":true}""")]
    [InlineData("openrouter", """{"model":"m","provider":{"order":["a"],"sort":"price"},"transforms":[],"reasoning":{"effort":"low"}}""")]
    [InlineData("openrouter", """{"model":"m","models":null,"route":null,"preset":null,"plugins":null}""")]
    [InlineData("openrouter", """{"model":"m","tools":[{"type":"openrouter:web_search","parameters":{"max_results":3}}]}""")]
    // A caller's own tool may be about models.
    [InlineData("openrouter",
        """{"model":"m","tools":[{"type":"function","function":{"name":"choose","parameters":{"type":"object","properties":{"model":{"type":"string"},"models":{"type":"array"}}}}}]}""")]
    [InlineData("anthropic", """{"model":"m","tools":[{"name":"choose","input_schema":{"type":"object","properties":{"model":{"type":"string"}}}}]}""")]
    [InlineData("groq", """{"model":"m","compound_custom":{"tools":{"enabled_tools":["web_search"]}}}""")]
    [InlineData("groq", """{"model":"m","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"properties":{"models":{}}}}},"metadata":{"models":"x"}}""")]
    // Only a provider's own members are refused there.
    [InlineData("openai", """{"model":"m","safety_model":"b","draft_model":"c","compound_custom":{"models":{}}}""")]
    [InlineData("dashscope", """{"model":"m","enable_thinking":true,"anything":1}""")]
    public void Everything_else_passes(string provider, string body) => ModelLimit.Find(Encoding.UTF8.GetBytes(body), Choices(provider)).ShouldBeNull();

    /// <summary>It is unknown how a server that is defined by settings chooses models.</summary>
    [Theory]
    [InlineData("""{"model":"m","messages":[],"stream":true,"temperature":0,"top_k":5,"chat_template_kwargs":{"model":"x"},"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"model":{}}}}}]}""", null)]
    [InlineData("""{"model":"m","of_tomorrow":null}""", null)]
    [InlineData("""{"model":"m","of_tomorrow":1}""", "of_tomorrow")]
    [InlineData("""{"model":"m","models":["b"]}""", "models")]
    [InlineData("""{"model":"m","router_settings_override":{"fallbacks":[]}}""", "router_settings_override")]
    [InlineData("""{"model":"m","extra_body":{"x":1}}""", "extra_body")]
    [InlineData("""{"model":"m","Temperature":1}""", "Temperature")]
    [InlineData("""{"model":"m","tools":[{"type":"of_tomorrow"}]}""", "tools[0].type")]
    public void At_a_custom_server_only_known_members_pass(string body, string? member) =>
        ModelLimit.Find(Encoding.UTF8.GetBytes(body), new ModelChoices { Only = Nano.Providers.OpenAICompatible.CustomProviders.LimitedMembers }).ShouldBe(member);

    private static ModelChoices Choices(string provider) => ProvidersDocument.Providers.Single(one => one.Id == provider).ModelChoices;
}
