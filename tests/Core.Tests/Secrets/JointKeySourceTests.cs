using Nano.Secrets;

namespace Nano.Tests.Secrets;

public sealed class JointKeySourceTests
{
    private static readonly string[] Whole = ["BEDROCK_API_KEY", "AWS_BEARER_TOKEN_BEDROCK"];
    private static readonly string[] Parts = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

    [Theory]
    [InlineData("", "", null)]
    [InlineData("BEDROCK_API_KEY=b", "", "b")]
    [InlineData("AWS_BEARER_TOKEN_BEDROCK=t;AWS_ACCESS_KEY_ID=i;AWS_SECRET_ACCESS_KEY=s", "", "t")]
    [InlineData("AWS_ACCESS_KEY_ID=i;AWS_SECRET_ACCESS_KEY=s", "", "i\ns")]
    [InlineData("AWS_ACCESS_KEY_ID= i ;AWS_SECRET_ACCESS_KEY=s;AWS_SESSION_TOKEN=t", "", "i\ns\nt")]
    [InlineData("", "BEDROCK_API_KEY=vb", "vb")]
    [InlineData("", "AWS_ACCESS_KEY_ID=vi;AWS_SECRET_ACCESS_KEY=vs;AWS_SESSION_TOKEN=vt", "vi\nvs\nvt")]
    // A setting takes precedence over the vault, and the parts may be in both.
    [InlineData("AWS_ACCESS_KEY_ID=i", "BEDROCK_API_KEY=vb;AWS_SECRET_ACCESS_KEY=vs", "i\nvs")]
    [InlineData("AWS_SECRET_ACCESS_KEY=s", "BEDROCK_API_KEY=vb", "vb")]
    [InlineData("AWS_SECRET_ACCESS_KEY=s", "", null)]
    public async Task A_key_is_found_whole_or_in_parts(string settings, string vault, string? expected)
    {
        var source = Source(settings, vault);
        var found = await source.FindAsync(Whole, CancellationToken.None);
        found.Value.ShouldBe(expected);
        found.Unavailable.ShouldBeNull();
        (await source.RereadAsync(Whole, expected, CancellationToken.None)).Value.ShouldBe(expected);
    }

    [Fact]
    public async Task Half_a_key_names_what_is_missing()
    {
        var found = await Source("AWS_ACCESS_KEY_ID=i", "").FindAsync(Whole, CancellationToken.None);
        found.Value.ShouldBeNull();
        found.Unavailable.ShouldBe(
            "AWS_ACCESS_KEY_ID is there, and AWS_SECRET_ACCESS_KEY is not: they are one key. Set both, or the Key Vault secrets aws-access-key-id and aws-secret-access-key.");
    }

    [Fact]
    public async Task A_vault_that_is_down_is_reported()
    {
        var found = await Source("AWS_ACCESS_KEY_ID=i", "AWS_SECRET_ACCESS_KEY=!down").FindAsync(Whole, CancellationToken.None);
        found.Unavailable.ShouldBe("down");
    }

    [Fact]
    public async Task Other_keys_come_from_the_inner_source() =>
        (await Source("XAI_API_KEY=x", "").FindAsync(["XAI_API_KEY"], CancellationToken.None)).Value.ShouldBe("x");

    [Fact]
    public async Task The_same_parts_are_the_same_text()
    {
        var source = Source("AWS_ACCESS_KEY_ID=i;AWS_SECRET_ACCESS_KEY=s", "");
        (await source.FindAsync(Whole, CancellationToken.None)).Value.ShouldBeSameAs((await source.FindAsync(Whole, CancellationToken.None)).Value);
    }

    /// <summary>Each part is compared with the refused part and read again.</summary>
    [Fact]
    public async Task A_refused_key_is_read_again_part_by_part()
    {
        var behind = new Behind([], Pairs("AWS_ACCESS_KEY_ID=i2;AWS_SECRET_ACCESS_KEY=s2;AWS_SESSION_TOKEN=t2"));
        var source = new JointKeySource(behind, new SettingsSecretSource(new Dictionary<string, string>()), Whole, Parts);
        (await source.RereadAsync(Whole, "i1\ns1\nt1", CancellationToken.None)).Value.ShouldBe("i2\ns2\nt2");
        behind.Refused.ShouldBe(["BEDROCK_API_KEY:", "AWS_ACCESS_KEY_ID:i1", "AWS_SECRET_ACCESS_KEY:s1", "AWS_SESSION_TOKEN:t1"]);
    }

    private static JointKeySource Source(string settings, string vault) =>
        new(new Behind(Pairs(settings), Pairs(vault)), new SettingsSecretSource(Pairs(settings)), Whole, Parts);

    private static Dictionary<string, string> Pairs(string text) =>
        text.Split(';', StringSplitOptions.RemoveEmptyEntries).ToDictionary(pair => pair.Split('=')[0], pair => pair.Split('=')[1]);

    /// <summary>Settings before a vault, as the real sources are.</summary>
    private sealed class Behind(Dictionary<string, string> settings, Dictionary<string, string> vault) : ISecretSource
    {
        public List<string> Refused { get; } = [];

        public ValueTask<Secret> FindAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
        {
            foreach (var (values, origin) in new[] { (settings, SecretOrigin.Setting), (vault, SecretOrigin.KeyVault) })
                foreach (var name in names)
                    if (values.TryGetValue(name, out var value))
                        return ValueTask.FromResult(value.StartsWith('!') ? Secret.NotAvailable(value[1..]) : Secret.Found(value, name, origin));
            return ValueTask.FromResult(Secret.Missing);
        }

        public ValueTask<Secret> RereadAsync(IReadOnlyList<string> names, string? refused, CancellationToken cancellationToken)
        {
            Refused.Add($"{names[0]}:{refused}");
            return FindAsync(names, cancellationToken);
        }
    }
}
