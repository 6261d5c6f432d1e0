using Nano.Dialects;
using Nano.Dialects.OpenAIChat.Quirks;

namespace Nano.Providers.OpenAICompatible;

/// <summary>
/// Compatible servers that are defined by settings: <c>CUSTOM_MY_SERVER_BASE_URL</c> creates the provider <c>my-server</c>,
/// with <c>CUSTOM_MY_SERVER_API_KEY</c> if it needs a key. Its models are <c>my-server/...</c>.
/// </summary>
internal static class CustomProviders
{
    private const string Prefix = "CUSTOM_";
    private const string BaseUrlSuffix = "_BASE_URL";
    private const string KeySuffix = "_API_KEY";
    private const int MaxNameLength = 40;

    /// <summary>
    /// Recorded deviations in the responses of many servers are converted to Chat's form; requests in Chat are sent as the caller wrote them. In converted requests
    /// the gateway chooses the roles and their places, so it keeps to what every server knows: "Unexpected message role." (ggml-org/llama.cpp#20079, vllm-project/vllm#43590).
    /// </summary>
    public static ChatQuirks Quirks { get; } = new()
    {
        Foreign = new() { SystemFirst = true, NoDeveloperRole = true },
        Answer = CompatibleProviders.Loose with { ReasoningMember = true, ContentParts = true, EndsWithoutDone = true },
    };

    /// <summary>
    /// The members that a caller with a model limit may send. The server is unknown and may be a gateway with any member for choosing
    /// models. Allowed are Chat's own members (platform.openai.com/docs/api-reference/chat), and those for sampling, output formats and
    /// reasoning that vLLM, SGLang, llama.cpp, Ollama and TGI document.
    /// </summary>
    public static IReadOnlyList<string> LimitedMembers { get; } =
    [
        "model", "messages", "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "max_completion_tokens",
        "max_tokens", "metadata", "modalities", "n", "parallel_tool_calls", "prediction", "presence_penalty", "prompt_cache_key",
        "prompt_cache_retention", "reasoning_effort", "response_format", "safety_identifier", "seed", "service_tier", "stop", "store", "stream",
        "stream_options", "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user", "verbosity", "web_search_options",
        "top_k", "min_p", "top_a", "tfs_z", "typical_p", "repetition_penalty", "repeat_penalty", "length_penalty", "mirostat", "mirostat_eta", "mirostat_tau",
        "min_tokens", "ignore_eos", "stop_token_ids", "bad_words", "include_stop_str_in_output", "skip_special_tokens", "spaces_between_special_tokens",
        "add_generation_prompt", "continue_final_message", "chat_template_kwargs", "documents", "truncate_prompt_tokens", "priority", "cache_prompt",
        "guided_json", "guided_regex", "guided_choice", "guided_grammar", "structured_outputs", "grammar", "json_schema", "regex", "ebnf",
        "input", "encoding_format", "dimensions", "input_type", "include_reasoning", "separate_reasoning", "reasoning", "reasoning_format", "enable_thinking", "thinking",
        "thinking_budget", "think",
    ];

    /// <param name="settings">Names and values of all settings; blank values count as not set.</param>
    /// <param name="registered">The built-in providers, whose names are taken.</param>
    /// <param name="chat">See <see cref="OpenAICompatibleProvider"/>.</param>
    /// <returns>The providers, sorted by name, and a sentence for each mistake. Base URLs are checked together with all others.</returns>
    public static (IReadOnlyList<Provider> Providers, IReadOnlyList<string> Mistakes) Read(
        IReadOnlyDictionary<string, string> settings, IReadOnlyList<Provider> registered, IDialect chat)
    {
        var providers = new List<Provider>();
        var mistakes = new List<string>();
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in Names(settings, BaseUrlSuffix))
        {
            var id = setting[Prefix.Length..^BaseUrlSuffix.Length].ToLowerInvariant().Replace('_', '-');
            if (Problem(id, registered) is { } problem) mistakes.Add($"{setting}: {problem}");
            else if (known.TryGetValue(id, out var other)) mistakes.Add($"{setting} and {other} both name the provider '{id}'.");
            else
            {
                known.Add(id, setting);
                providers.Add(OpenAICompatibleProvider.Create(StreamUsageSetting.Apply(OwnServer(id, setting[..^BaseUrlSuffix.Length].ToUpperInvariant()), settings, mistakes),
                    chat));
            }
        }
        foreach (var (suffix, role) in ((string, string)[])[(KeySuffix, "the key"), (StreamUsageSetting.Suffix, "a setting")])
            foreach (var setting in Names(settings, suffix))
                if (!Has(settings, setting[..^suffix.Length] + BaseUrlSuffix))
                    mistakes.Add($"{setting} is {role} of a provider without an address: set {setting[..^suffix.Length]}{BaseUrlSuffix}, too.");
        return (providers, mistakes);
    }

    /// <summary>A server defined in nano.json.</summary>
    public static Provider OfConfig(string id, IDialect chat) => OpenAICompatibleProvider.Create(OwnServer(id, id.ToUpperInvariant().Replace('-', '_')), chat);

    private static CompatibleProvider OwnServer(string id, string settingPrefix) => new()
    {
        Id = id,
        DisplayName = id,
        SettingPrefix = settingPrefix,
        BaseUrl = "http://localhost:8000/v1",
        NeedsBaseUrl = true,
        IsKeyOptional = true,
        ModelChoices = new() { Only = LimitedMembers },
        Quirks = Quirks,
        Embeddings = new(),
    };

    private static string? Problem(string id, IReadOnlyList<Provider> registered)
    {
        if (id.Length is 0 or > MaxNameLength || !char.IsAsciiLetterLower(id[0]) || id[^1] == '-' || !id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            return $"the name between {Prefix} and {BaseUrlSuffix} must begin with a letter and hold letters, digits and underscores only, at most {MaxNameLength}.";
        foreach (var provider in registered)
            if (provider.Id == id || provider.Aliases.Contains(id, StringComparer.Ordinal))
                return $"'{id}' is already the name of {provider.DisplayName}; choose another name{(provider.DefaultBaseUrl is null ? "" : $", or set {provider.SettingPrefix}{BaseUrlSuffix}")}.";
        return null;
    }

    private static IEnumerable<string> Names(IReadOnlyDictionary<string, string> settings, string suffix) =>
        settings.Keys
            .Where(name => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            .Where(name => name.Length >= Prefix.Length + suffix.Length && Has(settings, name))
            .Order(StringComparer.Ordinal);

    private static bool Has(IReadOnlyDictionary<string, string> settings, string name) =>
        settings.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value);
}
