using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Whether two schemas allow the same values, one of them perhaps written in a provider's subset.</summary>
public static class SchemaMeaning
{
    private static readonly string[] Limits =
    [
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern", "minItems", "maxItems",
        "uniqueItems", "minProperties", "maxProperties", "format", "patternProperties", "not", "if", "then", "else", "prefixItems", "propertyNames",
        "dependentRequired", "dependentSchemas", "contains",
    ];

    /// <param name="named">Whether the loss of a keyword is reported.</param>
    public static string? FirstDifference(JsonElement source, JsonElement target, string path, Func<string, bool> named) =>
        JsonDifference.First(source, target) is null ? null : Compare(new Node(source, source, []), new Node(target, target, []), path, named, 0);

    private static string? Compare(Node source, Node target, string path, Func<string, bool> named, int depth)
    {
        // Beyond this is a cycle, or a depth without new constraints.
        if (depth > 12 || source.IsCycle || target.IsCycle) return null;
        if (source.Types.Count > 0 && !source.Types.SetEquals(target.Types) && !named("type"))
            return $"{path}: type {Show(source.Types)} became {Show(target.Types)}";
        if (source.IsTyped && !target.IsTyped && !named("type")) return $"{path}: type {Show(source.Types)} is only to be guessed";
        if (source.IsNullable != target.IsNullable && source.Types.Count > 0 && !named("null")) return $"{path}: nullable {source.IsNullable} became {target.IsNullable}";
        if (source.Description is { Length: > 0 } text && target.Description?.Contains(text, StringComparison.Ordinal) != true && !named("description"))
            return $"{path}: description '{text}' became '{target.Description}'";
        if (!source.Enum.SetEquals(target.Enum) && !(target.Enum.Count == 0 && source.Enum.All(e => target.Mentions(e))) && !named("enum") && !named("const"))
            return $"{path}: enum {Show(source.Enum)} became {Show(target.Enum)}";
        // A cycle may be cut before its first turn, if that is reported.
        if (source.Properties.Count > 0 && target.Properties.Count == 0 && depth > 0 && named("$ref")) return null;
        if (!source.Properties.Keys.Order(StringComparer.Ordinal).SequenceEqual(target.Properties.Keys.Order(StringComparer.Ordinal)))
            return $"{path}: properties {Show(source.Properties.Keys)} became {Show(target.Properties.Keys)}";
        // A required name without a property is a mistake of the caller that some targets refuse.
        if (!source.Required.Intersect(source.Properties.Keys).ToHashSet().SetEquals(target.Required.Intersect(target.Properties.Keys)) && !named("required"))
            return $"{path}: required {Show(source.Required)} became {Show(target.Required)}";
        if (source.IsClosed && !target.IsClosed && !named("additionalProperties")) return $"{path}: the closed object is open";
        foreach (var (name, value) in source.Limits)
            if (!(target.Limits.TryGetValue(name, out var kept) && JsonDifference.First(value, kept) is null) && !target.Mentions(name) && !target.Mentions(value.ToString())
                && !named(name))
                return $"{path}: {name} {value.GetRawText()} is gone";
        foreach (var (name, value) in source.Properties)
            if (Compare(value, target.Properties[name], $"{path}.{name}", named, depth + 1) is { } inner) return inner;
        if (source.Items is { } items
            && (target.Items is { } others ? Compare(items, others, $"{path}[]", named, depth + 1) : named("items") ? null : $"{path}: items are gone") is { } item) return item;
        if (source.Values is { } values
            && (target.Values is { } more ? Compare(values, more, $"{path}{{}}", named, depth + 1)
            : named("additionalProperties") ? null : $"{path}: additionalProperties are gone") is { } entry) return entry;
        if (source.Choices.Count != target.Choices.Count) return named("anyOf") || named("oneOf") ? null : $"{path}: {source.Choices.Count} choices became {target.Choices.Count}";
        return source.Choices.Zip(target.Choices).Select((pair, i) => Compare(pair.First, pair.Second, $"{path}|{i}", named, depth + 1)).FirstOrDefault(d => d is not null);
    }

    private static string Show(IEnumerable<string> words) => $"[{string.Join(", ", words.Order(StringComparer.Ordinal))}]";

    /// <summary>One schema with its references followed, <c>allOf</c> merged, and <c>null</c> taken out of its types.</summary>
    private sealed class Node
    {
        private readonly JsonElement _root;
        private readonly string[] _open;

        public Node(JsonElement schema, JsonElement root, string[] open)
        {
            _root = root;
            _open = open;
            Read(schema);
            IsTyped = Types.Count > 0 || (Choices.Count > 0 && Choices.All(c => c.IsTyped));
            if (Types.Count == 0 && Properties.Count > 0) Types.Add("object");
            if (Types.Count == 0 && Items is not null) Types.Add("array");
            if (Types.Count == 0) Types.UnionWith(Enum.Count > 0 && _texts ? ["string"] : Choices.SelectMany(c => c.Types));
        }

        private bool _texts = true;

        public HashSet<string> Types { get; } = [];
        public bool IsNullable { get; private set; }
        public bool IsCycle { get; private set; }
        public string? Description { get; private set; }
        public HashSet<string> Enum { get; } = [];
        public Dictionary<string, Node> Properties { get; } = [];
        public HashSet<string> Required { get; } = [];
        public Dictionary<string, JsonElement> Limits { get; } = [];
        public Node? Items { get; private set; }
        public Node? Values { get; private set; }
        /// <summary>Its types are stated, not inferred from other keywords.</summary>
        public bool IsTyped { get; }
        public bool IsClosed { get; private set; }
        public List<Node> Choices { get; } = [];

        public bool Mentions(string word) => Description?.Contains(word, StringComparison.OrdinalIgnoreCase) == true;

        private void Read(JsonElement schema)
        {
            if (!schema.IsObject()) return;
            Description ??= schema.Text("description");
            if (schema.Text("$ref") is { } reference)
            {
                if (_open.Contains(reference)) IsCycle = true;
                else if (SchemaPointer.Resolve(_root, reference) is { } target) Absorb(new Node(target, _root, [.. _open, reference]));
            }
            if (schema.Member("type") is { } type) foreach (var word in type.IsArray() ? type.EnumerateArray().Select(t => t.ToString()) : [type.ToString()]) AddType(word);
            if (schema.Member("nullable") is { ValueKind: JsonValueKind.True }) IsNullable = true;
            if (schema.Member("const") is { } only) AddValue(only);
            foreach (var value in schema.Elements("enum")) AddValue(value);
            if (schema.Member("properties") is { ValueKind: JsonValueKind.Object } properties)
                foreach (var member in properties.EnumerateObject()) Properties[member.Name] = Inner(member.Value);
            foreach (var name in schema.Elements("required")) Required.Add(name.ToString());
            foreach (var name in SchemaMeaning.Limits) if (schema.Member(name) is { } limit) Limits[name] = limit;
            if (schema.Member("items") is { ValueKind: JsonValueKind.Object } items && items.EnumerateObject().Any()) Items = Inner(items);
            if (schema.Member("additionalProperties") is { ValueKind: JsonValueKind.Object } values && values.EnumerateObject().Any()) Values = Inner(values);
            if (schema.Member("additionalProperties") is { ValueKind: JsonValueKind.False }) IsClosed = true;
            foreach (var part in schema.Elements("allOf")) Absorb(Inner(part));
            ReadChoices([.. schema.Elements("anyOf"), .. schema.Elements("oneOf")]);
        }

        private Node Inner(JsonElement schema) => new(schema, _root, _open);

        private void ReadChoices(JsonElement[] all)
        {
            if (all.Length == 0) return;
            var real = all.Where(c => c.Text("type")?.ToLowerInvariant() != "null").ToArray();
            IsNullable |= real.Length < all.Length;
            if (real.Length == 1) Absorb(Inner(real[0]));
            else if (real.All(c => c.IsObject() && c.EnumerateObject().All(m => m.Name == "type"))) foreach (var one in real) Absorb(Inner(one));
            else Choices.AddRange(real.Select(Inner));
        }

        private void Absorb(Node other)
        {
            Description ??= other.Description;
            Types.UnionWith(other.Types);
            IsNullable |= other.IsNullable;
            IsCycle |= other.IsCycle;
            Enum.UnionWith(other.Enum);
            _texts &= other._texts;
            foreach (var (name, node) in other.Properties) Properties.TryAdd(name, node);
            Required.UnionWith(other.Required);
            foreach (var (name, limit) in other.Limits) Limits.TryAdd(name, limit);
            IsClosed |= other.IsClosed;
            Items ??= other.Items;
            Values ??= other.Values;
            Choices.AddRange(other.Choices);
        }

        private void AddType(string word)
        {
            if (word.Equals("null", StringComparison.OrdinalIgnoreCase)) IsNullable = true;
            else Types.Add(word.ToLowerInvariant());
        }

        private void AddValue(JsonElement value)
        {
            if (value.ValueKind == JsonValueKind.Null)
            {
                IsNullable = true;
                return;
            }
            _texts &= value.IsText();
            Enum.Add(value.ToString());
        }
    }
}
