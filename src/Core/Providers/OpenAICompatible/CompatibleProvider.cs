using Nano.Chat;
using Nano.Dialects.Embeddings;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Dialects.OpenAIResponses.Quirks;

namespace Nano.Providers.OpenAICompatible;

/// <summary>The properties in which OpenAI-compatible providers differ.</summary>
internal sealed record CompatibleProvider
{
    /// <inheritdoc cref="Provider.Id"/>
    public required string Id { get; init; }

    public required string DisplayName { get; init; }

    /// <inheritdoc cref="Provider.TelemetryName"/>
    public string? TelemetryName { get; init; }

    /// <summary>With the version segment, as the OpenAI SDK expects it.</summary>
    public required string BaseUrl { get; init; }

    /// <inheritdoc cref="Provider.NeedsBaseUrl"/>
    public bool NeedsBaseUrl { get; init; }

    /// <inheritdoc cref="Provider.IsKeyOptional"/>
    public bool IsKeyOptional { get; init; }

    /// <inheritdoc cref="Provider.SettingPrefix"/>
    public string SettingPrefix { get => field ?? Id.ToUpperInvariant().Replace('-', '_'); init; }

    /// <summary>Names of its key in the provider's own tools.</summary>
    public IReadOnlyList<string> OtherKeySettings { get; init; } = [];

    /// <inheritdoc cref="Provider.Aliases"/>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The path after the base URL for <see cref="IModelLister.CheckAddress"/>; null if the provider has no free request.</summary>
    public string? CheckPath { get; init; } = "/models";

    /// <inheritdoc cref="IModelLister.Form"/>
    public ModelListForm? ModelList { get; init; } = ModelListForm.OpenAI;

    public IReadOnlyList<string> ModelPrefixes { get; init; } = [];

    public UsageRules Usage { get; init; } = UsageRules.OpenAI;

    /// <inheritdoc cref="ModelDialect.StreamUsageOnRequest"/>
    public bool StreamUsageOnRequest { get; init; } = true;

    public IReadOnlyList<string> ForwardedHeaders { get; init; } = [];

    /// <inheritdoc cref="Provider.TakesModelList"/>
    public bool TakesModelList { get; init; }

    /// <inheritdoc cref="Provider.ReturnedHeaders"/>
    public IReadOnlyList<string> ReturnedHeaders { get; init; } = [];

    /// <inheritdoc cref="Provider.ModelChoices"/>
    public ModelChoices ModelChoices { get; init; } = ModelChoices.None;

    /// <summary>Null if it speaks Chat exactly as OpenAI does: bytes then pass unchanged.</summary>
    public ChatQuirks? Quirks { get; init; }

    /// <summary>Models that do not support some requests on Chat; these are sent to <c>/responses</c>. The first entry that matches applies.</summary>
    public IReadOnlyList<ModelGap> ChatGaps { get; init; } = [];

    /// <summary>How its <c>/embeddings</c> differ from OpenAI's; null if it has none.</summary>
    public EmbeddingQuirks? Embeddings { get; init; }

    /// <summary>False if it has only embeddings.</summary>
    public bool HasChat { get; init; } = true;

    /// <summary>It also serves Responses at <c>/responses</c>: callers of that API use the passthrough.</summary>
    public bool SpeaksResponses { get; init; }

    /// <summary>Its Responses have OpenAI's tool <c>web_search</c>: requests for a search are sent there.</summary>
    public bool SearchesWeb { get; init; }

    /// <summary>What its models refuse in Responses; null if requests pass as the caller wrote them.</summary>
    public ResponsesQuirks? ResponsesQuirks { get; init; }

    /// <summary>It compacts conversations at <c>/responses/compact</c>.</summary>
    public bool Compacts { get; init; }

    /// <summary>It counts the tokens of requests at <c>/responses/input_tokens</c>.</summary>
    public bool CountsTokens { get; init; }

    /// <summary>Facts without a flag, one sentence each: the behaviour passes unchanged, or the caller or the server decides. Shown in docs/providers.md.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The sources of this entry: documents and recordings. Shown in docs/providers.md.</summary>
    public string Source { get; init; } = "";
}
