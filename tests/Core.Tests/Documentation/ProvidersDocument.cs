using System.Collections;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Nano.Chat;
using Nano.Configuration;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Dialects.OpenAIResponses.Quirks;
using Nano.Dialects.Shared;
using Nano.Providers;
using Nano.Providers.Bedrock;
using Nano.Providers.Cohere;
using Nano.Providers.OpenAICompatible;
using Nano.Routing;

namespace Nano.Tests.Documentation;

/// <summary>The documentation of providers, generated from the data. Each flag has a sentence here; a flag without one fails.</summary>
internal static class ProvidersDocument
{
    private static readonly Dictionary<string, Func<object, string>> Sentences = new()
    {
        ["Refused"] = value => $"{List(value)} left out",
        ["RefusedByReasoningModels"] = value => $"{List(value)} left out for models that reason",
        ["Taken"] = value => $"takes {List(((IEnumerable<string>)value).Order(StringComparer.Ordinal).ToList())}; any other member left out",
        ["TakenOfMessages"] = value =>
            $"members of messages that it does not know left out; it takes {string.Join("; ", ((IReadOnlyDictionary<string, IReadOnlySet<string>>)value).Select(role => $"of `{role.Key}` {List(role.Value.Order(StringComparer.Ordinal).ToList())}"))}",
        ["RefusedByModels"] = value =>
            string.Join(", ", ((IEnumerable<(string Models, string Member)>)value).GroupBy(pair => pair.Models)
            .Select(group => $"{List(group.Select(pair => pair.Member).ToList())} left out for `{group.Key}`")),
        ["RefusedByFixedSampling"] = value => $"{List(value)} left out for models without configurable sampling (always, or only during reasoning)",
        ["NewerMaxTokensWhenReasoning"] = _ => "`max_tokens` sent as `max_completion_tokens` to models that reason",
        ["EffortsOfModel"] = _ => "`reasoning_effort` becomes a value that the model accepts, according to the catalogue or the model's family (`ModelFamilies.cs`)",
        ["LimitsEffort"] = _ => "`reasoning.effort` becomes a value that the model accepts, or is left out for a model that accepts none",
        ["Exclusive"] = value => string.Join(", ", ((IEnumerable<(string, string)>)value).Select(pair => $"`{pair.Item2}` left out beside `{pair.Item1}`")),
        ["Renamed"] = value => string.Join(", ", ((IEnumerable<(string, string)>)value).Select(pair => $"`{pair.Item1}` sent as `{pair.Item2}`")),
        ["OlderMaxTokens"] = _ => "`max_completion_tokens` sent as `max_tokens`",
        ["RefusesNulls"] = _ => "top-level members that are `null` left out",
        ["NoDeveloperRole"] = _ => "role `developer` sent as `system`",
        ["NoMessageNames"] = _ => "`messages[].name` left out",
        ["NineCharacterCallIds"] = _ => "tool call ids replaced by nine letters or digits",
        ["MarksPrefill"] = _ => "a last assistant turn gets `prefix: true`",
        ["SystemFirst"] = _ => "system turns joined into one first turn",
        ["SystemAfterUser"] = _ => "they are joined only if one follows a response or the results of tools",
        ["AlternatingTurns"] = _ => "system turns moved to the front, adjacent turns of one role merged",
        ["NoTools"] = _ => "`tools` left out; calls and results in the conversation become text",
        ["ToolChoice"] = value => value switch
        {
            ToolChoiceQuirk.SaysAny => "`tool_choice: \"required\"` sent as `\"any\"`, a named tool as the only one with `\"any\"`",
            _ => "`tool_choice` other than `auto` left out; for `none`, the tools are left out instead",
        },
        ["AsksForToolStream"] = _ => "`tool_stream: true` added to streams with tools",
        ["Format"] = value => value switch
        {
            FormatQuirk.ObjectOnly => "a JSON schema is put into a system turn, with `json_object`",
            FormatQuirk.SchemaOnly => "`json_object` sent as a schema of any object",
            _ => "`json_schema` sent in its flat form",
        },
        ["Documents"] = value => value switch
        {
            DocumentForm.DocumentUrl => "documents of other dialects' requests sent as `document_url`",
            DocumentForm.FileUrl => "documents of other dialects' requests sent as `file_url`",
            DocumentForm.FileForAnyModel => "documents of other dialects' requests sent to any model, as `file`",
            _ => "documents of other dialects' requests left out",
        },
        ["BranchedSchemas"] = _ => "tool schemas get an object at the top, their `type` in the branches of `anyOf`, tuples as `prefixItems`",
        ["LeastThinkingBudget"] = value => $"`thinking.budget_tokens` at least {value}",
        ["ThinkingKeptBy"] = value => $"`thinking.keep` left out except for {List(((IEnumerable<string>)value).Select(model => model + "*"))}",
        ["NoStreamWithFormat"] = _ => "with a `response_format`, the response is requested unstreamed and sent to the caller as a stream",
        ["MostStops"] = value => $"at most {value} `stop`",
        ["HighestTemperature"] = value => $"`temperature` at most {Number(value)}",
        ["LowestTemperatureOfSeveral"] = value => $"`temperature` at least {Number(value)} with `n` above 1",
        ["LogprobsIsNumber"] = _ => "`logprobs` and `top_logprobs` sent as one number",
        ["Reasoning"] = value => "reasoning: " + string.Join("; ", ((IEnumerable<ReasoningWords>)value).Select(Words)),
        ["History"] = value => value switch
        {
            HistoryQuirk.LeftOut => "reasoning of earlier turns left out",
            HistoryQuirk.ReasoningContent => "reasoning of earlier turns sent back as `reasoning_content`",
            HistoryQuirk.Reasoning => "reasoning of earlier turns sent back as `reasoning`",
            HistoryQuirk.ReasoningAndDetails => "reasoning of earlier turns sent back as `reasoning`, with `reasoning_details`",
            _ => "reasoning of earlier turns sent back as `thinking` parts",
        },
        ["ReasoningHistory"] = value => value switch
        {
            ReasoningQuirk.InToolTurns => "a `reasoning_content` without text added to earlier turns with tool calls that have none",
            _ => "a `reasoning_content` without text added to earlier turns of the assistant that have none",
        },
        ["ReasoningFiller"] = _ => "that `reasoning_content` is a space, since an empty one counts as missing",
        ["ReasoningMember"] = _ => "`reasoning` becomes `reasoning_content`",
        ["ThinkTags"] = _ => "`<think>` text becomes `reasoning_content`; in responses that are not streamed, also the text before a `</think>` that is alone on its line",
        ["ContentParts"] = _ => "content lists become text and `reasoning_content`",
        ["LooseCalls"] = _ => "tool calls get the `index`, `type` and `id` that they lack; arguments that are an object become its JSON text",
        ["OwnFinishReasons"] = _ => "finish reasons that OpenAI does not have become OpenAI's, with the original in `native_finish_reason`; a whole response and a complete stream always have one",
        ["EndsWithoutDone"] = _ => "`[DONE]` added if a stream ends without it",
    };

    /// <summary>A test of the provider covers each note.</summary>
    private static readonly string[] VertexNotes =
    [
        "credentials, see [vertex.md](vertex.md): short-lived tokens, requested with `VERTEX_CREDENTIALS`; an API key of express mode is sent as it is",
        "addresses: they contain the model, with a snapshot's date after an `@` (`vertex/claude-sonnet-4-5@20250929`)",
        "calls and results: matched by order, without ids",
        "files: those of AI Studio's Files API do not exist (`gs://` addresses do) and are reported in `x-nano-loss`",
        "Claude's request: no `model`, `anthropic_version` in the body, no `service_tier`, and no `anthropic-beta` header of the caller, since unknown ones are refused",
        "Claude's tools: a request with `web_search_*` gets the header `anthropic-beta: web-search-2025-03-05`; `memory_*` becomes a function; others that need a beta are left out",
        "prices: unknown, so there are no costs; a model's abilities come from its developer's entry in the catalogue",
    ];

    public static IReadOnlyList<Provider> Providers { get; } = Read();

    /// <summary>The rows of the table of providers in docs/configuration.md.</summary>
    public static IEnumerable<string> Rows() => Providers.Where(provider => provider.DefaultBaseUrl is not null).Select(provider =>
        $"| {provider.DisplayName} | `{provider.Id}/` | {string.Join(", ", provider.KeySettings.Select(key => $"`{key}`"))}{Parts(provider)}{(provider.IsKeyOptional ? " (optional)" : "")} | {Address(provider)} |");

    /// <summary>docs/providers.md.</summary>
    public static string Page()
    {
        var page = new StringBuilder("""
            # Providers

            What each provider refuses, and how Nano adapts requests and responses for it. This page is generated from the data in
            `src/Core/Providers` by a test (`tests/Core.Tests/Documentation/ProvidersDocumentationTests.cs`).

            A model is named `provider/model`; names with a listed prefix need no provider. Keys are settings, or Key Vault secrets
            of the same name in kebab case (`xai-api-key`). For a provider without quirks, requests and responses pass byte for byte. A quirk edits
            only the members that it names; a request or a response without those members passes byte for byte. A member that is left out or emulated
            is reported in `x-nano-loss`; with `x-nano-strict: true` the request is a 400 instead. A Chat caller always receives reasoning as
            `reasoning_content`, wherever the provider puts it.

            `GET /v1/models` returns the provider's own list beside the catalogue's models, unless the list does not have the names that requests
            use: Azure's list has all base models of the region instead of your deployments, Perplexity's is
            for another API, and Vertex AI and Amazon Bedrock have theirs at other addresses than their models. If a list gives the purpose of each model, only models for chat are taken;
            otherwise, models are left out by name (`*embed*`, `*whisper*`, ...).


            """);
        page.Append($"""
            A session token that is limited to models limits the whole request: members that select
            other models are a 403 `model_not_allowed` that names the member. For every provider these are
            {List(ModelChoices.OfGateways)},
            tools that the provider runs itself and that name a model (`tools[].model`), and a second `model` in another spelling;
            further members are listed with each provider. The gateway's own key, and tokens for a whole provider, may send all of them. A router, a
            preset or a variant (`openrouter/auto`) is a model like any other: a token covers it if it names it. The cost of a request
            is that of the model that the provider reports; if the catalogue does not know that model, the cost is unknown.


            """);
        foreach (var provider in Providers) Section(provider, page);
        page.Append("""
            ## Any other compatible server

            `CUSTOM_<NAME>_BASE_URL` makes the provider `<name>`: lower case, with `-` for `_`. `CUSTOM_MY_SERVER_BASE_URL=http://10.0.0.5:8000/v1`
            has models named `my-server/MODEL`; `CUSTOM_MY_SERVER_API_KEY` is its key, if it needs one. A name must differ from
            the providers above. Requests in Chat are sent as the caller wrote them, with one addition: if the caller of a stream does not ask for usage, the gateway adds
            `stream_options.include_usage`, since the usage record needs it, and removes the chunk from the caller's stream. If the server
            refuses the member, set `CUSTOM_MY_SERVER_STREAM_USAGE=false` (or `OLLAMA_STREAM_USAGE`, `VLLM_STREAM_USAGE`,
            `LMSTUDIO_STREAM_USAGE`). In requests of other APIs than Chat, whose turns the gateway arranges:

            """);
        foreach (var sentence in Of(CustomProviders.Quirks.Foreign)) page.Append("- ").Append(sentence).Append('\n');
        page.Append("""

            In responses:

            """);
        foreach (var sentence in Of(CustomProviders.Quirks.Answer!)) page.Append("- ").Append(sentence).Append('\n');
        page.Append($"""

            The server may itself be a gateway that selects models by unknown members. So a session token that is limited
            to models may send only these members, and only tools of the types `function` and `custom`; others are a 403 that names the member:
            {List(CustomProviders.LimitedMembers)}.

            """);
        return page.ToString();
    }

    /// <summary>A sentence for each flag that differs from its default.</summary>
    public static IEnumerable<string> Of(object quirks)
    {
        var plain = Activator.CreateInstance(quirks.GetType())!;
        foreach (var flag in quirks.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var value = flag.GetValue(quirks);
            if (value is null || Equals(value, flag.GetValue(plain)) || value is ICollection { Count: 0 }) continue;
            if (!Sentences.TryGetValue(flag.Name, out var sentence))
                throw new InvalidOperationException(
                    $"The flag {flag.Name} of {quirks.GetType().Name} has no sentence for docs/providers.md. Add one to Sentences in tests/Core.Tests/Documentation/ProvidersDocument.cs.");
            yield return sentence(value);
        }
    }

    private static void Section(Provider provider, StringBuilder page)
    {
        var vendor = CompatibleProviders.All.FirstOrDefault(vendor => vendor.Id == provider.Id);
        page.Append($"## {provider.DisplayName}\n\n");
        page.Append($"- models: `{provider.Id}/MODEL`");
        if (provider.Naming.Prefixes.Count > 0) page.Append($"; names that begin with {List(provider.Naming.Prefixes)}");
        page.Append($"\n- dialect: {provider.Dialects[0].Name}\n");
        foreach (var other in provider.Dialects.Skip(1).Where(dialect => dialect.Operation == Operation.Chat))
        {
            if (other.Models != "*") Bullets($"of `{other.Models}`", [$"dialect: {other.Dialect.Name}", $"usage: {Counts(other.Usage)}"], page);
            else if (provider.Dialects[0].Gaps.Count == 0) page.Append($"- speaks {other.Dialect.Name} to callers of that API ([responses.md](responses.md))\n");
            else Bullets($"speaks {other.Dialect.Name} to callers of that API ([responses.md](responses.md)), and to others as [conversions.md](conversions.md) describes",
                provider.Dialects[0].Gaps.GroupBy(gap => gap.Gap, Gap), page);
        }
        if (provider.Dialects.Any(dialect => dialect.Operation == Operation.TokenCount)) page.Append("- counts the tokens of requests itself\n");
        if (provider.Dialects.Any(dialect => dialect.Operation == Operation.Compaction)) page.Append("- compacts conversations\n");
        var settings = GatewaySettings.Of([provider]).Select(setting => $"`{setting.Name}`{(setting.Default is { } value ? $" (`{value}`)" : "")}").ToList();
        page.Append($"- settings: {(settings.Count == 0 ? "none" : string.Join(", ", settings))}\n");
        if (provider.NeedsBaseUrl)
            page.Append($"- off until `{provider.AddressSetting.Setting}` is set, for example to `{provider.AddressSetting.Example}`{(provider.IsKeyOptional ? "; the key is optional" : "")}\n");
        if (provider.DefaultBaseUrl is not null)
            page.Append(provider.Lister?.Form is null ? "- the provider's list of models is not used\n" : "- the provider's list of models is shown together with the catalogue's\n");
        if (provider.ForwardedHeaders.Count > 0) page.Append($"- request headers that are forwarded: {List(provider.ForwardedHeaders)}\n");
        if (provider.PassthroughHeaders.Count > 0) page.Append($"- request headers that are forwarded with passed-through requests: {List(provider.PassthroughHeaders)}\n");
        if (Choices(provider.ModelChoices) is { Length: > 0 } choices) page.Append($"- refused for session tokens that are limited to models: {choices}\n");
        if (provider.Dialects[0].Operation == Operation.Chat) page.Append($"- usage: {Counts(provider.Dialects[0].Usage)}\n");
        var embeddings = provider.Dialects.Where(dialect => dialect.Operation == Operation.Embeddings).ToList();
        if (embeddings.Count == 0) page.Append("- no embeddings\n");
        foreach (var dialect in embeddings)
            page.Append($"- embeddings{(dialect.Models == "*" ? "" : $" with `{dialect.Models}`")} ([embeddings.md](embeddings.md)): {dialect.Name}\n");
        var quirks = (provider.Dialect.Quirks as ProviderQuirks)?.Flags;
        if (quirks?.Request is { } request) Bullets("requests", Of(request), page);
        if (quirks is not null && Of(quirks.Foreign).Any()) Bullets("requests of other APIs than Chat", Of(quirks.Foreign), page);
        foreach (var dialect in provider.Dialects.Where(dialect => dialect.Operation == Operation.Chat))
            if (dialect.Dialect.Quirks is ModelLimits limits) Bullets($"requests of {dialect.Name}", Of(limits.Flags), page);
        if (quirks?.Answer is { } answer) Bullets("responses", Of(answer), page);
        if (provider.Id == "vertex") Bullets("differences from Google Gemini and Anthropic", VertexNotes, page);
        if (provider.Id == "cohere" && vendor is null) OtherAddress(page);
        if (provider.Id == "bedrock") Bullets("requests, by the model's developer", BedrockFamilies.Sentences(), page);
        if (vendor?.Notes.Count > 0) Bullets("notes", vendor.Notes, page);
        if (vendor is not null) page.Append($"- sources: {vendor.Source}\n");
        page.Append('\n');
    }

    private static string Choices(ModelChoices choices) =>
        string.Join(", ", choices.Members.Select(member => $"`{member}`").Concat(choices.Tools.Select(tool => $"tools of type `{tool}`")));

    private static string Counts(UsageRules usage) => $"input {Counts(usage.InputIncludesCacheRead, "cache reads")}, output {Counts(usage.OutputIncludesReasoning, "reasoning")}";

    /// <summary>Cohere's compatibility API, selected only by its address.</summary>
    private static void OtherAddress(StringBuilder page)
    {
        var vendor = CompatibleProviders.CohereCompatibility;
        page.Append($"- where `{CohereProvider.BaseUrl}` ends with `{CohereProvider.CompatibilityPath}` (`{vendor.BaseUrl}`) its dialect is openai-chat instead; for both at the same time, set that address as `CUSTOM_COHERE_COMPATIBLE_BASE_URL`. Then:\n");
        foreach (var sentence in Of(vendor.Quirks!.Request!)) page.Append($"  - {sentence}\n");
        page.Append($"- sources: docs.cohere.com (reference/chat, reference/errors, docs/structured-outputs, docs/reasoning); cohere-ai/cohere-python; recordings; {vendor.Source}\n");
    }

    private static string Gap(DialectGap gap, IEnumerable<ModelGap> models) => $"{List(models.Select(model => model.Models))}: " + gap switch
    {
        DialectGap.Everything => "always",
        DialectGap.Tools => "with tools",
        DialectGap.ToolsWhileReasoning => "with tools, unless `reasoning_effort` is `none`",
        _ => "with tools and a `reasoning_effort` other than `none`",
    };

    private static void Bullets(string title, IEnumerable<string> sentences, StringBuilder page)
    {
        page.Append($"- {title}:\n");
        foreach (var sentence in sentences) page.Append($"  - {sentence}\n");
    }

    private static string Words(ReasoningWords words)
    {
        var member = words.Switch switch
        {
            ReasoningSwitch.Thinking => "`thinking.type`",
            ReasoningSwitch.EnableThinking => "`enable_thinking`, `thinking_budget`",
            _ => "",
        };
        var efforts = words.Efforts.Count > 0 ? $"`reasoning_effort` {string.Join(", ", words.Efforts)}" : "";
        var said = member.Length + efforts.Length == 0 ? "cannot be set" : string.Join(" and ", new[] { member, efforts }.Where(text => text.Length > 0));
        var models = words.Models.Length > 0 ? $"`{words.Models}*` " : "";
        var forced = words.NoForcedCalls
            ? "; a forced `tool_choice` becomes `auto` during reasoning, which Nano turns off unless the request asks for it"
            : "";
        return $"{models}{said}{(words.AlwaysOn ? ", always on" : "")}{forced}";
    }

    private static string Address(Provider provider) => provider.NeedsBaseUrl
        ? $"off until `{provider.AddressSetting.Setting}` is set (`{provider.AddressSetting.Example}`)"
        : $"`{provider.DefaultBaseUrl}`";

    private static string Parts(Provider provider) => provider.KeyParts.Count == 0 ? "" : $", or {string.Join(" + ", provider.KeyParts.Select(part => $"`{part.Name}`"))}";

    private static string Counts(bool included, string what) => $"{(included ? "includes" : "leaves out")} {what}";

    private static string List(object names) => string.Join(", ", ((IEnumerable<string>)names).Select(name => $"`{name}`"));

    private static string Number(object value) => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!;

    private static IReadOnlyList<Provider> Read()
    {
        var services = new ServiceCollection();
        services.AddGateway(new Dictionary<string, string>());
        return services.Select(service => service.ImplementationInstance).OfType<IReadOnlyList<Provider>>().Single();
    }
}
