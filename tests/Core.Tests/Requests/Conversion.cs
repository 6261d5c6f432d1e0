using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.CohereChat;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIResponses;
using Nano.Errors;
using Nano.Json;
using Nano.Providers.Catalogue;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>A request converted to another dialect.</summary>
/// <param name="Body">Undefined if it was refused.</param>
internal sealed record Converted(JsonElement Body, LossReport Losses, GatewayError? Error);

/// <summary>The target of requests in these tests: a dialect and a model, with its traits from the catalogue.</summary>
public sealed record Target(string Dialect, string Model)
{
    /// <summary>A model that is not in the catalogue, and all that are.</summary>
    public static IEnumerable<Target> All =>
    [
        new("anthropic-messages", "claude-of-tomorrow"),
        .. Of("anthropic").Select(m => new Target("anthropic-messages", m.Id)),
        new("gemini", "gemini-of-tomorrow"),
        .. Of("google").Select(m => new Target("gemini", m.Id)),
        new("cohere-chat", "command-of-tomorrow"),
        .. Of("cohere").Select(m => new Target("cohere-chat", m.Id)),
        new("openai-responses", "gpt-of-tomorrow"),
        // One of each kind: many differ only by their prices.
        .. Of("openai").DistinctBy(
        m => $"{m.Traits.Reasons} {m.Traits.ThinkingAlwaysOn} {m.Traits.SamplingParameters} {m.Traits.SamplingOnlyWithoutReasoning} {m.Traits.MaxOutputTokens} {string.Join(',', m.Traits.Efforts)}")
            .Select(m => new Target("openai-responses", m.Id)),
    ];

    public static TheoryData<string, string> Table(string? dialect = null)
    {
        var table = new TheoryData<string, string>();
        foreach (var target in All.Where(t => dialect is null || t.Dialect == dialect)) table.Add(target.Dialect, target.Model);
        return table;
    }

    internal ModelTraits? Traits =>
        Of(Dialect switch { "gemini" => "google", "cohere-chat" => "cohere", "openai-responses" => "openai", _ => "anthropic" }).FirstOrDefault(m => m.Id == Model)?.Traits;

    private static IEnumerable<ModelInfo> Of(string provider) =>
        ModelCatalogue.Embedded.Models.Where(m => m.Provider == provider && m.Output.Contains("text")
        && (provider != "google" || m.Id.StartsWith("gemini-", StringComparison.Ordinal)));
}

internal static class Conversion
{
    private static readonly IDialect[] Dialects = [new OpenAIChatDialect(), new AnthropicMessagesDialect(), new GeminiDialect(), new OpenAIResponsesDialect()];

    /// <summary>Dialects that only providers speak.</summary>
    private static readonly IUpstreamDialect[] Upstream = [new CohereChatDialect()];

    public static IUpstreamDialect Writer(string name) => Upstream.SingleOrDefault(d => d.Name == name) ?? Dialect(name);

    public static IDialect Dialect(string name) => Dialects.Single(d => d.Name == name);

    public static Converted Run(string from, byte[] body, Target target)
    {
        var losses = new LossReport();
        var (request, refused) = Dialect(from).TryReadRequest(body);
        if (request is null) return new Converted(default, losses, refused);
        if (from != target.Dialect && Dialect(from).TryAdapt(request, Writer(target.Dialect), losses).Error is { } unsuitable) return new Converted(default, losses, unsuitable);
        if (Writer(target.Dialect).Origin != request.Origin) Dialect(from).Generalize(request, target.Traits, losses);
        using var output = new JsonOutput(body.Length);
        var error = Writer(target.Dialect).TryWriteRequest(request, new RequestTarget { Model = target.Model, Traits = target.Traits }, output, losses);
        return new Converted(error is null ? JsonDocument.Parse(output.Written.ToArray(), new JsonDocumentOptions { MaxDepth = 512 }).RootElement : default, losses, error);
    }

    /// <summary>Violations of the target's rules in a converted request.</summary>
    public static IEnumerable<string> Violations(Converted made, Target target) => target.Dialect switch
    {
        "anthropic-messages" => AnthropicRequestRules.Check(made.Body, target.Traits?.MidConversationSystem == true).Concat(TraitRules.Anthropic(made.Body, target.Traits)),
        "gemini" => GeminiRequestRules.Check(made.Body, target.Model).Concat(TraitRules.Gemini(made.Body, target.Traits)),
        "cohere-chat" => CohereRequestRules.Check(made.Body).Concat(TraitRules.Cohere(made.Body, target.Traits)),
        "openai-responses" => ResponsesRequestRules.Check(made.Body).Concat(TraitRules.Responses(made.Body, target.Traits)),
        _ => [],
    };

    /// <summary>What was lost from a Chat request without a report.</summary>
    public static IEnumerable<string> Differences(JsonElement chat, Converted made, Target target) => MeaningComparison.Differences(
        ChatMeaning.Read(chat), Read(target.Dialect, made.Body), made.Losses.Dropped, made.Losses.Emulated,
        thinksByItself: target.Model == "gemini-2.5-flash-lite" || (target.Dialect is "openai-responses" or "cohere-chat" && target.Traits?.Reasons == false) ? false : null,
        oneTextPerTurn: target.Dialect == "cohere-chat");

    public static RequestMeaning Read(string dialect, JsonElement body) => dialect switch
    {
        "gemini" => GeminiMeaning.Read(body),
        "anthropic-messages" => AnthropicMeaning.Read(body),
        "cohere-chat" => CohereMeaning.Read(body),
        "openai-responses" => ResponsesMeaning.Read(body),
        _ => ChatMeaning.Read(body),
    };
}
