using System.Globalization;
using System.Text.Json;
using Nano.Dialects;

namespace Nano.Providers.Catalogue;

/// <summary>
/// Reads <c>models.json</c>. It is our own data, so everything unexpected is a mistake in it: an unknown or repeated member, a
/// missing one, a word that means nothing, two models of one name. Nothing is skipped.
/// </summary>
internal static class CatalogueReader
{
    /// <exception cref="InvalidDataException">The data is wrong; the message names the model.</exception>
    public static List<ModelInfo> Read(ReadOnlyMemory<byte> json)
    {
        var models = new List<ModelInfo>(96);
        var name = "the catalogue";
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = new Members(document.RootElement);
            _ = root.Required("unit").ValueEquals("USD per million tokens"u8) ? 0 : throw new FormatException("unit");
            _ = Date(root.Required("read"));
            foreach (var element in root.Required("models").EnumerateArray())
            {
                name = $"model {models.Count + 1}";
                var members = new Members(element);
                name = members.Required("id").GetString()!;
                models.Add(Model(name, members));
                members.Finish();
            }
            name = "its end";
            root.Finish();
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException($"The model catalogue is wrong at {name}: {fault.Message}", fault);
        }
        return models;
    }

    private static ModelInfo Model(string name, Members members)
    {
        var slash = name.IndexOf('/');
        if (slash <= 0 || slash == name.Length - 1) throw new FormatException("id is not provider/model");
        return new ModelInfo
        {
            Name = name,
            Provider = name[..slash],
            Id = name[(slash + 1)..],
            Aliases = Words(members.Optional("aliases")),
            OtherSnapshots = Words(members.Optional("otherSnapshots")),
            Context = Whole(members.Optional("context")),
            Input = Words(members.Required("in")),
            Output = Words(members.Required("out")),
            Traits = Traits(members),
            Prices = PriceReader.Read(members),
            Status = Word(members.Required("status"), "current", "previous", "legacy", "preview"),
            Released = members.Optional("released") is { } released ? Date(released) : null,
            Source = members.Required("source").GetString()!,
        };
    }

    private static ModelTraits Traits(Members members)
    {
        // "deprecated" (Gemini from 3.6) is neither taken for sure nor refused: it stays unknown, and what was asked is sent.
        var sampling = members.Optional("sampling") is { } word ? Word(word, "yes", "no", "without-reasoning", "deprecated") : null;
        var traits = new ModelTraits
        {
            MaxOutputTokens = Whole(members.Optional("maxOutput")),
            SamplingParameters = sampling switch { "yes" or "without-reasoning" => true, "no" => false, _ => null },
            SamplingOnlyWithoutReasoning = sampling == "without-reasoning",
            Tools = members.Required("tools").GetBoolean(),
            JsonSchema = members.Required("schema").GetBoolean(),
            ForcedToolChoice = members.Optional("forcedToolChoice")?.GetBoolean(),
            MidConversationSystem = members.Optional("midConversationSystem")?.GetBoolean(),
        };
        if (members.Optional("reasoning") is not { } reasoning) return traits;
        if (reasoning.ValueKind == JsonValueKind.False) return traits with { Reasons = false };

        var how = new Members(reasoning);
        traits = traits with
        {
            Reasons = true,
            Efforts = Words(how.Optional("efforts")),
            ThinkingByLevel = how.Optional("by") is { } by && Word(by, "level", "budget") == "level",
            ThinkingAlwaysOn = how.Optional("always")?.GetBoolean() ?? false,
            MinThinkingBudget = Whole(how.Optional("min")),
            MaxThinkingBudget = Whole(how.Optional("max")),
        };
        how.Finish();
        return traits;
    }

    private static long? Whole(JsonElement? element) =>
        element is not { } number ? null : number.GetInt64() is var value and >= 0 ? value : throw new FormatException("a count is negative");

    private static string[] Words(JsonElement? element)
    {
        if (element is not { } list) return [];
        var words = new string[list.GetArrayLength()];
        for (var i = 0; i < words.Length; i++) words[i] = list[i].GetString() is { Length: > 0 } word ? word : throw new FormatException("a word is empty");
        return words;
    }

    private static string Word(JsonElement element, params ReadOnlySpan<string> allowed)
    {
        var word = element.GetString()!;
        return allowed.Contains(word) ? word : throw new FormatException($"'{word}' means nothing");
    }

    /// <summary><c>2026-10-07</c>, or <c>2026-10</c> for its first day.</summary>
    public static DateOnly Date(JsonElement element) =>
        DateOnly.ParseExact(element.GetString()!, ["yyyy-MM-dd", "yyyy-MM"], CultureInfo.InvariantCulture, DateTimeStyles.None);

    /// <summary>The members of one object, each to be asked for once; what nobody asked for is a mistake.</summary>
    internal sealed class Members
    {
        private readonly Dictionary<string, JsonElement> _left = new(StringComparer.Ordinal);

        public Members(JsonElement element)
        {
            foreach (var member in element.EnumerateObject())
            {
                if (!_left.TryAdd(member.Name, member.Value)) throw new FormatException($"{member.Name} is there twice");
            }
        }

        public JsonElement Required(string name) => Optional(name) ?? throw new FormatException($"{name} is missing");

        public JsonElement? Optional(string name) => _left.Remove(name, out var value) ? value : null;

        public void Finish()
        {
            foreach (var name in _left.Keys) throw new FormatException($"{name} is not a member that means something here");
        }
    }
}
