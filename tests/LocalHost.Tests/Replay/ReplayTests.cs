using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>
/// Every recorded 200 response, replayed by a fake upstream over real sockets and read through the chat inbound API,
/// matches the result of an independent reader of the recording. A failure lists case ids with their first difference.
/// </summary>
public class ReplayTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    [SkippableTheory]
    [InlineData("chat", false)]
    [InlineData("chat", true)]
    [InlineData("messages", false)]
    [InlineData("messages", true)]
    [InlineData("generateContent", false)]
    [InlineData("generateContent", true)]
    [InlineData("responses", false)]
    [InlineData("responses", true)]
    [InlineData("chat_v2", false)]
    [InlineData("chat_v2", true)]
    public async Task A_response_in_one_piece_matches_the_recording(string api, bool stream) =>
        await ReplayAllAsync(api, stream, ReplayDifference.Whole);

    [SkippableTheory]
    [InlineData("chat", false)]
    [InlineData("chat", true)]
    [InlineData("messages", false)]
    [InlineData("messages", true)]
    [InlineData("generateContent", false)]
    [InlineData("generateContent", true)]
    [InlineData("responses", false)]
    [InlineData("responses", true)]
    [InlineData("chat_v2", false)]
    [InlineData("chat_v2", true)]
    public async Task A_response_in_odd_pieces_matches_the_recording(string api, bool stream) =>
        await ReplayAllAsync(api, stream, ReplayDifference.OddPieces);

    [SkippableFact]
    public async Task Each_listed_exception_still_deviates()
    {
        WireCorpus.Require();
        (ReplayExceptions.Reasons.Count * 100).ShouldBeLessThan(ReplayCases.All.Count());
        foreach (var id in ReplayExceptions.Reasons.Keys)
        {
            (await ReplayDifference.OfAsync(gateway, WireCorpus.Get(id), ReplayDifference.Whole)).ShouldNotBeNull(
                $"{id} is listed as an exception and deviates no longer: take it off the list");
        }
    }

    [SkippableFact]
    public async Task A_passthrough_response_is_identical_to_the_upstreams()
    {
        WireCorpus.Require();
        var failures = new List<string>();
        foreach (var wire in ReplayCases.All.Where(ReplayCases.IsPassthrough).Where(c => !RecordedAnswer.Read(c).IsError))
        {
            var reply = await ReplayCases.AskAsync(gateway, wire, ReplayDifference.Whole, usage: true);
            if (Difference(Closed(wire), reply.Body) is { } difference) failures.Add($"{wire.Id}: {difference}");
        }
        Report(failures);
    }

    [SkippableFact]
    public async Task A_caller_who_did_not_ask_for_usage_gets_all_but_the_usage_chunk()
    {
        WireCorpus.Require();
        var failures = new List<string>();
        var withheld = 0;
        foreach (var wire in ReplayCases.All.Where(ReplayCases.IsPassthrough).Where(c => c.Sse is not null && !RecordedAnswer.Read(c).IsError))
        {
            var events = SseText.Events(wire.Sse!);
            var kept = events.Where(e => !IsUsageChunk(e)).ToArray();
            withheld += events.Count - kept.Length;
            var reply = await ReplayCases.AskAsync(gateway, wire, ReplayDifference.Whole, usage: false);
            if (Difference(Closed(Encoding.UTF8.GetBytes(string.Concat(kept.Select(e => e.Raw)))), reply.Body) is { } difference) failures.Add($"{wire.Id}: {difference}");
            if (gateway.Upstream.Request.BodyJson.GetProperty("stream_options").GetProperty("include_usage").GetBoolean() is false)
                failures.Add($"{wire.Id}: usage was not asked for upstream");
        }
        Report(failures);
        withheld.ShouldBeGreaterThan(40);
    }

    private async Task ReplayAllAsync(string api, bool stream, Func<UpstreamScript, byte[], UpstreamScript> send)
    {
        WireCorpus.Require();
        var cases = ReplayCases.All.Where(c => c.Api == api && c.Sse is not null == stream).ToArray();
        cases.Length.ShouldBeGreaterThan(api == "chat_v2" ? 13 : 30);
        var failures = new List<string>();
        foreach (var wire in cases.Where(c => !ReplayExceptions.Reasons.ContainsKey(c.Id)))
        {
            if (await ReplayDifference.OfAsync(gateway, wire, send) is { } difference) failures.Add($"{wire.Id}: {difference}");
        }
        Report(failures);
    }

    private static bool IsUsageChunk(SseTextEvent item)
    {
        if (!item.HasData || item.Data == "[DONE]") return false;
        using var document = System.Text.Json.JsonDocument.Parse(item.Data);
        var root = document.RootElement;
        return root.TryGetProperty("choices", out var choices) && choices.GetArrayLength() == 0
            && root.TryGetProperty("usage", out var count) && count.ValueKind == System.Text.Json.JsonValueKind.Object;
    }

    /// <summary>The recorded bytes; a stream's last event gets the line end that it lacks, since clients ignore an event without one.</summary>
    private static byte[] Closed(WireCase wire) => wire.Sse is null ? wire.ResponseBytes() : Closed(wire.ResponseBytes());

    private static byte[] Closed(byte[] stream) => stream.AsSpan().EndsWith("\n\n"u8) || stream.AsSpan().EndsWith("\r\n\r\n"u8) ? stream : [.. stream, (byte)'\n'];

    private static string? Difference(byte[] expected, byte[] actual)
    {
        if (expected.AsSpan().SequenceEqual(actual)) return null;
        var at = expected.AsSpan().CommonPrefixLength(actual);
        return $"{expected.Length} bytes became {actual.Length}; from byte {at}: \"{Cut(expected, at)}\" became \"{Cut(actual, at)}\"";
    }

    private static string Cut(byte[] bytes, int at) => Encoding.UTF8.GetString(bytes, at, Math.Min(100, bytes.Length - at));

    private static void Report(List<string> failures) =>
        failures.ShouldBeEmpty($"{failures.Count} cases:{Environment.NewLine}{string.Join(Environment.NewLine, failures)}");
}
