using Nano.Dialects.Embeddings;
using Nano.Providers;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>docs/embeddings.md has a row for every provider's embeddings.</summary>
public class EmbeddingsDocumentationTests
{
    [Fact]
    public void The_table_has_every_provider_that_embeds()
    {
        var expected = ProvidersDocument.Providers.SelectMany(provider => provider.Dialects.Where(dialect => dialect.Operation == Operation.Embeddings)
            .Select(dialect => Row(provider, dialect))).ToList();
        File.ReadAllLines(Path.Combine(WireCorpus.RepositoryRoot, "docs", "embeddings.md"))
            .SkipWhile(line => !line.StartsWith("| models | API |", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|')).ToList()
            .ShouldHaveExactly(expected, "docs/embeddings.md, its table of providers,");
    }

    private static string Row(Provider provider, ModelDialect dialect)
    {
        var models = dialect.Models == "*" ? "MODEL" : dialect.Models;
        var most = dialect.Embeddings!.MaxInputs(models);
        return $"| `{provider.Id}/{models}` | {dialect.Name} | {most} | {string.Join("; ", Differences(dialect.Embeddings))} |";
    }

    private static IEnumerable<string> Differences(IEmbeddingFormat format)
    {
        if (format is not OpenAIEmbeddings { Quirks: var quirks }) yield break;
        if (quirks.DimensionsMember != "dimensions") yield return $"`dimensions` as `{quirks.DimensionsMember}`";
        if (quirks.EncodingMember is null) yield return "base64 is made by the gateway";
        else if (quirks.EncodingMember != "encoding_format") yield return $"`encoding_format` as `{quirks.EncodingMember}`";
        if (quirks.TaskMember is not null) yield return $"task as `{quirks.TaskMember}`{(quirks.DefaultTask is { } task ? $", `{task}` if none is set" : "")}";
        if (quirks.TextOnly) yield return "no token ids";
        if (quirks.RefusesUser) yield return "`user` is left out";
        if (quirks.RefusesNulls) yield return "members that are `null` are left out";
    }
}
