using Nano.LocalHost.Tests.Replay;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.LocalHost.Tests.Bedrock;

/// <summary>Every recorded Converse response, whole and streamed, through the chat inbound API: it matches the result of an independent reader.</summary>
public sealed class BedrockReplayTests(BedrockFixture gateway) : IClassFixture<BedrockFixture>
{
    internal static IEnumerable<WireCase> Cases => WireCorpus.Of("converse").Where(c => c.Status == 200);

    [SkippableTheory]
    [InlineData(false, 21, null)]
    [InlineData(true, 21, null)]
    [InlineData(false, 21, 7)]
    [InlineData(true, 21, 7)]
    [InlineData(true, 21, 1000)]
    public async Task A_response_matches_the_recording(bool stream, int count, int? pieceSize)
    {
        WireCorpus.Require();
        var failures = new List<string>();
        var cases = Cases.Where(c => c.EventStream is not null == stream).ToArray();
        cases.Length.ShouldBe(count);
        foreach (var wire in cases)
        {
            var expected = RecordedAnswer.Read(wire);
            expected.IsError.ShouldBeFalse(wire.Id);
            try
            {
                var reply = await gateway.ReplayAsync(wire, pieceSize is { } size ? Math.Max(size, wire.ResponseBytes().Length / 2000 | 1) : null);
                if (AnswerDifference.First(expected, reply.ReadStrictly(usageAsked: stream)) is { } difference) failures.Add($"{wire.Id}: {difference}");
            }
            catch (Exception e) when (e is ChatFormException or HttpRequestException or InvalidOperationException)
            {
                failures.Add($"{wire.Id}: {e.GetType().Name}: {e.Message}");
            }
        }
        failures.ShouldBeEmpty(string.Join('\n', failures));
    }

    [SkippableFact]
    public async Task Each_response_is_recorded_once_with_its_usage()
    {
        WireCorpus.Require();
        var failures = new List<string>();
        foreach (var wire in Cases)
        {
            var reply = await gateway.ReplayAsync(wire, usage: false);
            reply.ReadStrictly(usageAsked: false);
            if (ReplayRecordTests.Difference(wire, "bedrock", RecordedAnswer.Read(wire), await gateway.Usage.OneAsync()) is { } difference)
                failures.Add($"{wire.Id}: {difference}");
        }
        failures.ShouldBeEmpty(string.Join('\n', failures));
    }

    /// <summary>A stream that is cut anywhere never ends as a clean response, and the caller gets the complete events before the cut.</summary>
    [SkippableFact]
    public async Task A_stream_cut_anywhere_is_never_a_clean_response()
    {
        WireCorpus.Require();
        foreach (var id in new[] { "bedrock-converse-evs-toolcall-8bf679", "bedrock-converse-evs-think-0779db", "bedrock-converse-evs-cite-1cf078" })
        {
            var bytes = WireCorpus.Get(id).ResponseBytes();
            for (var at = 0; at < bytes.Length; at += Math.Max(97, bytes.Length / 40))
            {
                var reply = await gateway.ChatAsync(Hosting.GatewayFixture.Ask(BedrockFixture.Model, stream: true), BedrockFixture.Stream(bytes[..at]));
                reply.Text.ShouldNotContain("[DONE]", customMessage: $"{id} cut at {at}");
                reply.Error().GetProperty("code").GetString().ShouldBe("provider_stream_broken", $"{id} cut at {at}");
            }
        }
    }
}
