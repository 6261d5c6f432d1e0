using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>
/// Every recorded 200 response of every dialect, replayed by a fake upstream and read through the Responses API by a strict client,
/// matches the result of an independent reader of the recording. A failure lists case ids with their first difference.
/// </summary>
public class ResponsesReplayTests(ResponsesApiFixture gateway) : IClassFixture<ResponsesApiFixture>
{
    /// <summary>Reasoning in a member that the reader of recordings does not know.</summary>
    private const string Unread = "snowflake-chat-sse-logprobs-f02d2e";

    [SkippableTheory]
    [InlineData("chat", false)]
    [InlineData("chat", true)]
    [InlineData("messages", false)]
    [InlineData("messages", true)]
    [InlineData("generateContent", false)]
    [InlineData("generateContent", true)]
    [InlineData("chat_v2", false)]
    [InlineData("chat_v2", true)]
    public async Task A_response_of_another_dialect_matches_the_recording(string api, bool stream)
    {
        WireCorpus.Require();
        var cases = ReplayCases.All.Where(c => c.Api == api && c.Sse is not null == stream).ToArray();
        cases.Length.ShouldBeGreaterThan(api == "chat_v2" ? 13 : 30);
        var failures = new List<string>();
        foreach (var wire in cases.Where(c => c.Id != Unread))
        {
            if (await ReplayAsync(wire) is { } difference) failures.Add($"{wire.Id}: {difference}");
        }
        Report(failures);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_response_of_a_provider_that_speaks_Responses_is_identical(bool stream)
    {
        WireCorpus.Require();
        var failures = new List<string>();
        foreach (var wire in ReplayCases.All.Where(c => c.Api == "responses" && c.Sse is not null == stream).Where(c => !RecordedAnswer.Read(c).IsError))
        {
            var reply = await AskAsync(wire);
            var recorded = wire.ResponseBytes();
            // Clients ignore an event without its blank line; anything after the last event is not relayed.
            var end = stream ? EndOf(recorded) : recorded.Length;
            if (!reply.Body.AsSpan().StartsWith(recorded.AsSpan(0, end)) || reply.Body.Length > end + 2)
                failures.Add($"{wire.Id}: {recorded.Length} bytes became {reply.Body.Length}");
            if (!gateway.Upstream.Request.Target.EndsWith("/responses", StringComparison.Ordinal)) failures.Add($"{wire.Id}: sent to {gateway.Upstream.Request.Target}");
        }
        Report(failures);
    }

    private async Task<string?> ReplayAsync(WireCase wire)
    {
        var expected = RecordedAnswer.Read(wire);
        try
        {
            var reply = await AskAsync(wire);
            if (expected.IsError) return Failure(reply);
            if ((int)reply.Status != 200) return $"a good response became {reply.Text}";
            var actual = reply.IsStream ? StrictResponses.ReadStream(reply.Body) : StrictResponses.ReadWhole(reply.Body);
            return AnswerDifference.First(Expected(expected, wire), Actual(actual, expected));
        }
        catch (Exception e) when (e is ChatFormException or HttpRequestException or InvalidOperationException)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    private static string? Failure(GatewayReply reply)
    {
        if ((int)reply.Status != 200) return reply.Json.GetProperty("error").GetProperty("message").GetString() is { Length: > 0 } ? null : "an error without a message";
        StrictResponses.ReadFailure(reply.Body);
        return reply.IsBroken ? "the connection broke behind response.failed" : null;
    }

    /// <summary>Its counts are in the normal form, whereas the reader of Chat keeps each provider's way of counting.</summary>
    private static Answer Expected(Answer recorded, WireCase wire) => CallerForm.Of("openai-responses", recorded, wire) with
    {
        Usage = recorded.Usage is not { } usage ? null : usage with
        {
            Prompt = usage.Cached > usage.Prompt ? usage.Prompt + usage.Cached : usage.Prompt,
            Completion = usage.Reasoning > usage.Completion ? usage.Completion + usage.Reasoning : usage.Completion,
        },
    };

    /// <summary>The totals are mandatory, and may be larger because of providers' own counts that the reader of Chat does not know.</summary>
    private static Answer Actual(Answer actual, Answer recorded) =>
        recorded.Usage is null && actual.Usage is { Prompt: 0, Completion: 0 } ? actual with { Usage = null }
        : recorded.Usage is { Cached: null } && actual.Usage is { } usage ? actual with { Usage = usage with { Cached = null } }
        : actual;

    private Task<GatewayReply> AskAsync(WireCase wire) => gateway.RespondAsync(
        ResponsesApiFixture.Ask(Model(wire), wire.Sse is not null),
        new UpstreamScript().Header("content-type", ReplayCases.ContentType(wire)).Send(wire.ResponseBytes()));

    private static string Model(WireCase wire) => wire.Api == "chat" ? "any-server/replayed-model" : ReplayCases.Model(wire);

    /// <summary>After the last event of a stream: anything that a provider sends then (Chat's <c>[DONE]</c>) is not part of a response.</summary>
    private static int EndOf(byte[] stream)
    {
        var text = Encoding.UTF8.GetString(stream);
        var at = 0;
        foreach (var item in SseText.Events(text))
        {
            at += Encoding.UTF8.GetByteCount(item.Raw);
            if (item.HasData && (item.Data.Contains("\"type\":\"response.completed\"", StringComparison.Ordinal)
                || item.Data.Contains("\"type\":\"response.incomplete\"", StringComparison.Ordinal)
                || item.Data.Contains("\"type\": \"response.completed\"", StringComparison.Ordinal))) return at;
        }
        return at;
    }

    private static void Report(List<string> failures) =>
        failures.ShouldBeEmpty($"{failures.Count} cases:{Environment.NewLine}{string.Join(Environment.NewLine, failures)}");
}
