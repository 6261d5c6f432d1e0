using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nano.Providers.OpenAICompatible;
using Nano.Testing;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>
/// Every recorded chat request, in the form that the gateway would send to every registered provider: valid there by rules that
/// are independent of the codecs, with every loss reported; or it is refused with a 400 that gives the reason.
/// </summary>
public sealed class EveryProviderTests
{
    /// <summary>Besides a model that is not in the catalogue: models whose names determine the dialect or a quirk.</summary>
    private static readonly Dictionary<string, string[]> Models = new()
    {
        ["openai"] = ["gpt-of-tomorrow", "gpt-5.6-sol", "gpt-6.2-sol", "gpt-of-tomorrow-pro"],
        ["azure"] = ["my-deployment", "gpt-6.2-sol"],
        ["anthropic"] = ["claude-of-tomorrow", "claude-opus-5-5"],
        ["google"] = ["gemini-of-tomorrow", "gemini-3.6-flash"],
        ["vertex"] = ["gemini-of-tomorrow", "claude-of-tomorrow"],
        ["cohere"] = ["command-of-tomorrow"],
    };

    /// <summary>Requests that only one provider refuses with a 400, besides <see cref="RefusedRequests"/>: media that it accepts as bytes but not as an address, or of an
    /// unknown kind.</summary>
    private static readonly Dictionary<string, string[]> RefusedThere = new()
    {
        ["bedrock"] =
        [
            "deepseek-chat-one-error-3f0cfc", "groq-chat-one-vision-dd51eb", "huggingface-chat-one-vision-2a6c24", "llamacpp-chat-one-error-a5c0b3",
            "mistral-chat-one-vision-ffd536",
            "openai-chat-one-error-bd1051", "openai-chat-one-pdf-41e518", "openai-chat-one-vision-2aa0cd", "openai-chat-one-vision-d111d5", "openai-chat-one-vision-f98b35",
        ],
    };

    public static TheoryData<string, string> Targets
    {
        get
        {
            var table = new TheoryData<string, string>();
            foreach (var provider in UpstreamForm.Providers)
                foreach (var model in Models.GetValueOrDefault(provider.Id)
                    ?? [.. Vendor(provider.Id) is { } vendor ? VendorRequests.ModelsOf(vendor).Select(m => m.Model) : ["model-of-tomorrow"]])
                    table.Add(provider.Id, model);
            return table;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Targets))]
    public void A_recorded_request_is_valid_there_and_losses_are_reported(string provider, string model)
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of("chat").Where(c => c.HasRequest).ToArray();
        cases.Length.ShouldBe(318);
        cases.AsParallel().AsOrdered().SelectMany(wire => Problems($"{provider}/{model}", wire).Take(1).Select(problem => $"{wire.Id}: {problem}")).ShouldBeNone();
    }

    /// <summary>The matrix contains every registered provider, including future ones.</summary>
    [Fact]
    public void Every_provider_is_included_with_rules_for_its_dialects()
    {
        UpstreamForm.Providers.Count.ShouldBeGreaterThan(25);
        Targets.Select(row => (string)row[0]).Distinct().ShouldBe(UpstreamForm.Providers.Select(p => p.Id));
        UpstreamForm.Providers.SelectMany(p => p.Dialects).Select(d => d.Dialect.Origin).Distinct().Except([.. Ruled, "openai-chat", "bedrock-converse"]).ShouldBeEmpty();
    }

    private static IEnumerable<string> Ruled => Target.All.Select(t => t.Dialect).Distinct();

    private static CompatibleProvider? Vendor(string provider) => CompatibleProviders.All.FirstOrDefault(vendor => vendor.Id == provider);

    private static IEnumerable<string> Problems(string name, WireCase wire)
    {
        var sent = UpstreamForm.WriteAsync(name, Encoding.UTF8.GetBytes(wire.RequestBody.GetRawText())).GetAwaiter().GetResult();
        var isRefusedThere = RefusedThere.GetValueOrDefault(sent.Deployment.Provider.Id, []).Contains(wire.Id);
        if (sent.Error is { } error)
            return error.Status == 400 && error.Message.Length > 20 && (isRefusedThere || RefusedRequests.Reasons.ContainsKey(wire.Id)) ? []
                : [$"refused with {error.Status}: {error.Message}"];
        if (isRefusedThere) return ["it is listed as refused, and is not: take it off the list"];
        // It requests a temperature of 100, which Chat does not allow either; the provider refuses it.
        if (wire.Id == "doubleword-chat-one-error-391124") return [];
        return sent.Dialect switch
        {
            "openai-chat" => Chat(sent, wire.RequestBody),
            "anthropic-messages-hosted" => Hosted(sent, wire.RequestBody),
            "bedrock-converse" => Converse(sent, wire.RequestBody),
            _ => Converted(sent.Body, sent, wire.RequestBody),
        };
    }

    private static IEnumerable<string> Converted(JsonElement body, Sent sent, JsonElement chat)
    {
        var dialect = sent.Dialect switch { "anthropic-messages-hosted" => "anthropic-messages", "gemini-vertex" => "gemini", var name => name };
        if (!Ruled.Contains(dialect)) return [$"there are no rules for {dialect}"];
        var (made, target) = (new Converted(body, sent.Losses, null), new Target(dialect, sent.Deployment.Model));
        return Conversion.Violations(made, target).Concat(Conversion.Differences(chat, made, target)).Select(problem => $"{problem} ({sent.Losses})");
    }

    /// <summary>The same rules, except for the model, which is in the address, and the platform's version.</summary>
    private static IEnumerable<string> Hosted(Sent sent, JsonElement chat)
    {
        var body = JsonNode.Parse(sent.Body.GetRawText())!.AsObject();
        if (body.ContainsKey("model")) return ["the body has a model"];
        if (!body.Remove("anthropic_version")) return ["anthropic_version is missing"];
        body["model"] = sent.Deployment.Model;
        return Converted(JsonSerializer.SerializeToElement(body), sent, chat);
    }

    private static IEnumerable<string> Converse(Sent sent, JsonElement chat) =>
        ConverseRequestRules.Check(sent.Body)
            .Concat(MeaningComparison.Differences(ChatMeaning.Read(chat), ConverseMeaning.Read(sent.Body), sent.Losses.Dropped, sent.Losses.Emulated))
            .Select(problem => $"{problem} ({sent.Losses})");

    private static IEnumerable<string> Chat(Sent sent, JsonElement chat)
    {
        var (deployment, body) = (sent.Deployment, sent.Body);
        if (body.Text("model") != deployment.Model) yield return $"the model is {body.Text("model")}";
        foreach (var member in VendorLosses.Silent(chat, body, sent.Losses).Where(member => member != "model")) yield return $"{member} is lost in silence ({sent.Losses})";
        // Without a quirk nothing is added or changed except what usage needs (cases.md 19).
        if (deployment.Provider.Dialect.Quirks is null)
            foreach (var member in body.EnumerateObject().Where(member => member.Name is not ("model" or "stream_options")))
                if (chat.Member(member.Name) is not { } asked || !JsonElement.DeepEquals(asked, member.Value)) yield return $"{member.Name} was not asked for so";
        if (Vendor(deployment.Provider.Id) is not { } vendor) yield break;
        var both = JsonNode.Parse(body.GetRawText())!;
        both["$asked"] = JsonNode.Parse(chat.GetRawText());
        foreach (var violation in ProviderRequestRules.Check(vendor.Id, deployment.Model, deployment.Traits?.Reasons == true, JsonSerializer.SerializeToElement(both)))
            if (!violation.StartsWith("$.$asked", StringComparison.Ordinal)) yield return $"{violation} ({sent.Losses})";
    }
}
