using System.Collections;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Nano.Chat;
using Nano.Configuration;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Providers;
using Nano.Providers.Azure;
using Nano.Providers.Bedrock;
using Nano.Providers.Cohere;
using Nano.Providers.OpenAICompatible;
using Nano.Providers.Vertex;
using Nano.Routing;

namespace Nano.Tests.Documentation;

/// <summary>What the documentation says of providers, written from the data. Each flag has its sentence here: one without fails.</summary>
internal static class ProvidersDocument
{
    private static readonly Dictionary<string, Func<object, string>> Sentences = new()
    {
        ["Refused"] = value => $"{List(value)} left out",
        ["RefusedByReasoningModels"] = value => $"{List(value)} left out for models that reason",
        ["Taken"] = value => $"takes {List(((IEnumerable<string>)value).Order(StringComparer.Ordinal).ToList())}; any other member left out",
        ["TakenOfMessages"] = value => $"members of messages that it does not know left out; it takes {string.Join("; ", ((IReadOnlyDictionary<string, IReadOnlySet<string>>)value).Select(role => $"of `{role.Key}` {List(role.Value.Order(StringComparer.Ordinal).ToList())}"))}",
        ["RefusedByModels"] = value => string.Join(", ", ((IEnumerable<(string Models, string Member)>)value).GroupBy(pair => pair.Models).Select(group => $"{List(group.Select(pair => pair.Member).ToList())} left out for `{group.Key}`")),
        ["RefusedByFixedSampling"] = value => $"{List(value)} left out for models that draw by themselves: always, or while they reason",
        ["NewerMaxTokensWhenReasoning"] = _ => "`max_tokens` sent as `max_completion_tokens` to models that reason",
        ["EffortsOfModel"] = _ => "`reasoning_effort` becomes a value that the model takes, as the catalogue and the families of models (`ModelFamilies.cs`) have it",
        ["Exclusive"] = value => string.Join(", ", ((IEnumerable<(string, string)>)value).Select(pair => $"`{pair.Item2}` left out beside `{pair.Item1}`")),
        ["Renamed"] = value => string.Join(", ", ((IEnumerable<(string, string)>)value).Select(pair => $"`{pair.Item1}` sent as `{pair.Item2}`")),
        ["OlderMaxTokens"] = _ => "`max_completion_tokens` sent as `max_tokens`",
        ["RefusesNulls"] = _ => "top-level members that are `null` left out",
        ["NoDeveloperRole"] = _ => "role `developer` sent as `system`",
        ["NoMessageNames"] = _ => "`messages[].name` left out",
        ["NineCharacterCallIds"] = _ => "ids of tool calls made into nine letters or digits",
        ["MarksPrefill"] = _ => "a last assistant turn gets `prefix: true`",
        ["AlternatingTurns"] = _ => "system turns first, neighbouring turns of one role joined",
        ["NoTools"] = _ => "`tools` left out, calls and results in the conversation become text",
        ["ToolChoice"] = value => value switch
        {
            ToolChoiceQuirk.SaysAny => "`tool_choice: \"required\"` sent as `\"any\"`, a named tool as the only one with `\"any\"`",
            _ => "`tool_choice` other than `auto` left out (`none`: the tools are)",
        },
        ["AsksForToolStream"] = _ => "`tool_stream: true` added to streams with tools",
        ["Format"] = value => value switch
        {
            FormatQuirk.ObjectOnly => "a JSON schema is told to the model in a system turn, with `json_object`",
            FormatQuirk.SchemaOnly => "`json_object` sent as a schema of any object",
            _ => "`json_schema` sent in its flat form",
        },
        ["BranchedSchemas"] = _ => "tool schemas get an object at the top, their `type` in the branches of `anyOf`, tuples as `prefixItems`",
        ["LeastThinkingBudget"] = value => $"`thinking.budget_tokens` at least {value}",
        ["ThinkingKeptBy"] = value => $"`thinking.keep` left out but for {List(((IEnumerable<string>)value).Select(model => model + "*"))}",
        ["NoStreamWithFormat"] = _ => "with a `response_format` the answer is fetched whole and told as a stream",
        ["MostStops"] = value => $"at most {value} `stop`",
        ["HighestTemperature"] = value => $"`temperature` at most {Number(value)}",
        ["LowestTemperatureOfSeveral"] = value => $"`temperature` at least {Number(value)} with `n` above 1",
        ["LogprobsIsNumber"] = _ => "`logprobs` and `top_logprobs` sent as one number",
        ["Reasoning"] = value => "thinking: " + string.Join("; ", ((IEnumerable<ReasoningWords>)value).Select(Words)),
        ["History"] = value => value switch
        {
            HistoryQuirk.LeftOut => "thoughts of earlier turns left out",
            HistoryQuirk.ReasoningContent => "thoughts of earlier turns sent back as `reasoning_content`",
            HistoryQuirk.Reasoning => "thoughts of earlier turns sent back as `reasoning`",
            HistoryQuirk.ReasoningAndDetails => "thoughts of earlier turns sent back as `reasoning`, with `reasoning_details`",
            _ => "thoughts of earlier turns sent back as `thinking` parts",
        },
        ["Thoughts"] = value => value switch
        {
            ThoughtsQuirk.InToolTurns => "an empty `reasoning_content` added to earlier turns with tool calls that have none",
            _ => "an empty `reasoning_content` added to earlier turns of the assistant that have none",
        },
        ["ReasoningMember"] = _ => "`reasoning` becomes `reasoning_content`",
        ["ThinkTags"] = _ => "`<think>` text becomes `reasoning_content`; in whole answers also what stands before a `</think>` alone on its line",
        ["ContentParts"] = _ => "content lists become text and `reasoning_content`",
        ["LooseCalls"] = _ => "tool calls get the `index`, `type` and `id` that they lack; arguments that are an object become its JSON text",
        ["OwnFinishReasons"] = _ => "finish reasons that OpenAI does not have become OpenAI's, with the own word in `native_finish_reason`; a whole response always has one",
        ["EndsWithoutDone"] = _ => "`[DONE]` added where a stream ends without it",
    };

    private const string ClaudeModel = "claude-sonnet-5-5";

    /// <summary>Each is shown by a test of the provider.</summary>
    private static readonly string[] VertexNotes =
    [
        "credentials, which [vertex.md](vertex.md) describes: tokens that end soon, fetched with `VERTEX_CREDENTIALS`; an API key of express mode goes as it is",
        "addresses: the model stands in them, with a snapshot's date behind an `@` (`vertex/claude-sonnet-4-5@20250929`)",
        "calls and results: without ids, in their order",
        "files: those of AI Studio's Files API are not there (`gs://` addresses are), and are named in `x-nano-loss`",
        "Claude's request: no `model`, `anthropic_version` in the body, no `service_tier`, and no `anthropic-beta` header, since unknown ones are refused",
        "prices: not known, so that costs are not told; what a model can do is taken from its maker's entry of the catalogue",
    ];

    public static IReadOnlyList<Provider> Providers { get; } = Read();

    /// <summary>The rows of README's table of providers.</summary>
    public static IEnumerable<string> Rows() => Providers.Where(provider => provider.DefaultBaseUrl is not null).Select(provider =>
        $"| {provider.DisplayName} | `{provider.Id}/` | {string.Join(", ", provider.KeySettings.Select(key => $"`{key}`"))}{Parts(provider)}{(provider.IsKeyOptional ? " (optional)" : "")} | {Address(provider)} |");

    /// <summary>docs/providers.md.</summary>
    public static string Page()
    {
        var page = new StringBuilder("""
            # Providers

            This page is written from the data in `src/Core/Providers` and held to it by a test
            (`tests/Core.Tests/Documentation/ProvidersDocumentationTests.cs`).

            A model is named `provider/model`; names that begin as listed need no provider. Keys are settings or Key Vault secrets
            of the same name in kebab case (`xai-api-key`). A provider without quirks gets the caller's bytes, and the caller its
            bytes. A quirk is an edit of the members that it is about, and of nothing else; a request or an answer without those
            members passes byte for byte. What a provider refuses and is left out, or is reached by other means, is named in
            `x-nano-loss`, and with `x-nano-strict: true` it is a 400 instead. Thoughts always come to a Chat caller as
            `reasoning_content`, wherever the provider puts them.

            `GET /v1/models` shows what a provider lists itself beside the catalogue's models, except for those whose list has not the
            names that requests take: Azure's has every base model of the region and not one's own deployments, Perplexity's is
            for another of its APIs; those of Vertex AI and Amazon Bedrock stand at other addresses than their models. From a list that says what each model is for, those for chat are taken; from one that does not,
            those are left out whose names say otherwise (`*embed*`, `*whisper*`, ...).


            """);
        page.Append($"""
            A session token that is limited to models binds the whole request, whatever becomes of it on the way: members that choose
            other models are a 403 `model_not_allowed` that names the member. At every provider these are
            {List(ModelChoices.OfGateways)},
            tools that the provider runs itself and that name a model (`tools[].model`), and a second `model` in another spelling; what
            a provider has beyond them is listed with it. The gateway's own key and tokens for a whole provider send them as before. A router, a
            preset or a variant (`openrouter/auto`) is a model like any other: a token covers it where it names it. Whoever asked, a request
            costs what the model costs that the provider says has answered; where the catalogue does not know that one, the cost is not known.


            """);
        foreach (var provider in Providers) Section(provider, page);
        page.Append("""
            ## Any other compatible server

            `CUSTOM_<NAME>_BASE_URL` makes the provider `<name>`: lower case, with `-` for `_`. `CUSTOM_MY_SERVER_BASE_URL=http://10.0.0.5:8000/v1`
            is asked for as `my-server/MODEL`; `CUSTOM_MY_SERVER_API_KEY` is its key, if it wants one. A name may not be that of a
            provider above. Requests go as the caller wrote them, with one addition: a stream whose caller does not ask for usage is sent
            with `stream_options.include_usage`, since the usage record needs it; the caller does not get the chunk with it. For a server
            that refuses the member, `CUSTOM_MY_SERVER_STREAM_USAGE=false` leaves it out (`OLLAMA_STREAM_USAGE`, `VLLM_STREAM_USAGE`
            and `LMSTUDIO_STREAM_USAGE` do so for those). Of answers,

            """);
        foreach (var sentence in Of(CustomProviders.Quirks.Answer!)) page.Append("- ").Append(sentence).Append('\n');
        page.Append($"""

            The server may be a gateway of its own, and nothing is known of how models are chosen there. So a session token that is limited
            to models may send these members only, and no tools but its own (`function`, `custom`); others are a 403 that names the member:
            {List(CustomProviders.LimitedMembers)}.

            """);
        return page.ToString();
    }

    /// <summary>A sentence for each flag that is not at its default.</summary>
    public static IEnumerable<string> Of(object quirks)
    {
        var plain = Activator.CreateInstance(quirks.GetType())!;
        foreach (var flag in quirks.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var value = flag.GetValue(quirks);
            if (value is null || Equals(value, flag.GetValue(plain)) || value is ICollection { Count: 0 }) continue;
            if (!Sentences.TryGetValue(flag.Name, out var sentence))
                throw new InvalidOperationException($"The flag {flag.Name} of {quirks.GetType().Name} has no sentence for docs/providers.md. Add one to Sentences in tests/Core.Tests/Documentation/ProvidersDocument.cs.");
            yield return sentence(value);
        }
    }

    private static void Section(Provider provider, StringBuilder page)
    {
        var vendor = OpenAICompatibleVendors.All.FirstOrDefault(vendor => vendor.Id == provider.Id);
        page.Append($"## {provider.DisplayName}\n\n");
        page.Append($"- models: `{provider.Id}/MODEL`");
        if (provider.Naming.Prefixes.Count > 0) page.Append($"; names beginning with {List(provider.Naming.Prefixes)}");
        page.Append($"\n- speaks: {provider.Dialect.Name}\n");
        foreach (var other in provider.Dialects.Skip(1).Where(dialect => dialect.Operation == Operation.Chat))
        {
            if (other.Models != "*") Bullets($"of `{other.Models}`", [$"speaks: {other.Dialect.Name}", $"usage: {Counts(other.Usage)}"], page);
            else Bullets($"speaks {other.Dialect.Name}, which [conversions.md](conversions.md) describes", provider.Dialects[0].Gaps.GroupBy(gap => gap.Gap, Gap), page);
        }
        if (provider.Dialects.Any(dialect => dialect.Operation == Operation.TokenCount)) page.Append("- counts the tokens of requests itself\n");
        var settings = GatewaySettings.Of([provider]).Select(setting => $"`{setting.Name}`{(setting.Default is { } value ? $" (`{value}`)" : "")}").ToList();
        page.Append($"- settings: {(settings.Count == 0 ? "none" : string.Join(", ", settings))}\n");
        if (provider.NeedsBaseUrl) page.Append($"- off until `{provider.AddressSetting.Setting}` is set, for instance to `{provider.AddressSetting.Example}`{(provider.IsKeyOptional ? "; the key is optional" : "")}\n");
        if (provider.DefaultBaseUrl is not null) page.Append(provider.Lister?.Form is null ? "- its own list of models is not shown\n" : "- models that it lists are shown beside the catalogue's\n");
        if (provider.ForwardedHeaders.Count > 0) page.Append($"- headers of callers that travel on: {List(provider.ForwardedHeaders)}\n");
        if (Choices(provider.ModelChoices) is { Length: > 0 } choices) page.Append($"- refused for session tokens that are limited to models: {choices}\n");
        page.Append($"- usage: {Counts(provider.Dialects[0].Usage)}\n");
        var quirks = (provider.Dialect.Quirks as VendorQuirks)?.Flags;
        if (quirks?.Request is { } request) Bullets("requests", Of(request), page);
        if (quirks?.Answer is { } answer) Bullets("answers", Of(answer), page);
        if (provider.Id == "vertex") Bullets("differs from Google Gemini and Anthropic in", VertexNotes, page);
        if (provider.Id == "cohere" && vendor is null) OtherAddress(page);
        if (provider.Id == "bedrock") Bullets("requests, by the maker of the model", BedrockFamilies.Sentences(), page);
        if (vendor?.Notes.Count > 0) Bullets("to know", vendor.Notes, page);
        if (vendor is not null) page.Append($"- known from: {vendor.Source}\n");
        page.Append('\n');
    }

    private static string Choices(ModelChoices choices) =>
        string.Join(", ", choices.Members.Select(member => $"`{member}`").Concat(choices.Tools.Select(tool => $"tools of type `{tool}`")));

    private static string Counts(UsageRules usage) => $"input {Counts(usage.InputIncludesCacheRead, "cache reads")}, output {Counts(usage.OutputIncludesReasoning, "reasoning")}";

    /// <summary>Cohere's compatibility API, which its address alone decides for.</summary>
    private static void OtherAddress(StringBuilder page)
    {
        var vendor = OpenAICompatibleVendors.CohereCompatibility;
        page.Append($"- where `{CohereProvider.BaseUrl}` ends with `{CohereProvider.CompatibilityPath}` (`{vendor.BaseUrl}`) it speaks openai-chat instead; for both at a time, name that address `CUSTOM_COHERE_COMPATIBLE_BASE_URL`. There,\n");
        foreach (var sentence in Of(vendor.Quirks!.Request!)) page.Append($"  - {sentence}\n");
        page.Append($"- known from: docs.cohere.com (reference/chat, reference/errors, docs/structured-outputs, docs/reasoning); cohere-ai/cohere-python; recordings; {vendor.Source}\n");
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
        return $"{(words.Models.Length > 0 ? $"`{words.Models}*` " : "")}{said}{(words.AlwaysOn ? ", always on" : "")}{(words.NoForcedCalls ? "; while it thinks, which a request that says nothing of it is told to stop, a forced `tool_choice` becomes `auto`" : "")}";
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
