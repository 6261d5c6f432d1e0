using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>Replays one case through the chat inbound API and compares the caller's response with an independent reading of the case.</summary>
internal static class ReplayDifference
{
    /// <summary>The first difference; null when there is none.</summary>
    public static async Task<string?> OfAsync(GatewayFixture gateway, WireCase wire, Func<UpstreamScript, byte[], UpstreamScript> send)
    {
        var expected = RecordedAnswer.Read(wire);
        try
        {
            var reply = await ReplayCases.AskAsync(gateway, wire, send, usage: true);
            var actual = ReplayCases.IsPassthrough(wire) ? reply.ReadRelayed(wire.Sse is not null) : reply.ReadStrictly(usageAsked: wire.Sse is not null);
            if (expected.IsError && reply.Text.Contains("[DONE]", StringComparison.Ordinal)) return "an error ended with [DONE]";
            if (expected.IsError && reply.IsBroken != reply.IsStream)
                return reply.IsStream ? "a stream with an error ended cleanly" : "the connection broke where an error response was due";
            return AnswerDifference.First(expected, actual);
        }
        catch (Exception e) when (e is ChatFormException or HttpRequestException or InvalidOperationException)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    public static UpstreamScript Whole(UpstreamScript script, byte[] body) => script.Send(body);

    /// <summary>Seven bytes cut every line and many characters; the largest bodies are cut into about two thousand pieces instead.</summary>
    public static UpstreamScript OddPieces(UpstreamScript script, byte[] body) => script.SendInPieces(body, Math.Max(7, body.Length / 2000 | 1));
}
