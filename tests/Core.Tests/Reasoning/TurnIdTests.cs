using Nano.Chat;
using Nano.Reasoning;
using static Nano.Tests.Reasoning.Turns;
using static Nano.Tests.Reasoning.TurnTests;

namespace Nano.Tests.Reasoning;

/// <summary>The ids of calls whose state is sealed.</summary>
public sealed class TurnIdTests
{
    [Fact]
    public void Results_match_their_calls_whatever_was_sealed()
    {
        var turn = Told(Home, Turn());
        foreach (var seal in (StateSeal[])[Home, Key.Of("anthropic another")])
        {
            var request = Read(turn);
            StateOpener.Open(request, seal, Dialect, new LossReport());
            request.Messages.Where(m => m.Role == ChatRole.Tool).SelectMany(m => m.Parts).Cast<ToolResultPart>().Select(r => r.CallId.ToString()).ShouldBe(["toolu_1", "toolu_2"]);
        }
    }

    [Fact]
    public void A_missing_id_is_generated()
    {
        var told = Told(Home, Call(null, "look", "Y2FsbHNpZw=="), Call(null, "see"));
        Id(told, 0).ShouldStartWith("call_seed0__nano1_");
        Id(told, 1).ShouldBe("call_seed1");
        Check(Opened(IdsOnly(told)), ["call call_seed0 look Y2FsbHNpZw==", "call call_seed1 see"], "");
    }

    [Fact]
    public void State_too_large_for_an_id_is_sent_beside_it()
    {
        var text = new string('t', 5000);
        var told = Told(Home, Thinking(text, "c2lnbmF0dXJlMQ=="), Call("toolu_1"), Redacted("cmVkYWN0ZWQx"), Call("toolu_2", "see"));
        Id(told, 0).ShouldBe("toolu_1");
        Check(Opened(told), [$"thinking '{text}' c2lnbmF0dXJlMQ== of anthropic-messages", "call toolu_1 look", "redacted cmVkYWN0ZWQx of anthropic-messages",
            "call toolu_2 see"], "");
        // The provider refuses incomplete reasoning of a turn, so it gets none.
        Check(Opened(IdsOnly(told)), ["call toolu_1 look", "call toolu_2 see"], Lost);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(3000)]
    [InlineData(3038)]
    [InlineData(3039)]
    [InlineData(3100)]
    [InlineData(4090)]
    [InlineData(4100)]
    [InlineData(10000)]
    public void Ids_have_a_maximum_length(int state)
    {
        var bytes = new byte[state];
        Random.Shared.NextBytes(bytes);
        var told = Told(Home, Redacted(Convert.ToBase64String(bytes)), Call("toolu_1"));
        Id(told, 0).Length.ShouldBeLessThanOrEqualTo(CallIds.MaxLength);
        Id(told, 0).Contains("__nano1_").ShouldBe(state <= 3038, $"{state} bytes");
        Opened(told).Lines[0].ShouldBe($"redacted {Convert.ToBase64String(bytes)} of anthropic-messages");
    }

    /// <summary>A custom tool's call stays whole in Chat, including its id; its state moves to the next call.</summary>
    [Fact]
    public void Custom_calls_keep_their_ids()
    {
        var told = Told(Home, Thinking("hm", "c2lnbmF0dXJlMQ=="), Call("c_1", "run", isCustom: true), Call("toolu_2", "see"));
        Id(told, 0).ShouldBe("c_1");
        Id(told, 1).ShouldStartWith("toolu_2__nano1_");
    }
}
