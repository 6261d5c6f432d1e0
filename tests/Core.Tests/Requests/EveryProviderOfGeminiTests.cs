using System.Text;
using System.Text.Json;
using Nano.Dialects.Gemini;
using Nano.Testing;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>
/// Every recorded request of Gemini, in the form that the gateway would send to every registered provider: it means the same there, with
/// every loss reported; or it is refused with a 400 that gives the reason.
/// </summary>
public sealed class EveryProviderOfGeminiTests
{
    public static TheoryData<string> Providers => [.. UpstreamForm.Providers.Select(provider => provider.Id).Except(Others)];

    /// <summary>They differ from their dialect in tools and logprobs, which <see cref="EveryProviderTests"/> covers.</summary>
    private static readonly string[] Others = ["perplexity", "together"];

    [SkippableTheory]
    [MemberData(nameof(Providers))]
    public void A_recorded_request_means_the_same_there_and_losses_are_reported(string provider)
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of("generateContent").Where(c => c.HasRequest && c.Status == 200).ToArray();
        cases.Length.ShouldBeGreaterThan(60);
        cases.AsParallel().AsOrdered().SelectMany(wire => Problems(provider, wire).Take(1).Select(problem => $"{wire.Id}: {problem}")).ShouldBeNone();
    }

    /// <summary>The comparison uses Chat's names of members; callers receive Gemini's.</summary>
    private static string[] Named(IReadOnlyList<string> losses)
    {
        string[] chat =
        [
            "temperature", "top_p", "top_k", "max_tokens", "n", "seed", "stop", "frequency_penalty", "presence_penalty", "logprobs", "top_logprobs", "reasoning_effort",
            "reasoning.max_tokens", "response_format", "tool_choice",
        ];
        var gemini = new GeminiDialect();
        return [.. losses, .. chat.Where(name => losses.Contains(gemini.NameOfLoss(name))),
            .. losses.Select(name => name.Replace("contents.parts", "messages.content", StringComparison.Ordinal)),
            .. losses.Contains("contents.parts.thoughtSignature") ? (string[])["messages.reasoning_details"] : [], .. losses.Contains("contents") ? (string[])["messages"] : []];
    }

    private static IEnumerable<string> Problems(string provider, WireCase wire)
    {
        var sent = UpstreamForm.WriteGeminiAsync($"{provider}/model-of-tomorrow", Encoding.UTF8.GetBytes(wire.RequestBody.GetRawText())).GetAwaiter().GetResult();
        if (sent.Error is { } error) return error.Status == 400 && error.Message.Length > 20 ? [] : [$"refused with {error.Status}: {error.Message}"];
        if (provider == "google") return JsonElement.DeepEquals(sent.Body, wire.RequestBody) ? [] : ["Google's own request was changed"];
        var meaning = sent.Dialect switch
        {
            "bedrock-converse" => ConverseMeaning.Read(sent.Body),
            "gemini-vertex" => GeminiMeaning.Read(sent.Body),
            "anthropic-messages-hosted" => AnthropicMeaning.Read(sent.Body),
            var dialect => Conversion.Read(dialect, sent.Body),
        };
        return MeaningComparison.Differences(
                GeminiMeaning.Read(wire.RequestBody), meaning, Named(sent.Losses.Dropped), Named(sent.Losses.Emulated), thinksByItself: null,
                oneTextPerTurn: sent.Dialect is "openai-chat" or "cohere-chat")
            // Reasoning is on by default there and refuses forced calls: it is switched off for them, which is reported with the choice.
            .Where(problem => !(problem == "reasoning: was invented" && sent.Losses.Emulated.Contains("toolConfig")))
            .Select(problem => $"{problem} ({sent.Losses})");
    }
}
