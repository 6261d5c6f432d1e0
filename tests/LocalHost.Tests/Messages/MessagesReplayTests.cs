using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Messages;

/// <summary>
/// The recorded responses of every dialect through <c>POST /v1/messages</c>, over real sockets: the result of a strict reader of Messages
/// equals that of an independent reader of the recording; byte for byte if the provider speaks Messages.
/// </summary>
public class MessagesReplayTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    /// <summary>Recordings with another result here, each with its reason.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["openai-chat-one-srvtools-bc2591"] = "the call of a custom tool has no block, and is named",
        ["snowflake-chat-sse-logprobs-f02d2e"] = "the reader of the recording reads no reasoning_details",
    };

    [SkippableTheory]
    [InlineData("chat", false)]
    [InlineData("chat", true)]
    [InlineData("generateContent", false)]
    [InlineData("generateContent", true)]
    [InlineData("responses", false)]
    [InlineData("responses", true)]
    [InlineData("chat_v2", false)]
    [InlineData("chat_v2", true)]
    public async Task A_response_matches_the_recording(string api, bool stream)
    {
        WireCorpus.Require();
        var cases = ReplayCases.All.Where(c => c.Api == api && c.Sse is not null == stream).ToArray();
        cases.Length.ShouldBeGreaterThan(api == "chat_v2" ? 13 : 30);
        var failures = new List<string>();
        foreach (var wire in cases.Where(c => !Exceptions.ContainsKey(c.Id)))
            if (await ReplayAsync(wire) is { } difference) failures.Add($"{wire.Id}: {difference}");
        failures.ShouldBeEmpty($"{failures.Count} of {cases.Length} cases:{Environment.NewLine}{string.Join(Environment.NewLine, failures)}");
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_Messages_response_is_identical_to_the_providers(bool stream)
    {
        WireCorpus.Require();
        var failures = new List<string>();
        var count = 0;
        foreach (var wire in ReplayCases.All.Where(c => c.Api == "messages" && c.Sse is not null == stream && !RecordedAnswer.Read(c).IsError))
        {
            count++;
            var expected = wire.ResponseBytes();
            if (stream && !expected.AsSpan().EndsWith("\n\n"u8) && !expected.AsSpan().EndsWith("\r\n\r\n"u8)) expected = [.. expected, (byte)'\n'];
            var reply = await AskAsync(wire);
            // Anything after message_stop is not part of a message, and the gateway does not wait for it.
            if (!reply.Body.AsSpan().SequenceEqual(expected)
                && !(stream && expected.AsSpan().StartsWith(reply.Body) && reply.Text.TrimEnd().EndsWith("\"message_stop\"}", StringComparison.Ordinal)))
                failures.Add($"{wire.Id}: differs from byte {expected.AsSpan().CommonPrefixLength(reply.Body)} of {expected.Length}");
        }
        count.ShouldBeGreaterThan(30);
        failures.ShouldBeEmpty(string.Join(Environment.NewLine, failures));
    }

    private Task<GatewayReply> AskAsync(WireCase wire) => gateway.MessageAsync(
        MessagesCaller.Ask(ReplayCases.Model(wire), wire.Sse is not null),
        new UpstreamScript().Header("content-type", ReplayCases.ContentType(wire)).Send(wire.ResponseBytes()));

    private async Task<string?> ReplayAsync(WireCase wire)
    {
        var expected = Adapt(RecordedAnswer.Read(wire), wire);
        try
        {
            var reply = await AskAsync(wire);
            if (expected.IsError)
            {
                if (reply.IsStream && reply.Text.Contains("event: message_stop", StringComparison.Ordinal)) return "an error ended with message_stop";
                if (reply.IsBroken != reply.IsStream) return reply.IsStream ? "a stream with an error ended cleanly" : "the connection broke where an error response was due";
                if (!reply.IsStream) StrictMessages.ReadError(reply.Text);
                return reply.IsStream || (int)reply.Status >= 400 ? null : $"an error ({expected.Error}) became a clean response";
            }
            if ((int)reply.Status != 200) return $"status {(int)reply.Status}: {reply.Text}";
            var actual = reply.IsStream ? StrictMessages.ReadStream(reply.Body) : StrictMessages.ReadWhole(reply.Body);
            // If the provider does not count the input, an estimate is reported.
            if (expected.Usage!.Prompt is null or 0 && actual.Usage is { } usage) actual = actual with { Usage = usage with { Prompt = 0 } };
            // The reader of Chat knows one member for cached tokens; providers have several.
            if (expected.Usage.Cached is null) expected = expected with { Usage = expected.Usage with { Cached = actual.Usage!.Cached } };
            return AnswerDifference.First(expected, actual);
        }
        catch (Exception e) when (e is ChatFormException or HttpRequestException or InvalidOperationException or KeyNotFoundException)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    private static Answer Adapt(Answer recorded, WireCase wire) =>
        CallerForm.Of("anthropic-messages", recorded, wire) is { IsError: false } said ? said with { Usage = Count(said.Usage!, wire) } : recorded;

    /// <summary>xAI counts reasoning apart from its output, and more cached tokens than input ones are apart from those.</summary>
    private static AnswerUsage Count(AnswerUsage usage, WireCase wire) => usage with
    {
        Completion = wire is { Provider: "xai", Api: "chat" } ? usage.Completion + (usage.Reasoning ?? 0) : usage.Completion,
        Prompt = usage.Cached > usage.Prompt ? usage.Prompt + usage.Cached : usage.Prompt,
    };
}
