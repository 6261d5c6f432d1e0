using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Providers.Catalogue;
using Nano.Testing;
using Nano.Testing.Requests;

namespace Nano.Tests.Dialects.AnthropicMessages.Requests;

/// <summary>
/// Every recorded Chat request, of any provider, is converted for each kind of Claude model: the result obeys
/// Anthropic's rules and means the same, or the loss is reported.
/// </summary>
public sealed class RecordedChatRequestTests
{
    /// <summary>All of the catalogue's Claude models, one that is not in it, and one without any traits.</summary>
    private static readonly (string Name, ModelTraits? Traits)[] Models =
    [
        .. ModelCatalogue.Embedded.Models.Where(m => m.Provider == "anthropic").Select(m => (m.Id, (ModelTraits?)m.Traits)),
        ("unknown", null),
        ("plain", FromChat.Plain),
    ];

    public static TheoryData<string> Cases => [.. WireCorpus.Of("chat").Where(c => c.HasRequest).Select(c => c.Id)];

    [SkippableTheory]
    [RecordedData(nameof(Cases))]
    public void Arrives_whole_or_the_loss_is_reported(string id)
    {
        WireCorpus.Require();
        var body = WireCorpus.Get(id).RequestBytes();
        var (request, refusal) = new OpenAIChatDialect().TryReadRequest(body);
        if (request is null)
        {
            refusal!.Status.ShouldBe(400, id);
            return;
        }
        foreach (var (model, traits) in Models)
        {
            var at = $"{id} -> {model}";
            using var output = new JsonOutput();
            var losses = new LossReport();
            var error = new AnthropicMessagesDialect().TryWriteRequest(request, new RequestTarget { Model = "claude", Traits = traits }, output, losses);
            if (error is not null)
            {
                error.Status.ShouldBe(400, at);
                Refused.ShouldContainKey(id, $"{at}: {error.Message}");
                continue;
            }
            var written = JsonSerializer.Deserialize<JsonElement>(output.WrittenSpan);
            string.Join('\n', AnthropicRequestRules.Check(written, traits?.MidConversationSystem == true)).ShouldBeEmpty($"{at}\n{Brief(output)}");
            var asked = ChatMeaning.Read(JsonSerializer.Deserialize<JsonElement>(body));
            string.Join('\n', MeaningComparison.Differences(asked, AnthropicMeaning.Read(written), losses.Dropped, losses.Emulated))
                .ShouldBeEmpty($"{at} ({losses})\n{Brief(output)}");
        }
    }

    /// <summary>Requests that cannot be converted for Anthropic, and why.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["openai-chat-one-error-cd5fc1"] = "a message of nothing but audio, which Claude does not take",
    };

    private static string Brief(JsonOutput output) => Encoding.UTF8.GetString(output.WrittenSpan[..Math.Min(output.Length, 1500)]);
}
