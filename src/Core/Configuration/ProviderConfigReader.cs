using Nano.Providers;

namespace Nano.Configuration;

/// <summary>Reads <c>providers</c> of nano.json.</summary>
/// <param name="registered">The providers that the gateway knows without the file: the types.</param>
/// <param name="ids">Gets the id of each instance.</param>
internal sealed class ProviderConfigReader(IReadOnlyList<Provider> registered, HashSet<string> ids)
{
    private const int MaxKeys = 32;

    public List<ProviderConfig> ReadAll(Dictionary<string, ConfigValue> entries)
    {
        var instances = new List<ProviderConfig>();
        foreach (var (id, value) in entries)
        {
            if (!IsName(id, 40)) value.Fail("must begin with a letter and contain lower-case letters, digits and dashes only, at most 40");
            else if (registered.FirstOrDefault(provider => provider.Aliases.Contains(id, StringComparer.Ordinal)) is { } other)
                value.Fail($"is another name of the provider '{other.Id}'; choose another one");
            else ids.Add(id);
            if (Read(id, value) is { } instance) instances.Add(instance);
        }
        return instances;
    }

    /// <summary>Lower-case letters, digits and dashes.</summary>
    internal static bool IsName(string name, int length) =>
        name.Length > 0 && name.Length <= length && char.IsAsciiLetterLower(name[0]) && name[^1] != '-'
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private ProviderConfig? Read(string id, ConfigValue value)
    {
        var members = value.Members("type", "base_url", "key", "keys", "settings", "trace_context");
        var own = registered.FirstOrDefault(provider => provider.Id == id);
        var type = ReadType(value, members, own);
        var address = ReadAddress(members);
        if (type is null) return null;
        var known = registered.FirstOrDefault(provider => provider.Id == type);
        if (known is not null && known.Id != own?.Id && known.NeedsBaseUrl && known.AddressSetting.Setting.EndsWith("_BASE_URL", StringComparison.Ordinal)
            && !members.ContainsKey("base_url"))
            value.Fail($"has no 'base_url', and {known.DisplayName} has no common address (an example: {known.DefaultBaseUrl})");
        if (known is null && !members.ContainsKey("base_url")) value.Fail("has no 'base_url'");
        return new ProviderConfig { Id = id, Type = type, BaseUrl = address, Keys = ReadKeys(value, members), Settings = ReadSettings(members, known),
            SendsTraceContext = members.TryGetValue("trace_context", out var trace) && trace.Flag() == true };
    }

    private string? ReadType(ConfigValue value, Dictionary<string, ConfigValue> members, Provider? own)
    {
        // The built-in provider has no address and no key.
        string[] types = [.. registered.Where(provider => provider.DefaultBaseUrl is not null).Select(provider => provider.Id), ProviderConfig.Compatible];
        if (members.TryGetValue("type", out var member))
        {
            if (member.Word(types) is not { } type) return null;
            if (own is null || own.Id == type) return type;
            member.Fail($"must be '{own.Id}' or left out: the id is that provider's");
            return null;
        }
        if (own is not null && types.Contains(own.Id)) return own.Id;
        value.Fail(own is null ? $"has no 'type'. Types: {string.Join(", ", types)}" : "runs inside the gateway and has no instances");
        return null;
    }

    private static string? ReadAddress(Dictionary<string, ConfigValue> members)
    {
        if (!members.TryGetValue("base_url", out var member) || member.Text(2048) is not { } address) return null;
        if (BaseAddress.Problem(address) is not { } problem) return address.TrimEnd('/');
        member.Fail(problem);
        return null;
    }

    private static List<string> ReadKeys(ConfigValue value, Dictionary<string, ConfigValue> members)
    {
        var keys = new List<string>();
        if (members.TryGetValue("key", out var key) && Name(key) is { } only) keys.Add(only);
        if (!members.TryGetValue("keys", out var list)) return keys;
        if (members.ContainsKey("key")) value.Fail("has both 'key' and 'keys'");
        foreach (var item in list.Items(1, MaxKeys))
        {
            if (Name(item) is not { } name) continue;
            if (keys.Contains(name, StringComparer.Ordinal)) item.Fail("is given more than once");
            else keys.Add(name);
        }
        return keys;
    }

    /// <summary>The name of a setting. A key itself does not match: it is refused, and not repeated.</summary>
    private static string? Name(ConfigValue value)
    {
        if (value.Text(128) is not { } name) return null;
        if (char.IsAsciiLetterUpper(name[0]) && name.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_')) return name;
        value.Fail("must be the name of a setting such as AZURE_EAST_API_KEY (capital letters, digits and underscores), never a key itself");
        return null;
    }

    private static Dictionary<string, string> ReadSettings(Dictionary<string, ConfigValue> members, Provider? type)
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (!members.TryGetValue("settings", out var member)) return settings;
        var known = type?.OtherSettings.Select(setting => setting.Name).ToList() ?? [];
        foreach (var (name, value) in member.Entries("an object of settings of the provider's type"))
        {
            if (value.Text() is not { } text) continue;
            if (known.Contains(name, StringComparer.Ordinal)) settings[name] = text;
            else value.Fail(known.Count == 0 ? "is not a setting of this type, which has none" : $"is not a setting of this type. Settings: {string.Join(", ", known)}");
        }
        return settings;
    }
}
