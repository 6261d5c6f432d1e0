using Nano.LocalHost.Tests.Bedrock;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>Every case of tests/Corpus with status 200 reaches a Chat caller as an independent reader reads it, however its bytes are split.</summary>
public sealed class OwnReplayTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    public static TheoryData<string> Cases => [.. OwnCorpus.Of("chat", "messages", "generateContent", "responses", "chat_v2").Where(c => c.Status == 200).Select(c => c.Id)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_response_is_read_as_it_was_written(string id)
    {
        (await ReplayDifference.OfAsync(gateway, OwnCorpus.Get(id), ReplayDifference.Whole)).ShouldBeNull("in one piece");
        (await ReplayDifference.OfAsync(gateway, OwnCorpus.Get(id), ReplayDifference.OddPieces)).ShouldBeNull("in pieces of seven bytes");
    }
}

/// <summary>The same for Bedrock's Converse.</summary>
public sealed class OwnBedrockReplayTests(BedrockFixture gateway) : IClassFixture<BedrockFixture>
{
    public static TheoryData<string> Cases => [.. OwnCorpus.Of("converse").Select(c => c.Id)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_response_is_read_as_it_was_written(string id)
    {
        var wire = OwnCorpus.Get(id);
        foreach (var pieces in (int?[])[null, 7])
            AnswerDifference.First(RecordedAnswer.Read(wire), (await gateway.ReplayAsync(wire, pieces)).ReadStrictly(usageAsked: wire.EventStream is not null))
                .ShouldBeNull($"pieces of {pieces} bytes");
    }
}
