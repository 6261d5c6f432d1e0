using System.Text;
using System.Text.Json;

namespace Nano.Tests.Requests;

/// <summary>Requests that the recordings lack, converted for every model of Anthropic and Google in the catalogue, and for one that is not.</summary>
public sealed class HandWrittenChatRequestTests
{
    private static readonly Dictionary<string, string> Requests = HandWrittenTurns.Requests.Concat(HandWrittenOptions.Requests).ToDictionary();

    /// <summary>Requests that may be refused with a 400, by the dialect that cannot express them.</summary>
    private static readonly Dictionary<(string Dialect, string Name), string> Refused = new()
    {
        [("anthropic-messages", "audio wav")] = "Messages has no audio",
        [("anthropic-messages", "image of a type that few take")] = "four image types, and TIFF is none",
        [("anthropic-messages", "tool with a dotted name")] = "not in the alphabet of names, as it is not at OpenAI",
        [("anthropic-messages", "user turn that is empty")] = "there is nothing to say",
        [("cohere-chat", "user turn that is empty")] = "there is nothing to say",
        [("cohere-chat", "image only")] = "several models take text alone",
        [("gemini", "user turn that is empty")] = "there is nothing to say",
        [("gemini", "tool with a name that begins with a digit")] = "function names begin with a letter or an underscore",
    };

    /// <summary>Passed on unchanged, because the provider's own error is more precise than the gateway's.</summary>
    private static readonly Dictionary<string, string> PassedOn = new()
    {
        ["openai-responses: tool with a dotted name"] = "OpenAI says which names it takes, as it does on Chat",
        ["Case13_reference that leads nowhere"] = "the caller's schema is broken",
        ["Case13_properties with odd names"] = "Anthropic takes other property names than JSON does; renaming them would rename arguments",
        ["Case13_properties with names of keywords"] = "the same, for $ref",
        ["max_tokens beyond every model"] = "never clamped in silence",
        ["reasoning of tomorrow"] = "a newer model may know the word",
    };

    /// <summary>Requests that every dialect can express fully: nothing may be reported.</summary>
    private static readonly string[] Lossless =
    [
        "image as data", "parallel results out of order", "text beside calls", "two loops", "same call id in two loops",
        "call ids of a foreign alphabet", "result of two texts", "system turn of parts", "two assistant turns", "n of one", "logprobs off",
        "max_tokens 1", "stop as text", "tools, choice auto", "tools, choice none", "tools, several at a time", "modalities of text", "format text",
        "stream", "members that are null", "arguments with escapes", "Case14_$ref in a tool result",
    ];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Arrives_valid_and_means_the_same(string dialect, string model)
    {
        var target = new Target(dialect, model);
        Requests.Where(r => !PassedOn.ContainsKey(r.Key) && !PassedOn.ContainsKey($"{dialect}: {r.Key}")).Select(r => Problem(r.Key, r.Value, target)).ShouldBeNone();
    }

    /// <summary>What Responses cannot express: it has no stop sequences, and requires at least 16 tokens.</summary>
    private static readonly string[] NotOnResponses = ["stop as text", "max_tokens 1"];

    [Theory]
    [InlineData("anthropic-messages")]
    [InlineData("gemini")]
    [InlineData("cohere-chat")]
    [InlineData("openai-responses")]
    public void Lossless_requests_report_nothing(string dialect) =>
        Lossless.Where(name => dialect != "openai-responses" || !NotOnResponses.Contains(name))
        .Select(name => (name, made: Conversion.Run("openai-chat", Encoding.UTF8.GetBytes(Requests[name]), new Target(dialect, "model-of-tomorrow"))))
            .Where(r => !r.made.Losses.IsEmpty || r.made.Error is not null).Select(r => $"{r.name}: {r.made.Losses}{r.made.Error?.Message}").ShouldBeNone();

    /// <summary>The codecs copy text; their whole output is repaired before it is sent (<see cref="Nano.Json.JsonOutput.ReplaceHalves"/>).</summary>
    [Theory]
    [InlineData("anthropic-messages")]
    [InlineData("gemini")]
    [InlineData("cohere-chat")]
    [InlineData("openai-responses")]
    public void A_lone_surrogate_passes_a_codec_unchanged(string dialect)
    {
        var made = Conversion.Run("openai-chat", """{"model":"m","messages":[{"role":"user","content":"a \ud83d b"}]}"""u8.ToArray(), new Target(dialect, "m"));
        made.Body.GetRawText().ShouldContain("""a \ud83d b""");
    }

    public static TheoryData<string, string> Targets => Target.Table();

    private static string? Problem(string name, string chat, Target target)
    {
        var made = Conversion.Run("openai-chat", Encoding.UTF8.GetBytes(chat), target);
        if (made.Error is { } error)
            return Refused.ContainsKey((target.Dialect, name)) && error.Status == 400 ? null : $"{name}: refused: {error.Message}";
        var problem = Conversion.Violations(made, target).Concat(Conversion.Differences(JsonDocument.Parse(chat).RootElement, made, target)).FirstOrDefault();
        return problem is null ? null : $"{name}: {problem} ({made.Losses})";
    }
}
