using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Providers;
using Nano.Routing;
using Nano.Streaming;
using Nano.Testing;
using Nano.Upstream;

namespace Nano.Tests.Routing;

/// <summary>The effect of each provider error on the next attempt: handmade errors, and every recorded one.</summary>
public sealed class FailureTableTests
{
    /// <summary>Status, the provider's code and type, its message, its Retry-After, and the class.</summary>
    public static TheoryData<int, string?, string?, string, string?, string> Errors() => new()
    {
        { 429, "rate_limit_exceeded", "requests", "Rate limit reached for gpt-5.5 on requests per min", "20", "rate_limit" },
        { 429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota, please check your plan and billing details.", null, "quota" },
        { 429, "insufficient_quota", null, "You exceeded your current quota", "5", "quota" },
        { 429, null, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details.", "34.4", "rate_limit" },
        { 429, null, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details.", null, "quota" },
        { 429, "daily_quota_exceeded", "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", null, "quota" },
        { 429, null, "exceeded_current_quota_error", "m", "5", "quota" },
        { 429, "insufficient_balance", null, "m", "5", "quota" },
        { 429, "insufficient_credits", null, "m", "5", "quota" },
        { 429, "quota_exceeded", null, "m", "5", "quota" },
        { 429, "credit_limit_exceeded", null, "m", "5", "quota" },
        { 402, null, null, "Insufficient credits. Add more using https://openrouter.ai/credits", null, "quota" },
        { 402, null, null, "Insufficient Balance", null, "quota" },
        { 400, null, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.", null, "quota" },
        { 403, "billing_not_active", null, "Your account is not active", null, "key" },
        { 401, "invalid_api_key", null, "Incorrect API key provided", null, "key" },
        { 403, null, "permission_error", "Your API key does not have permission", null, "key" },
        { 403, null, null, "Content violates usage guidelines. Team: t, API key ID: k, Model: m, Failed check: SAFETY_CHECK_TYPE_BIO", null, "content_filter" },
        { 403, "403", null, "m requires moderation on Provider. Your input was flagged for \"violence\". No credits were charged.", null, "content_filter" },
        { 403, null, "invalid_request_error", "You are not allowed to sample from this model", null, "not_found" },
        { 403, "model_not_found", "invalid_request_error", "Project `p` does not have access to model `m`", null, "not_found" },
        { 403, "unsupported_country_region_territory", null, "Country, region, or territory not supported", null, "key" },
        { 500, null, "api_error", "Internal server error", null, "unavailable" },
        { 502, null, null, "Bad gateway", null, "unavailable" },
        { 503, null, null, "Service unavailable", "7", "unavailable" },
        { 504, null, null, "Gateway timeout", null, "timeout" },
        { 529, null, "overloaded_error", "Overloaded", null, "unavailable" },
        { 408, null, null, "Request timeout", null, "unavailable" },
        { 400, "context_length_exceeded", null, "This model's maximum context length is 128000 tokens.", null, "context_length" },
        { 400, null, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", null, "context_length" },
        { 400, "invalid-argument", null, "This model's maximum prompt length is 131072 but the request contains 136973 tokens.", null, "context_length" },
        { 400, "string_above_max_length", "invalid_request_error", "Invalid 'messages[0].content': string too long.", null, "context_length" },
        { 429, null, "ThrottlingException", "Too many tokens, please wait before trying again.", null, "rate_limit" },
        { 413, null, "request_too_large", "Request exceeds the maximum size", null, "context_length" },
        { 400, "content_filter", null, "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", null, "content_filter" },
        { 400, "invalid_encrypted_content", null, "The encrypted content could not be verified.", null, "state" },
        { 400, null, "invalid_request_error", "messages.1.content.0: Invalid `signature` in `thinking` block", null, "state" },
        { 404, "DeploymentNotFound", null, "The API deployment for this resource does not exist.", null, "not_found" },
        { 404, null, null, "Not found", null, "not_found" },
        { 400, "unsupported_value", null, "Unsupported value: 'temperature' does not support 0.5 with this model.", null, "unsupported" },
        { 400, null, "invalid_request_error", "tools.0.custom.input_schema: Input does not match the expected shape.", null, "rejected" },
        { 422, null, null, "Unprocessable", null, "rejected" },
    };

    [Theory, MemberData(nameof(Errors))]
    public void An_error_has_a_class(int status, string? code, string? type, string message, string? retryAfter, string expected)
    {
        var error = UpstreamErrors.FromStatus(FakeProvider.Create("p"), status, new ErrorDetails(message, type, code, null), retryAfter, default);
        FailureClasses.Name(FailureTable.Classify(error)).ShouldBe(expected);
    }

    /// <summary>The account has no money: trying again does not help, also where the provider sends no code (OpenRouter, DeepSeek).</summary>
    [Fact]
    public void A_402_is_final() =>
        UpstreamErrors.FromStatus(FakeProvider.Create("p"), 402, new ErrorDetails("Insufficient Balance", null, null, null), null, default).IsFinal.ShouldBeTrue();

    /// <summary>Errors without a status, and the gateway's own.</summary>
    [Fact]
    public void An_error_of_the_gateway_or_of_a_stream_has_a_class()
    {
        var provider = FakeProvider.Create("p");
        Check(UpstreamErrors.Unreachable(provider, "the connection was refused"), FailureClass.Unavailable);
        Check(UpstreamErrors.BrokeOff(provider, "broke off before its end"), FailureClass.Unavailable);
        Check(UpstreamErrors.TooSlow(provider), FailureClass.Timeout);
        Check(UpstreamErrors.FromSuccess(provider, new ErrorDetails("engine died", "server_error", "500", null), default), FailureClass.Unavailable);
        Check(UpstreamErrors.FromSuccess(provider, new ErrorDetails("slow down", null, "429", null), default), FailureClass.RateLimit);
        Check(UpstreamErrors.FromSuccess(provider, new ErrorDetails("Overloaded", "overloaded_error", null, null), default), FailureClass.Unavailable);
        Check(new GatewayError(GatewayErrorKind.NotConfigured, 503, "no key"), FailureClass.Key);
        Check(GatewayError.Invalid("x-nano-strict is set", code: "lossy_conversion"), FailureClass.Unsupported);
        Check(GatewayError.Invalid("'messages' is missing"), FailureClass.Gateway);
        Check(new GatewayError(GatewayErrorKind.Overloaded, 503, "no memory"), FailureClass.Gateway);

        static void Check(GatewayError error, FailureClass expected) => FailureTable.Classify(error).ShouldBe(expected, error.Message);
    }

    /// <summary>Recorded errors whose class does not follow from the status alone: 401 and 403 are the key, 404 is the model, 429 the rate, 5xx the provider.</summary>
    private static readonly Dictionary<string, FailureClass> Recorded = new()
    {
        ["anthropic-messages-one-error-caa1b1"] = FailureClass.ContextLength,
        ["cohere-chatv2-one-error-1a6bd2"] = FailureClass.ContextLength,
        ["llamacpp-chat-one-error-aaba04"] = FailureClass.ContextLength,
        ["ollama-chat-one-error-0a8511"] = FailureClass.ContextLength,
        ["perplexity-chat-one-error-c2d62c"] = FailureClass.ContextLength,
        ["gemini-generatecontent-one-error-341a80"] = FailureClass.Key,
        ["gemini-generatecontent-one-error-b4dcd8"] = FailureClass.Key,
        ["vertexai-generatecontent-one-error-d9eb9d"] = FailureClass.Key,
        ["xai-responses-one-error-16abb9"] = FailureClass.Key,
        ["xai-responses-one-error-b39ab2"] = FailureClass.Key,
        ["bedrock-converse-one-error-9b9d4b"] = FailureClass.NotFound,
        ["groq-chat-one-error-55b34f"] = FailureClass.NotFound,
        ["mistral-chat-one-error-ad6302"] = FailureClass.NotFound,
        ["bedrock-counttokens-one-error-ee67ee"] = FailureClass.NotFound,
        ["mistral-embeddings-one-error-6a78d7"] = FailureClass.NotFound,
        ["openrouter-embeddings-one-error-aa51a5"] = FailureClass.NotFound,
        ["voyage-embeddings-one-error-6587be"] = FailureClass.NotFound,
        ["gemini-embeddings-one-error-9403f5"] = FailureClass.Key,
        ["gemini-embeddings-one-error-971dba"] = FailureClass.Key,
        ["llamacpp-embeddings-one-error-f0b493"] = FailureClass.Unsupported,
        ["openai-responses-one-error-ef3d19"] = FailureClass.NotFound,
        ["openai-chat-one-error-626cf6"] = FailureClass.NotFound,
        ["openai-chat-one-error-7560c5"] = FailureClass.NotFound,
        ["openai-chat-one-error-f33f06"] = FailureClass.NotFound,
        ["bedrock-converse-one-error-ced037"] = FailureClass.Unsupported,
        ["bedrock-converse-one-error-dd5967"] = FailureClass.Unsupported,
        ["gemini-generatecontent-one-error-2ac7dd"] = FailureClass.Unsupported,
        ["gemini-generatecontent-one-error-3bb4f9"] = FailureClass.Unsupported,
        ["gemini-generatecontent-one-error-de1b56"] = FailureClass.Unsupported,
        ["mistral-chat-one-error-b8130b"] = FailureClass.Unsupported,
        ["mistral-chat-one-error-dbe547"] = FailureClass.Unsupported,
        ["openai-chat-one-error-41ee32"] = FailureClass.Unsupported,
        ["openai-chat-one-error-745cbc"] = FailureClass.Unsupported,
        ["openai-chat-one-error-b2b0be"] = FailureClass.Unsupported,
        ["openai-responses-one-error-3c102c"] = FailureClass.Unsupported,
        ["openrouter-chat-one-error-72fe0c"] = FailureClass.Unsupported,
    };

    [SkippableFact]
    public void Every_recorded_error_has_its_class()
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of("chat", "messages", "generateContent", "responses", "chat_v2", "converse", "embeddings", "count_tokens")
            .Where(wire => wire.Status >= 400).ToList();
        cases.Count.ShouldBeGreaterThanOrEqualTo(100);
        var (providers, _) = new ProviderRegistry(new DialectSet(), new Dictionary<string, string>()).Registered();
        var wrong = new List<string>();
        foreach (var wire in cases)
        {
            var expected = Recorded.TryGetValue(wire.Id, out var named) ? named : wire.Status switch
            {
                401 or 403 => FailureClass.Key,
                404 => FailureClass.NotFound,
                429 => FailureClass.RateLimit,
                >= 500 => FailureClass.Unavailable,
                _ => FailureClass.Rejected,
            };
            var provider = Provider(providers, wire);
            var details = provider.Dialects.First(dialect => Speaks(dialect.Dialect.Name, wire.Api)).Dialect.ReadError(wire.ResponseBytes());
            var actual = FailureTable.Classify(UpstreamErrors.FromStatus(provider, wire.Status, details, null, default));
            if (actual != expected) wrong.Add($"{wire.Id} ({wire.Status}): {actual} instead of {expected}: {details.Message}");
        }
        wrong.ShouldBeEmpty(string.Join('\n', wrong));
    }

    /// <summary>Errors in recorded responses with status 200, whole and as an event, as the passthrough and as conversions read them.</summary>
    public static TheoryData<string, string> InSuccesses() => new()
    {
        { "azure-chat-one-basic-f8b8b8", "content_filter" },
        { "groq-chat-sse-tools-b6c429", "rejected" },
        { "groq-chat-sse-tools-c6c808", "rejected" },
        { "openai-responses-sse-basic-8cf63f", "quota" },
        { "openrouter-chat-one-toolres-e16426", "unavailable" },
        { "openrouter-chat-sse-tools-8068e7", "unavailable" },
    };

    [SkippableTheory, MemberData(nameof(InSuccesses))]
    public void A_recorded_error_in_a_success_has_its_class(string id, string expected)
    {
        WireCorpus.Require();
        var wire = WireCorpus.Get(id);
        wire.Status.ShouldBe(200);
        var (providers, _) = new ProviderRegistry(new DialectSet(), new Dictionary<string, string>()).Registered();
        var provider = Provider(providers, wire);
        var dialect = (IDialect)provider.Dialects.First(dialect => Speaks(dialect.Dialect.Name, wire.Api)).Dialect;
        var tap = dialect.CreateUsageTap(UsageRules.OpenAI);
        GatewayError? converted = null;
        if (wire.Sse is null)
        {
            tap.TryOnBody(wire.ResponseBytes(), provider.Id).ShouldBeNull();
            converted = dialect.TryReadResponse(wire.ResponseBytes(), UsageRules.OpenAI, provider.Id).Error;
        }
        else
        {
            var (reader, sink) = (dialect.CreateEventReader(UsageRules.OpenAI), new Caught());
            using var frames = FrameReaders.Create(StreamFraming.ServerSentEvents, int.MaxValue, null);
            wire.ResponseBytes().CopyTo(frames.GetMemory(wire.ResponseBytes().Length));
            frames.Advance(wire.ResponseBytes().Length);
            while (tap.Error is null && frames.TryRead(out var item))
            {
                if (!item.HasData || SseEvent.IsBlank(item.Data.Span)) continue;
                tap.TryOnEvent(item.Type, item.Data, provider.Id);
                reader.TryRead(item.Type, item.Data, sink, provider.Id);
            }
            converted = sink.Error;
        }
        FailureClasses.Name(FailureTable.Classify(UpstreamErrors.FromSuccess(provider, tap.Error!.Value, default))).ShouldBe(expected, "passed through");
        FailureClasses.Name(FailureTable.Classify(UpstreamErrors.FromResponse(provider, converted!, default))).ShouldBe(expected, "converted");
    }

    private sealed class Caught : IChatEventSink
    {
        public GatewayError? Error { get; private set; }

        public void BeginFrame(in ChatFrame frame) { }

        public void On(in ChatEvent item) => Error ??= item.Error;

        public void EndFrame() { }
    }

    private static Provider Provider(IReadOnlyList<Provider> providers, WireCase wire)
    {
        var id = wire.Api switch { "messages" => "anthropic", "generateContent" => wire.Provider == "vertexai" ? "vertex" : "google", "responses" => "openai",
            "chat_v2" => "cohere", "converse" => "bedrock", _ when wire.Provider == "gemini" => "google", _ => wire.Provider };
        return providers.FirstOrDefault(provider => provider.Id == id) ?? providers.First(provider => provider.Id == "openai");
    }

    private static bool Speaks(string dialect, string api) => api switch
    {
        "messages" => dialect == "anthropic-messages",
        "generateContent" => dialect.StartsWith("gemini", StringComparison.Ordinal),
        "responses" => dialect == "openai-responses",
        "chat_v2" => dialect.StartsWith("cohere", StringComparison.Ordinal),
        "converse" => dialect == "bedrock-converse",
        "embeddings" or "count_tokens" => true,
        _ => dialect == "openai-chat",
    };
}
