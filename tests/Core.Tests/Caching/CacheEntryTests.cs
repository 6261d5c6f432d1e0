using System.Buffers;
using Nano.Caching;
using Nano.Chat;
using Nano.State;

namespace Nano.Tests.Caching;

/// <summary>The bytes of an entry, and the scopes that share entries.</summary>
public sealed class CacheEntryTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly CacheEntrySerializer Serializer = new();

    private static readonly CacheEntry Full = new()
    {
        Key = "k", Form = CacheForm.Stream, HasStreamUsage = true, Body = "data: {}\n\n"u8.ToArray(), Id = "id", Provider = "openai", Model = "gpt", ResponseModel = "gpt-1",
        UpstreamDialect = "openai-chat", Finish = FinishReason.Length, Losses = "dropped=n", CreatedAt = Now, ExpiresAt = Now.AddSeconds(60),
        Usage = new Usage
        {
            InputTokens = 1, OutputTokens = 2, CacheReadTokens = 3, CacheWriteTokens = 4, LongCacheWriteTokens = 5, ReasoningTokens = 6, AudioInputTokens = 7,
            AudioOutputTokens = 8, Billed = new BilledTokens(9, 10), ServiceTier = "flex",
        },
    };

    public static TheoryData<string, object> Entries => new()
    {
        { "all", Full },
        { "none", new CacheEntry { Key = "k", Form = CacheForm.Whole, Body = [], Provider = "openai", Model = "gpt", CreatedAt = Now, ExpiresAt = Now } },
        { "empty is not absent", Full with { Id = "", Losses = "", ResponseModel = null, UpstreamDialect = null } },
        { "zero is not absent", Full with { Usage = new Usage { InputTokens = 0, OutputTokens = 0, Billed = new BilledTokens(null, 0) } } },
        { "no billed tokens", Full with { Usage = new Usage { InputTokens = 5 }, HasStreamUsage = false } },
    };

    [Theory, MemberData(nameof(Entries))]
    public void An_entry_survives_its_bytes(string what, object entry)
    {
        var written = (CacheEntry)entry;
        var read = Serializer.Deserialize(new ReadOnlySequence<byte>(Bytes(written)));
        read.Body.ShouldBe(written.Body, what);
        (read with { Body = [] }).ShouldBe(written with { Body = [] }, what);
    }

    /// <summary>Another version wrote it, or it was cut.</summary>
    [Fact]
    public void Bytes_that_are_not_an_entry_have_no_key()
    {
        var bytes = Bytes(Full);
        for (var length = 0; length < bytes.Length; length++) Read(bytes[..length]).Key.ShouldBe("", $"cut to {length}");
        Read([.. bytes, 0]).Key.ShouldBe("");
        Read([(byte)(bytes[0] + 1), .. bytes[1..]]).Key.ShouldBe("");
        Read([bytes[0], 2, .. bytes[2..]]).Key.ShouldBe("", "an unknown form");
        Read([bytes[0], 0, .. bytes[2..]]).Form.ShouldBe(CacheForm.Whole);

        static CacheEntry Read(byte[] bytes) => Serializer.Deserialize(new ReadOnlySequence<byte>(bytes));
    }

    [Fact]
    public void An_entry_has_an_age()
    {
        (Full.Age(Now), Full.Age(Now.AddSeconds(5)), Full.Age(Now.AddSeconds(-5))).ShouldBe((TimeSpan.Zero, TimeSpan.FromSeconds(5), TimeSpan.Zero));
        Full.Deployment.ShouldBe("openai/gpt");
    }

    [Theory]
    [InlineData(CacheRule.Organization, "web", "all organization:acme")]
    [InlineData(CacheRule.Organization, null, "all organization:acme")]
    [InlineData(CacheRule.Team, "web", "all organization:acme team:acme:web")]
    [InlineData(CacheRule.Team, null, "all organization:acme key:key_1")]
    [InlineData(CacheRule.Key, "web", "all organization:acme team:acme:web key:key_1")]
    [InlineData(CacheRule.Key, null, "all organization:acme key:key_1")]
    public void A_scope_is_within_those_above_it(string sharedBy, string? team, string path)
    {
        var scope = CacheScope.Of("acme", team, "key_1", sharedBy);
        string.Join(' ', scope.Path).ShouldBe(path);
        scope.Name.ShouldBe(scope.Path[^1]);
    }

    [Fact]
    public void The_owner_and_each_session_token_share_with_no_others()
    {
        (CacheScope.Owner.Name, string.Join(' ', CacheScope.Owner.Path)).ShouldBe(("owner", "all owner"));
        var token = CacheScope.OfToken("token:t1");
        (token.Name, string.Join(' ', token.Path)).ShouldBe(("token:t1", "all tokens"));
    }

    private static byte[] Bytes(CacheEntry entry)
    {
        var output = new ArrayBufferWriter<byte>();
        Serializer.Serialize(entry, output);
        return output.WrittenSpan.ToArray();
    }
}
