using System.Text.Json;
using Json.Schema;
using Nano.Testing;

namespace Nano.Tests.Configuration;

/// <summary>nano.schema.json, and a validator of draft 2020-12 for it.</summary>
internal static class ConfigSchema
{
    public static string Text { get; } = File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "nano.schema.json"));

    private static readonly JsonSchema Schema = JsonSchema.FromText(Text);

    public static bool Accepts(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Schema.Evaluate(document.RootElement).IsValid;
    }

    /// <summary>Whether the schema itself is valid by draft 2020-12.</summary>
    public static bool IsValid()
    {
        using var document = JsonDocument.Parse(Text);
        return MetaSchemas.Draft202012.Evaluate(document.RootElement).IsValid;
    }
}
