using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Nano.Providers;

namespace Nano.Configuration;

/// <summary>
/// Reads and validates <c>nano.json</c> as a whole: every mistake is reported with its JSON pointer, and reading continues after each. A file
/// with a mistake is not used at all. <c>nano.schema.json</c> describes the same form for editors.
/// </summary>
internal sealed class GatewayConfigReader
{
    /// <summary>The largest accepted file, in bytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int MaxDepth = 16;
    private const int MaxEntries = 1000;
    private const int MaxMistakes = 100;

    private readonly List<string> _mistakes = [];
    private readonly IReadOnlyList<Provider> _registered;
    private readonly HashSet<string> _ids;

    private GatewayConfigReader(IReadOnlyList<Provider> registered)
    {
        _registered = registered;
        _ids = [.. registered.Select(provider => provider.Id)];
    }

    /// <summary>How a group chooses among its targets.</summary>
    public static IReadOnlyList<string> Strategies { get; } = ["priority", "weighted", "round-robin", "least-latency", "least-cost"];

    /// <param name="json">UTF-8, at most <see cref="MaxBytes"/>; a byte order mark is skipped.</param>
    /// <param name="registered">The providers that the gateway knows without the file.</param>
    /// <returns>A configuration that is usable only if there are no mistakes.</returns>
    public static (GatewayConfig Config, IReadOnlyList<string> Mistakes) Read(ReadOnlyMemory<byte> json, IReadOnlyList<Provider> registered)
    {
        if (json.Length > MaxBytes) return (GatewayConfig.Empty, [$"It is larger than {MaxBytes} bytes."]);
        if (json.Span.StartsWith("\uFEFF"u8)) json = json[3..];
        // The parser does not check the bytes of texts.
        if (!Utf8.IsValid(json.Span)) return (GatewayConfig.Empty, [NotUtf8(json.Span)]);
        var reader = new GatewayConfigReader(registered);
        GatewayConfig config;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            config = reader.ReadFile(new ConfigValue(document.RootElement, "", reader._mistakes));
        }
        catch (JsonException e)
        {
            return (GatewayConfig.Empty, [$"It is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1})."]);
        }
        if (reader._mistakes.Count <= MaxMistakes) return (config, reader._mistakes);
        return (config, [.. reader._mistakes.Take(MaxMistakes), $"{reader._mistakes.Count - MaxMistakes} more mistakes follow."]);
    }

    private static string NotUtf8(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == OperationStatus.Done) at += length;
        var before = bytes[..at];
        return $"It is not UTF-8 (line {before.Count((byte)'\n') + 1}, byte {at - before.LastIndexOf((byte)'\n')}). Save it with this encoding.";
    }

    private GatewayConfig ReadFile(ConfigValue file)
    {
        var members = file.Members("$schema", "providers", "models", "policies", "prices", "resilience");
        if (members.TryGetValue("$schema", out var schema)) schema.Text(1024);
        // Instances first: targets name them.
        var providers = new ProviderConfigReader(_registered, _ids).ReadAll(Entries(members, "providers", "an object of provider instances"));
        var models = new AliasConfigReader(_ids).ReadAll(Entries(members, "models", "an object of aliases"));
        var policies = new PolicyConfigReader(_ids, [.. models.Select(alias => alias.Name)]).ReadAll(Entries(members, "policies", "an object of policies"));
        var prices = new PriceConfigReader(_ids).ReadAll(Entries(members, "prices", "an object of prices by model"));
        var resilience = members.TryGetValue("resilience", out var limits) ? ResilienceConfigReader.Read(limits) : new ResilienceConfig();
        return new GatewayConfig { Providers = providers, Models = models, Policies = policies, Prices = prices, Resilience = resilience };
    }

    private static Dictionary<string, ConfigValue> Entries(Dictionary<string, ConfigValue> members, string name, string what)
    {
        if (!members.TryGetValue(name, out var value)) return [];
        var entries = value.Entries(what);
        if (entries.Count > MaxEntries) value.Fail($"has more than {MaxEntries} members");
        return entries;
    }
}
