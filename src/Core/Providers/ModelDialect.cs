using System.IO.Enumeration;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.Embeddings;

namespace Nano.Providers;

/// <summary>The operation that a caller requests.</summary>
internal enum Operation
{
    /// <summary>Generate a response to a conversation.</summary>
    Chat,
    /// <summary>Embed texts.</summary>
    Embeddings,
    /// <summary>Count the tokens of a request.</summary>
    TokenCount,
    /// <summary>List models.</summary>
    ModelList,
    /// <summary>Make a conversation shorter (OpenAI's <c>/responses/compact</c>).</summary>
    Compaction,
}

internal static class Operations
{
    /// <summary>The name in records and metrics (OpenTelemetry's <c>gen_ai.operation.name</c>, if it defines one).</summary>
    public static string Word(Operation operation) => operation switch
    {
        Operation.Chat => "chat",
        Operation.Embeddings => "embeddings",
        Operation.TokenCount => "count_tokens",
        Operation.Compaction => "compact",
        _ => "list_models",
    };
}

/// <summary>Builds the address of one model. Called once per deployment, not per request.</summary>
/// <param name="baseUrl">Without a trailing slash.</param>
/// <param name="model">The model's name at the provider.</param>
/// <param name="stream">For a streamed response.</param>
internal delegate Uri ModelAddress(string baseUrl, string model, bool stream);

/// <summary>
/// One way to reach models of a provider: a dialect, its address, the models and requests that it serves, and its usage
/// rules. A provider has a list of them (<see cref="Provider.Dialects"/>).
/// </summary>
internal sealed record ModelDialect(IUpstreamDialect Dialect, ModelAddress Address)
{
    public Operation Operation { get; init; } = Operation.Chat;

    /// <summary>The API of <see cref="Operation.Embeddings"/>, whose errors are the dialect's; null for other operations.</summary>
    public IEmbeddingFormat? Embeddings { get; init; }

    /// <summary>The dialect's name, or the name of the operation's own API.</summary>
    public string Name => Embeddings?.Name ?? Dialect.Name;

    /// <summary>The names of the models that it serves, with <c>*</c> for any text and <c>?</c> for any character.</summary>
    public string Models { get; init; } = "*";

    /// <summary>Models that it serves in part or not at all; the first entry that matches a name applies.</summary>
    public IReadOnlyList<ModelGap> Gaps { get; init; } = [];

    /// <summary>Its models can search the web there, with a tool that the provider runs and the dialect's writer can express.</summary>
    public bool SearchesWeb { get; init; }

    /// <summary>How its responses count usage.</summary>
    public UsageRules Usage { get; init; } = UsageRules.OpenAI;

    /// <summary>A stream reports usage only when the request asks for it (Chat's <c>stream_options.include_usage</c>).</summary>
    public bool StreamUsageOnRequest { get; init; }

    /// <summary>Describes a provider's embeddings API.</summary>
    /// <param name="errors">The dialect whose errors the provider sends.</param>
    public static ModelDialect ForEmbeddings(IUpstreamDialect errors, IEmbeddingFormat format, ModelAddress address) =>
        new(errors, address) { Operation = Operation.Embeddings, Embeddings = format };

    /// <summary>The gap of a model; null if it has none.</summary>
    public ModelGap? GapOf(string model)
    {
        foreach (var gap in Gaps)
            if (Matches(gap.Models, model)) return gap;
        return null;
    }

    /// <summary>Whether any request for a model can be sent this way.</summary>
    public bool Serves(string model) => Matches(Models, model) && GapOf(model)?.Gap != DialectGap.Everything;

    private static bool Matches(string pattern, string model) => pattern == "*" || FileSystemName.MatchesSimpleExpression(pattern, model, ignoreCase: false);
}

/// <summary>What a model does not support in a dialect.</summary>
public enum DialectGap
{
    /// <summary>It is not served there at all.</summary>
    Everything,
    /// <summary>Tools are refused.</summary>
    Tools,
    /// <summary>Tools are refused unless reasoning is switched off.</summary>
    ToolsWhileReasoning,
    /// <summary>Tools are refused if the request asks for reasoning.</summary>
    ToolsWithEffort,
}

/// <summary>A gap of some models in a dialect.</summary>
/// <param name="Models">Their names, with <c>*</c> for any text and <c>?</c> for any character.</param>
internal sealed record ModelGap(string Models, DialectGap Gap)
{
    /// <summary>Known traits of such models, even if they are not in the catalogue; null if there are none.</summary>
    public ModelTraits? Traits { get; init; }

    /// <summary>Whether a request runs into the gap.</summary>
    public bool Refuses(in RequestNeeds needs) => Gap switch
    {
        DialectGap.Everything => true,
        DialectGap.Tools => needs.Tools,
        DialectGap.ToolsWhileReasoning => needs.Tools && needs.Reasoning != ReasoningWish.Off,
        _ => needs.Tools && needs.Reasoning == ReasoningWish.Asked,
    };
}
