using Nano.Chat;
using Nano.Json;
using Nano.Reasoning;
using static Nano.Tests.Reasoning.Turns;

namespace Nano.Tests.Reasoning;

/// <summary>One piece of state, sealed and opened: its text, its kind, and the calls that carry it.</summary>
public sealed class StatePieceTests
{
    [Fact]
    public void A_signature_of_the_models_text_has_no_text_of_reasoning()
    {
        var opened = Open(new ReasoningPart(Dialect) { Text = JsonText.From("shown"), Signature = new TurnSealer(Home).Signature(JsonText.From("c2lnbmF0dXJl"), ofText: true) });
        opened.SignsText.ShouldBeTrue();
        opened.Signature.ToString().ShouldBe("c2lnbmF0dXJl");
        opened.Text.HasValue.ShouldBeFalse();
    }

    [Fact]
    public void A_signature_that_is_bound_to_no_text_leaves_the_text_beside_it()
    {
        var opened = Open(new ReasoningPart(Dialect) { Text = JsonText.From("shown"), Signature = new TurnSealer(Home).Signature(JsonText.From("c2lnbmF0dXJl"), ofText: false) });
        opened.SignsText.ShouldBeFalse();
        (opened.Text.ToString(), opened.Signature.ToString(), opened.Opaque.HasValue).ShouldBe(("shown", "c2lnbmF0dXJl", false));
    }

    [Fact]
    public void Reasoning_that_cannot_be_read_has_no_signature()
    {
        var opened = Open(new ReasoningPart(Dialect) { Opaque = new TurnSealer(Home).Opaque(JsonText.From("cmVkYWN0ZWQx")) });
        (opened.Opaque.ToString(), opened.Signature.HasValue).ShouldBe(("cmVkYWN0ZWQx", false));
    }

    /// <summary>A provider refuses a turn with a missing piece, so an id carries all pieces or none.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_call_carries_no_part_of_reasoning_that_is_too_long_for_it(bool largeFirst)
    {
        string large = new('A', 8000), small = "c21hbGw=";
        var told = Told(Home, Redacted(largeFirst ? large : small), Redacted(largeFirst ? small : large), Call("toolu_1"), Redacted(small), Call("toolu_2"));
        ((string)told["tool_calls"]![0]!["id"]!).ShouldBe("toolu_1");
        ((string)told["tool_calls"]![1]!["id"]!).ShouldStartWith("toolu_2__nano1_");
    }

    /// <summary>An id may lose its first part at a client.</summary>
    [Fact]
    public void An_id_that_is_a_seal_alone_does_not_reach_the_provider()
    {
        var kept = IdsOnly(Told(Home, Redacted("cmVkYWN0ZWQx"), Call("toolu_1")));
        var id = (string)kept["tool_calls"]![0]!["id"]!;
        kept["tool_calls"]![0]!["id"] = id[id.IndexOf("__nano1_", StringComparison.Ordinal)..];
        var (lines, losses) = Opened(kept);
        string.Join('|', lines).ShouldNotContain("__nano");
        losses.ShouldBe("dropped=messages.reasoning_details");
    }

    /// <summary>State is restored exactly, also if it only looks like base64.</summary>
    [Theory]
    [InlineData("AAAAAAA=")]
    [InlineData("AAAAAAA==")]
    [InlineData("AAAAAAAA=")]
    [InlineData("AAAAAAAA==")]
    [InlineData("AAAAAA=====")]
    [InlineData("AAAAAAAAA")]
    [InlineData("AAAA-AAA=")]
    [InlineData("AAAA-AA==")]
    [InlineData("AAAA-AA=")]
    [InlineData("AAAAAAAB=")]
    [InlineData("AAAAAB==")]
    public void State_is_restored_as_it_was_written(string value) =>
        Open(new ReasoningPart(Dialect) { Opaque = new TurnSealer(Home).Opaque(JsonText.From(value)) }).Opaque.ToString().ShouldBe(value);

    [Fact]
    public void An_id_is_shortened_only_where_it_is_too_long_and_each_to_its_own()
    {
        string fits = new('a', 64), tooLong = new('a', 65), other = new('b', 65);
        CallIds.Short(JsonText.From(fits), 64).ToString().ShouldBe(fits);
        var made = CallIds.Short(JsonText.From(tooLong), 64).ToString();
        made.Length.ShouldBeLessThanOrEqualTo(64);
        made.ShouldBe(CallIds.Short(JsonText.From(tooLong), 64).ToString());
        made.ShouldNotBe(CallIds.Short(JsonText.From(other), 64).ToString());
    }

    private static ReasoningPart Open(ReasoningPart part)
    {
        var message = new ChatMessage(ChatRole.Assistant);
        message.Parts.Add(part);
        var request = new ChatRequest("openai-chat");
        request.Messages.Add(message);
        var losses = new LossReport();
        StateOpener.Open(request, Home, Dialect, losses);
        losses.IsEmpty.ShouldBeTrue();
        return message.Parts.ShouldHaveSingleItem().ShouldBeOfType<ReasoningPart>();
    }
}
