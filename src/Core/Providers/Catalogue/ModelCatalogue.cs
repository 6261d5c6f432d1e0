using System.Globalization;

namespace Nano.Providers.Catalogue;

/// <summary>The models that the gateway knows, read from data on first use, not at start. Thread safe.</summary>
internal sealed class ModelCatalogue
{
    private readonly Lazy<Index> _index;

    private ModelCatalogue(Func<ReadOnlyMemory<byte>> json) => _index = new Lazy<Index>(() => new Index(CatalogueReader.Read(json().Span)));

    private ModelCatalogue(Lazy<Index> index) => _index = index;

    /// <summary>The catalogue embedded in this assembly.</summary>
    public static ModelCatalogue Embedded { get; } = new(ReadEmbedded);

    /// <summary>All models, in the order of the data.</summary>
    /// <exception cref="InvalidDataException">The data is wrong; also raised by every other member.</exception>
    public IReadOnlyList<ModelInfo> Models => _index.Value.Models;

    /// <summary>A catalogue from other data in the same format.</summary>
    public static ModelCatalogue FromJson(ReadOnlyMemory<byte> json) => new(() => json);

    /// <summary>This catalogue with one model changed.</summary>
    public ModelCatalogue With(string provider, string id, Func<ModelInfo, ModelInfo> change) =>
        new(new Lazy<Index>(() => new Index([.. Models.Select(model => model.Provider == provider && model.Id == id ? change(model) : model)])));

    /// <summary>A model by its provider and its id, an alias or a dated snapshot of it; null if it is unknown.</summary>
    public ModelInfo? Find(string provider, string model)
    {
        foreach (var owner in FindOwners(model)) if (owner.Provider == provider) return owner;
        return null;
    }

    /// <summary>Every model with this bare name, at any provider.</summary>
    public IReadOnlyList<ModelInfo> FindOwners(string model)
    {
        var owners = _index.Value.ByName;
        if (owners.TryGetValue(model, out var exact)) return exact;
        if (UndatedLength(model) is not { } length || !owners.TryGetValue(model[..length], out var undated)) return [];
        var date = model[(length + 1)..];
        return undated.Any(owner => owner.OtherSnapshots.Contains(date)) ? [.. undated.Where(owner => !owner.OtherSnapshots.Contains(date))] : undated;
    }

    /// <summary>
    /// The length of a model's name without the date of its snapshot: <c>-2025-08-07</c> or <c>-20250929</c>, which must be real
    /// days. A shorter number (<c>mistral-large-2512</c>) is part of the name.
    /// </summary>
    private static int? UndatedLength(string model)
    {
        if (EndsWithDay(model, "yyyy-MM-dd")) return model.Length - 11;
        return EndsWithDay(model, "yyyyMMdd") ? model.Length - 9 : null;
    }

    private static bool EndsWithDay(string model, string format) =>
        model.Length > format.Length + 1
        && model[^(format.Length + 1)] == '-'
        && DateOnly.TryParseExact(model.AsSpan(model.Length - format.Length), format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        && day.Year >= 2020;

    private static ReadOnlyMemory<byte> ReadEmbedded()
    {
        using var stream = typeof(ModelCatalogue).Assembly.GetManifestResourceStream("models.json")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private sealed class Index
    {
        public Index(List<ModelInfo> models)
        {
            Models = models;
            ByName = new Dictionary<string, List<ModelInfo>>(models.Count * 2, StringComparer.Ordinal);
            foreach (var model in models)
            {
                Add(model.Id, model);
                foreach (var alias in model.Aliases) Add(alias, model);
            }
        }

        public IReadOnlyList<ModelInfo> Models { get; }

        /// <summary>By id and alias; one name may be served by several providers.</summary>
        public Dictionary<string, List<ModelInfo>> ByName { get; }

        private void Add(string name, ModelInfo model)
        {
            if (!ByName.TryGetValue(name, out var owners)) ByName.Add(name, owners = new List<ModelInfo>(1));
            foreach (var owner in owners) if (owner.Provider == model.Provider) throw new InvalidDataException($"The model catalogue has {model.Provider}/{name} twice.");
            owners.Add(model);
        }
    }
}
