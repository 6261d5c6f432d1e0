using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Testing;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>
/// Every request, recorded or written by hand, in the form for Vertex AI: the same as for the developers' own APIs, which other tests check,
/// except for the few members that differ.
/// </summary>
public sealed class VertexRequestTests
{
    private const string Version = "vertex-2023-10-16";

    private static readonly IDialect Chat = new OpenAIChatDialect();
    private static readonly IDialect Messages = new AnthropicMessagesDialect();
    private static readonly IDialect StudioGemini = new GeminiDialect();

    [SkippableFact]
    public void Gemini_gets_calls_and_results_without_ids()
    {
        WireCorpus.Require();
        var (calls, problems) = (0, new List<string>());
        foreach (var target in Target.All.Where(target => target.Dialect == "gemini"))
        {
            foreach (var (name, body) in All())
            {
                var (studio, expectedLosses, refused) = Write(Chat, body, StudioGemini, target);
                var (vertex, losses, alsoRefused) = Write(Chat, body, new GeminiDialect(onVertex: true), target);
                if (refused != alsoRefused) problems.Add($"{name}: refused by one of the two");
                if (studio is null || vertex is null) continue;
                calls += WithoutIds(studio);
                if (JsonDifference.First(Element(studio), Element(vertex)) is { } difference) problems.Add($"{target.Model} {name}: {difference}");
                if (losses != expectedLosses) problems.Add($"{target.Model} {name}: {expectedLosses} became {losses}");
                problems.AddRange(GeminiRequestRules.Check(Element(vertex), target.Model).Where(_ => GeminiRequestRules.Check(Element(studio), target.Model).Count == 0)
                    .Select(violation => $"{target.Model} {name}: {violation}"));
            }
        }
        problems.ShouldBeNone();
        calls.ShouldBeGreaterThan(1000);
    }

    [SkippableFact]
    public void Claude_gets_a_version_and_no_model_and_no_tier()
    {
        WireCorpus.Require();
        var (tiers, problems) = (0, new List<string>());
        foreach (var target in Target.All.Where(target => target.Dialect == "anthropic-messages"))
        {
            foreach (var (name, body) in All())
            {
                var (own, ownLosses, refused) = Write(Chat, body, Messages, target);
                var (hosted, losses, alsoRefused) = Write(Chat, body, new HostedMessagesDialect(Version), target);
                if (refused != alsoRefused) problems.Add($"{name}: refused by one of the two");
                if (own is null || hosted is null) continue;
                tiers += Host(own) ? 1 : 0;
                if (JsonDifference.First(Element(own), Element(hosted)) is { } difference) problems.Add($"{target.Model} {name}: {difference}");
                if (losses.Contains("service_tier", StringComparison.Ordinal) != (ownLosses.Contains("service_tier", StringComparison.Ordinal) || HasTier(body)))
                    problems.Add($"{target.Model} {name}: the tier is lost without a word: {losses}");
            }
        }
        problems.ShouldBeNone();
        tiers.ShouldBeGreaterThan(0);
    }

    /// <summary>A request in Anthropic's own dialect keeps every member except the model and reported losses (case 6).</summary>
    [SkippableFact]
    public void A_request_of_Anthropics_own_dialect_keeps_its_members()
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of("messages").Where(c => c.HasRequest && c.Status == 200).ToArray();
        cases.Length.ShouldBeGreaterThan(60);
        var problems = new List<string>();
        foreach (var wire in cases)
        {
            var (hosted, losses, _) = Write(Messages, wire.RequestBytes(), new HostedMessagesDialect(Version), new Target("anthropic-messages", "m"));
            var expected = JsonNode.Parse(wire.RequestBytes())!.AsObject();
            expected.Remove("model");
            expected["anthropic_version"] = Version;
            foreach (var dropped in losses.Replace("dropped=", "").Split(',')) expected.Remove(dropped);
            // A tool that needs a beta, and the choice with the last one.
            if (expected["tools"] is JsonArray { Count: > 0 } tools)
            {
                for (var i = tools.Count - 1; i >= 0; i--)
                    if (losses.Contains($"tools.{tools[i]!["type"]}", StringComparison.Ordinal)) tools.RemoveAt(i);
                if (tools.Count == 0) expected.Remove("tool_choice");
            }
            expected.Remove("service_tier");
            if (expected["output_format"] is { } format)
            {
                expected.Remove("output_format");
                expected["output_config"] = new JsonObject { ["format"] = format.DeepClone() };
            }
            if (JsonDifference.First(Element(expected), Element(hosted!)) is { } difference) problems.Add($"{wire.Id}: {difference}");
        }
        problems.ShouldBeNone();
    }

    [Theory]
    [InlineData("files/abc-123", false)]
    [InlineData("gs://bucket/file.pdf", true)]
    [InlineData("https://example.com/file.pdf", true)]
    public void A_file_of_AI_Studio_is_not_available(string file, bool isThere)
    {
        var body = Encoding.UTF8.GetBytes(
            $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"Read."},{"type":"file","file":{"file_id":"{{{file}}}"}}]}]}""");
        var (vertex, losses, _) = Write(Chat, body, new GeminiDialect(onVertex: true), new Target("gemini", "gemini-of-tomorrow"));
        vertex!.ToJsonString().Contains("fileUri", StringComparison.Ordinal).ShouldBe(isThere);
        losses.Contains("file_id", StringComparison.Ordinal).ShouldBe(!isThere, losses);
    }

    private static IEnumerable<(string Name, byte[] Body)> All() =>
        WireCorpus.Of("chat").Where(c => c.HasRequest).Select(c => (c.Id, c.RequestBytes()))
            .Concat(HandWrittenTurns.Requests.Concat(HandWrittenOptions.Requests).Select(request => (request.Key, Encoding.UTF8.GetBytes(request.Value))));

    private static (JsonNode? Body, string Losses, bool IsRefused) Write(IDialect from, byte[] body, IUpstreamDialect to, Target target)
    {
        var (request, unreadable) = from.TryReadRequest(body);
        if (unreadable is not null) return (null, "", true);
        using var output = new JsonOutput(body.Length);
        var losses = new LossReport();
        var error = to.TryWriteRequest(request!, new RequestTarget { Model = target.Model, Traits = target.Traits }, output, losses);
        var options = new JsonDocumentOptions { MaxDepth = 512 };
        return (error is null ? JsonNode.Parse(output.WrittenSpan, documentOptions: options) : null, losses.ToString(), error is not null);
    }

    /// <summary>Removes ids from calls and results, and counts them.</summary>
    private static int WithoutIds(JsonNode gemini)
    {
        var taken = 0;
        foreach (var part in gemini["contents"]?.AsArray().SelectMany(content => content!["parts"]!.AsArray()) ?? [])
            foreach (var member in new[] { "functionCall", "functionResponse" })
                if (part![member] is JsonObject call && call.Remove("id")) taken++;
        return taken;
    }

    /// <summary>Converts Anthropic's body to the platform's. True if it had a tier.</summary>
    private static bool Host(JsonNode messages)
    {
        var body = messages.AsObject();
        body.Remove("model");
        body["anthropic_version"] = Version;
        return body.Remove("service_tier");
    }

    private static bool HasTier(byte[] chat)
    {
        using var document = JsonDocument.Parse(chat);
        return document.RootElement.TryGetProperty("service_tier", out var tier) && tier.ValueKind == JsonValueKind.String
            && tier.GetString() is "auto" or "default" or "standard_only";
    }

    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node, new JsonSerializerOptions { MaxDepth = 512 });
}
