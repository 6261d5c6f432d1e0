using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.BedrockConverse;
using Nano.Dialects.OpenAIChat;
using Nano.Errors;
using Nano.Json;
using Nano.Providers.Bedrock;
using Nano.Providers.Catalogue;
using Nano.Testing;
using Nano.Testing.Requests;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.BedrockConverse.Requests;

/// <summary>
/// Every recorded chat request of any provider, converted for models of every family on Bedrock: the result is valid by
/// Converse's and the family's rules, and means the same, or the loss is reported.
/// </summary>
public sealed class RecordedRequestTests
{
    /// <summary>Requests that Converse cannot express.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["mistral-chat-one-vision-ffd536"] = "an image by its address in the web",
        ["mistral-chat-one-pdf-693f84"] = "a document by its address in the web",
        ["huggingface-chat-one-vision-2a6c24"] = "an image by its address in the web",
        ["groq-chat-one-vision-dd51eb"] = "an image by its address in the web",
        ["openai-chat-one-vision-d111d5"] = "an image by its address in the web",
        ["openai-chat-one-vision-2aa0cd"] = "an image by its address in the web",
        ["openai-chat-one-vision-f98b35"] = "an image by its address in the web",
        ["openai-chat-one-error-bd1051"] = "an image by its address in the web",
        ["llamacpp-chat-one-error-a5c0b3"] = "an image by its address in the web",
        ["deepseek-chat-one-error-3f0cfc"] = "a film by its address in the web",
        ["openai-chat-one-pdf-41e518"] = "a file of OpenAI's",
        ["openai-chat-one-error-cd5fc1"] = "a user turn of nothing but audio",
    };

    public static TheoryData<string> Models =>
    [
        "us.anthropic.claude-of-tomorrow-v1:0", "us.anthropic.claude-opus-4-8", "global.anthropic.claude-sonnet-4-6", "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "us.anthropic.claude-3-7-sonnet-20250219-v1:0", "anthropic.claude-3-haiku-20240307-v1:0", "us.amazon.nova-micro-v1:0", "us.amazon.nova-2-lite-v1:0",
        "amazon.titan-text-express-v1", "us.meta.llama4-maverick-17b-instruct-v1:0", "mistral.mistral-large-2407-v1:0", "mistral.magistral-small-2509",
        "mistral.mistral-7b-instruct-v0:2",
        "us.deepseek.r1-v1:0", "openai.gpt-oss-120b-1:0", "qwen.qwen3-32b-v1:0", "moonshot.kimi-k2-thinking", "minimax.minimax-m2", "google.gemma-3-27b-it",
        "writer.palmyra-x5-v1:0",
        "ai21.jamba-1-5-mini-v1:0", "arn:aws:bedrock:us-east-1:1:provisioned-model/abc",
    ];

    [SkippableTheory]
    [MemberData(nameof(Models))]
    public void A_recorded_chat_request_arrives_valid_and_means_the_same(string model)
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of("chat").Where(c => c.HasRequest).ToArray();
        cases.Length.ShouldBe(318);
        cases.Select(c => Problem(c, model)).ShouldBeNone();
    }

    [SkippableFact]
    public void Only_listed_requests_are_refused()
    {
        WireCorpus.Require();
        WireCorpus.Of("chat").Where(c => c.HasRequest && Write(c.RequestBytes(), "model").Error is not null).Select(c => c.Id).Order().ShouldBe(Refused.Keys.Order());
    }

    private static string? Problem(WireCase wire, string model)
    {
        var (body, losses, error) = Write(wire.RequestBytes(), model);
        if (error is not null) return Refused.ContainsKey(wire.Id) && error.Status == 400 ? null : $"{wire.Id}: refused: {error.Message}";
        // It requests a temperature of 100 and half a token.
        if (wire.Id == "doubleword-chat-one-error-391124") return null;
        var problem = ConverseRequestRules.Check(body).Concat(FamilyRules(body, ModelFamily.Of(model))).Concat(MeaningComparison.Differences(
            ChatMeaning.Read(wire.RequestBody), ConverseMeaning.Read(body), losses.Dropped, losses.Emulated)).FirstOrDefault();
        return problem is null ? null : $"{wire.Id}: {problem} ({losses})";
    }

    private static IEnumerable<string> FamilyRules(JsonElement body, ModelFamily family)
    {
        var text = body.GetRawText();
        if (!family.SystemPrompt && body.Member("system") is not null) yield return "$.system: the model takes none";
        if (!family.ForcedToolChoice && body.Member("toolConfig")?.Member("toolChoice") is not null) yield return "$.toolConfig.toolChoice: the model takes none";
        if (family.JsonSchema == false
            && (body.Member("outputConfig") is not null
            || (body.Member("toolConfig") is { } config && config.Elements("tools").Any(t => t.Member("toolSpec")?.Member("strict") is not null))))
            yield return "the model has no structured output";
        if (family.Cache == CachePoints.None && text.Contains("\"cachePoint\"", StringComparison.Ordinal)) yield return "the model has no cache";
        if (family.Thinking != ReasoningSwitch.Claude && (body.Member("additionalModelRequestFields")?.Member("thinking") is not null)) yield return "$...thinking: is Claude's";
        foreach (var message in body.Elements("messages"))
        {
            var blocks = message.Elements("content").ToArray();
            if (family.LoneResults && blocks.Any(b => b.Member("toolResult") is not null) && blocks.Any(b => b.Member("toolResult") is null))
                yield return "results must stand alone";
            foreach (var block in blocks)
            {
                if (family.NineCharacterIds && block.Member("toolUse")?.Text("toolUseId") is { } id && (id.Length != 9 || !id.All(char.IsAsciiLetterOrDigit)))
                    yield return $"'{id}' is no id of nine characters";
                if (!family.ResultStatus && block.Member("toolResult")?.Member("status") is not null) yield return "the model takes no status";
            }
        }
    }

    internal static (JsonElement Body, LossReport Losses, GatewayError? Error) Write(byte[] chat, string model)
    {
        var losses = new LossReport();
        var (request, unreadable) = new OpenAIChatDialect().TryReadRequest(chat);
        if (request is null) return (default, losses, unreadable);
        using var output = new JsonOutput(chat.Length);
        var provider = BedrockProvider.Describe(new BedrockConverseDialect(), "us-east-1", TimeProvider.System);
        var traits = provider.Naming.MakerOf(model) is { } maker ? ModelCatalogue.Embedded.Find(maker.Provider, maker.Model)?.Traits : null;
        var error = new BedrockConverseDialect().TryWriteRequest(request, new RequestTarget { Model = model, Traits = traits }, output, losses);
        return (error is null ? JsonDocument.Parse(output.Written.ToArray(), new JsonDocumentOptions { MaxDepth = 512 }).RootElement : default, losses, error);
    }

    internal static (string Body, string Losses) Write(string chat, string model)
    {
        var (body, losses, error) = Write(Encoding.UTF8.GetBytes(chat), model);
        error.ShouldBeNull();
        return (body.GetRawText(), losses.ToString());
    }
}
