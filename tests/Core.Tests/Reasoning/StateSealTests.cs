using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Tests.Reasoning;

/// <summary>When a seal opens, and when it does not.</summary>
public sealed class StateSealTests
{
    private static readonly StateKey Key = new("the-gateways-own-key-0123456789");
    private static readonly StateSeal Home = Key.Of("anthropic anthropic-messages https://api.anthropic.com claude-opus-5-5");
    private static readonly byte[] State = [.. Enumerable.Range(0, 700).Select(i => (byte)(i * 31))];

    private static byte[] Sealed(SealUse use = SealUse.Thought, string bound = "digest", byte[]? state = null) =>
        Home.Seal(use, Encoding.UTF8.GetBytes(bound), state ?? State).Span.ToArray();

    private static byte[]? Open(byte[] value, SealUse use = SealUse.Thought, string bound = "digest", StateSeal? seal = null) =>
        (seal ?? Home).Open(use, Encoding.UTF8.GetBytes(bound), value);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1000)]
    [InlineData(100_000)]
    public void Sealed_state_opens(int length)
    {
        var state = new byte[length];
        Random.Shared.NextBytes(state);
        var value = Sealed(state: state);
        value.Length.ShouldBe(StateSeal.LengthOf(length));
        Encoding.ASCII.GetString(value).ShouldMatch("^__nano1_[A-Za-z0-9_-]+$");
        var opened = Open(value);
        if (length == 0) opened.ShouldBeNull("no state is not sealed");
        else opened.ShouldBe(state);
    }

    /// <summary>Google's Python SDK sends signatures with the padding of base64.</summary>
    [Theory]
    [InlineData(40, "=")]
    [InlineData(42, "==")]
    public void Sealed_state_opens_with_padding(int length, string padding)
    {
        var value = Sealed(state: State[..length]);
        Open([.. value, .. Encoding.ASCII.GetBytes(padding)]).ShouldBe(State[..length]);
        Open([.. value, .. Encoding.ASCII.GetBytes(padding == "=" ? "==" : "=")]).ShouldBeNull("wrong padding");
    }

    /// <summary>A stack holds only kilobytes.</summary>
    [Fact]
    public void A_seal_of_megabytes_needs_no_stack()
    {
        var state = new byte[8 * 1024 * 1024];
        Random.Shared.NextBytes(state);
        byte[]? opened = null;
        var thread = new Thread(() => opened = Open(Sealed(state: state)), maxStackSize: 256 * 1024);
        thread.Start();
        thread.Join();
        opened.ShouldNotBeNull();
        opened.AsSpan().SequenceEqual(state).ShouldBeTrue();
    }

    [Theory]
    [InlineData("call_1", "look", "call_2", "look", false)]
    [InlineData("call_1", "look", "call_1", "see", false)]
    [InlineData("call_1", "look", "call_1", "find", false)]
    // The boundary between id and name is part of the seal.
    [InlineData("ab", "c", "a", "bc", false)]
    [InlineData("call_1", "look", "call_1", "look", true)]
    // Another client escapes differently.
    [InlineData("call_1", "look", @"call\u005f1", @"l\u006fok", true)]
    public void A_calls_seal_opens_only_beside_its_id_and_name(string id, string name, string otherId, string otherName, bool opens)
    {
        var value = Home.Seal(SealUse.Thought, CallIds.Bound(Text(id), Text(name)), State).Span;
        var opened = Home.Open(SealUse.Thought, CallIds.Bound(Text(otherId), Text(otherName)), value);
        (opened is not null).ShouldBe(opens);

        static JsonText Text(string escaped) => new(Encoding.UTF8.GetBytes(escaped));
    }

    [Fact]
    public void Calls_of_every_choice_have_unique_ids() =>
        Enumerable.Range(0, 3).SelectMany(choice => Enumerable.Range(0, 12).Select(index => CallIds.Make("nano", choice, index))).ShouldBeUnique();

    /// <summary>Another instance with the same gateway key.</summary>
    [Fact]
    public void Another_instance_opens_it() =>
        Open(Sealed(), seal: new StateKey("the-gateways-own-key-0123456789").Of("anthropic anthropic-messages https://api.anthropic.com claude-opus-5-5")).ShouldBe(State);

    [Fact]
    public void Every_altered_character_is_detected()
    {
        foreach (var state in (byte[][])[State[..40], State[..41], State[..42]])
        {
            var value = Sealed(state: state);
            for (var i = 0; i < value.Length; i++)
                foreach (var other in "AZaz09_-=+/ \n"u8)
                {
                    if (value[i] == other) continue;
                    var altered = value.ToArray();
                    altered[i] = other;
                    Open(altered).ShouldBeNull($"character {i} became {(char)other}");
                }
        }
    }

    [Fact]
    public void Every_cut_and_addition_is_detected()
    {
        var value = Sealed();
        for (var length = 0; length < value.Length; length++) Open(value[..length]).ShouldBeNull($"cut to {length}");
        foreach (var more in (string[])["A", "AA", "AAAA", "==", "===", " ", "\n", "=\n", "__nano1_"])
            Open([.. value, .. Encoding.ASCII.GetBytes(more)]).ShouldBeNull($"with '{more}' behind it");
        for (var i = 8; i < value.Length; i++) Open([.. value[..i], .. value[(i + 1)..]]).ShouldBeNull($"without character {i}");
    }

    public static TheoryData<string, string> Elsewhere() => new()
    {
        { "another model", "anthropic anthropic-messages https://api.anthropic.com claude-opus-5" },
        { "another provider", "bedrock anthropic-messages https://api.anthropic.com claude-opus-5-5" },
        { "another dialect", "anthropic openai-chat https://api.anthropic.com claude-opus-5-5" },
        { "another address", "anthropic anthropic-messages https://proxy.example claude-opus-5-5" },
        { "nowhere", "" },
    };

    [Theory, MemberData(nameof(Elsewhere))]
    public void Another_home_does_not_open_it(string why, string home) => Open(Sealed(), seal: Key.Of(home)).ShouldBeNull(why);

    [Fact]
    public void A_former_key_does_not_open_it() =>
        Open(Sealed(), seal: new StateKey("the-gateways-own-key-012345678X").Of("anthropic anthropic-messages https://api.anthropic.com claude-opus-5-5")).ShouldBeNull();

    [Fact]
    public void Another_use_does_not_open_it()
    {
        foreach (var use in Enum.GetValues<SealUse>())
            foreach (var other in Enum.GetValues<SealUse>())
                Open(Sealed(use), other).ShouldBe(use == other ? State : null, $"{use} opened as {other}");
    }

    [Fact]
    public void Beside_another_text_it_does_not_open()
    {
        Open(Sealed(), bound: "digesT").ShouldBeNull();
        Open(Sealed(), bound: "").ShouldBeNull();
        // The boundary between the bound data and the state is part of the seal.
        Open(Sealed(bound: "ab", state: [.. "c"u8]), bound: "abc").ShouldBeNull();
        Open(Sealed(bound: "", state: [.. "abc"u8]), bound: "a").ShouldBeNull();
    }

    [Theory]
    [InlineData("__nano2_")]
    [InlineData("__nano10_")]
    [InlineData("__nano_")]
    [InlineData("nano1_")]
    [InlineData("")]
    public void Another_version_does_not_open(string prefix) => Open([.. Encoding.ASCII.GetBytes(prefix), .. Sealed()[8..]]).ShouldBeNull();

    [Theory]
    [InlineData("call_1", -1)]
    [InlineData("__nano", -1)]
    [InlineData("__nano_", -1)]
    [InlineData("__nanox1_", -1)]
    [InlineData("__nano1", -1)]
    [InlineData("call_1__nano1_AAAA", 6)]
    [InlineData("call_1__nano12_AAAA", 6)]
    [InlineData("__nano_x__nano2_AAAA", 8)]
    [InlineData("call___nano1_AAAA", 5)]
    public void A_seal_of_any_version_is_recognised_by_its_prefix(string text, int at) => StateSeal.IndexOf(Encoding.ASCII.GetBytes(text)).ShouldBe(at);

    [Fact]
    public void The_key_never_appears()
    {
        Key.ToString().ShouldBe("set");
        Home.ToString().ShouldBe("set");
    }

    public static TheoryData<string> Values() =>
    [
        "", "a", "abcdefg", "AAAAAAAA", "AAAAAAA=", "AAAAAA==", "AAAAAB==", "AAAAAAB=", "AAAAAAA", "AAAAAA", "AAAAA", "abc-def_", "abc-def_ghi=", "abc-def_gh==", "abc-def_gi==",
        "ab+/cdef", "ab+/cd-_", "ABCD EFGH", "ABCD\nEFGH", "not base64 \"at\" \\ all \u0001 \u00e9 🌧", "========", "skip_thought_signature_validator",
        Convert.ToBase64String(State), Convert.ToBase64String(State[..50]), Convert.ToBase64String(State[..49]).Replace('+', '-').Replace('/', '_'),
    ];

    /// <summary>Any state of a provider is restored unchanged.</summary>
    [Theory, MemberData(nameof(Values))]
    public void A_value_is_restored_unchanged(string value) => RoundTrip(value).ShouldBeTrue();

    /// <summary>Lengths are written in groups of seven bits.</summary>
    [Theory]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(256)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    public void A_value_of_any_length_is_restored_unchanged(int length)
    {
        RoundTrip(new string('!', length)).ShouldBeTrue();
        RoundTrip(Convert.ToBase64String(new byte[length])).ShouldBeTrue();
    }

    [Fact]
    public void Any_value_is_restored_unchanged() => Prop.ForAll(ArbMap.Default.ArbFor<string>(), value => value is null || RoundTrip(value)).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_base64_is_restored_unchanged() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        RoundTrip(Convert.ToBase64String(bytes)) && RoundTrip(Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_'))).QuickCheckThrowOnFailure();

    private static bool RoundTrip(string value)
    {
        // Half a surrogate pair is not text.
        value = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value));
        var output = new ArrayBufferWriter<byte>();
        new StateItem { Kind = StateKind.Signature, Ordinal = 7, Calls = 3, AfterText = true, Value = JsonText.From(value), Text = "text"u8.ToArray(),
            CarriesText = true }.WriteTo(output);
        new StateItem { Kind = StateKind.Opaque, Value = JsonText.From(value) }.WriteTo(output);
        ReadOnlyMemory<byte> rest = output.WrittenMemory;
        if (!StateItem.TryRead(ref rest, out var first) || !StateItem.TryRead(ref rest, out var second) || StateItem.TryRead(ref rest, out _)) return false;
        return first.Value.ToString() == value && second.Value.ToString() == value && first is { Ordinal: 7, Calls: 3, AfterText: true, Kind: StateKind.Signature }
            && Encoding.UTF8.GetString(first.Text.Span) == "text" && !second.CarriesText;
    }

    /// <summary>Any content of a seal is read to its end: a later version may contain more.</summary>
    [Fact]
    public void Any_bytes_are_read_as_items_or_refused() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
    {
        ReadOnlyMemory<byte> rest = bytes;
        for (var i = 0; StateItem.TryRead(ref rest, out _); i++)
            if (i > bytes.Length) return false;
        return true;
    }).QuickCheckThrowOnFailure();
}
