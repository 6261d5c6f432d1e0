using Nano.Chat;
using Nano.Dialects.Embeddings;
using Nano.Dialects.OpenAIChat.Quirks;

namespace Nano.Providers.OpenAICompatible;

/// <summary>What tells one OpenAI-compatible provider from another.</summary>
internal sealed record CompatibleProvider
{
    /// <inheritdoc cref="Provider.Id"/>
    public required string Id { get; init; }

    public required string DisplayName { get; init; }

    /// <inheritdoc cref="Provider.TelemetryName"/>
    public string? TelemetryName { get; init; }

    /// <summary>With the version segment, as the OpenAI SDK cuts it.</summary>
    public required string BaseUrl { get; init; }

    /// <inheritdoc cref="Provider.NeedsBaseUrl"/>
    public bool NeedsBaseUrl { get; init; }

    /// <inheritdoc cref="Provider.IsKeyOptional"/>
    public bool IsKeyOptional { get; init; }

    /// <inheritdoc cref="Provider.SettingPrefix"/>
    public string SettingPrefix { get => field ?? Id.ToUpperInvariant().Replace('-', '_'); init; }

    /// <summary>Names that the provider's own tools give its key.</summary>
    public IReadOnlyList<string> OtherKeySettings { get; init; } = [];

    /// <inheritdoc cref="Provider.Aliases"/>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>After the base URL, what <see cref="IModelLister.CheckAddress"/> asks; null where nothing free can be asked.</summary>
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

    /// <summary>Null: it speaks Chat as OpenAI does, and bytes pass.</summary>
    public ChatQuirks? Quirks { get; init; }

    /// <summary>Models that Chat refuses something, the first that fits counts; it is then asked of <c>/responses</c>.</summary>
    public IReadOnlyList<ModelGap> ChatGaps { get; init; } = [];

    /// <summary>How its <c>/embeddings</c> differ from OpenAI's; null where it has none.</summary>
    public EmbeddingQuirks? Embeddings { get; init; }

    /// <summary>False: it has embeddings alone.</summary>
    public bool HasChat { get; init; } = true;

    /// <summary>It speaks Responses at <c>/responses</c> as well: callers of that API are passed through.</summary>
    public bool SpeaksResponses { get; init; }

    /// <summary>It compacts conversations at <c>/responses/compact</c>.</summary>
    public bool Compacts { get; init; }

    /// <summary>It counts the tokens of requests at <c>/responses/input_tokens</c>.</summary>
    public bool CountsTokens { get; init; }

    /// <summary>What is known of it and no flag is about, a sentence each: it passes as it is, or is the caller's or the server's to decide. Shown in docs/providers.md.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Where what is said here was read or recorded; shown in docs/providers.md.</summary>
    public string Source { get; init; } = "";
}
