using Nano.Chat;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses;

/// <summary>
/// The top-level members that only the caller's dialect has a word for. OpenAI gave many of them the same name in Chat
/// and in Responses: those go as they are.
/// </summary>
internal sealed class RequestLeftovers
{
    private const string Chat = "openai-chat";

    private static readonly JsonText[] Same =
    [
        JsonText.From("metadata"), JsonText.From("safety_identifier"), JsonText.From("prompt_cache_key"), JsonText.From("prompt_cache_retention"),
        JsonText.From("prompt_cache_options"), JsonText.From("service_tier"), JsonText.From("moderation"),
    ];

    private readonly List<ExtraMember> _same = [];
    private readonly JsonSlice _obfuscation;

    public RequestLeftovers(ChatRequest request, LossReport losses)
    {
        if (request.Extras is not { } extras) return;
        if (extras.Origin != Chat)
        {
            losses.DropExtras(extras, OpenAIResponsesDialect.DialectName, "");
            return;
        }
        foreach (var member in extras.Members)
        {
            var (name, value) = member;
            if (!value.HasValue || member.IsCarried) continue;
            if (name.Is("stream_options"u8)) _obfuscation = value.Member("include_obfuscation"u8);
            else if (name.Is("store"u8)) Store = value.IsTrue;
            else if (name.Is("verbosity"u8)) Verbosity = value;
            else if (name.Is("tool_choice"u8) && value.Member("custom"u8).IsObject) CustomChoice = value.Member("custom"u8).Member("name"u8).AsText();
            else if (name.Is("web_search_options"u8) && value.IsObject) WebSearch = value;
            // Beside max_completion_tokens the older name says nothing more.
            else if (name.Is("max_tokens"u8) && request.Sampling.MaxTokens.HasValue) continue;
            else if (IsSame(name)) _same.Add(member);
            else if (!IdleMember.Is(name, value)) losses.Drop(name.ToString());
        }
    }

    /// <summary>Chat keeps an answer only when asked to, Responses unless asked not to.</summary>
    public bool Store { get; }

    public JsonSlice Verbosity { get; }

    /// <summary>Chat's <c>web_search_options</c>.</summary>
    public JsonSlice WebSearch { get; }

    /// <summary>The custom tool that must be called.</summary>
    public JsonText CustomChoice { get; }

    public void Write(JsonOutput output)
    {
        foreach (var member in _same)
        {
            output.Name(member.Name);
            output.Raw(member.Value);
        }
        if (!_obfuscation.HasValue) return;
        output.Name("stream_options"u8);
        output.BeginObject();
        output.Name("include_obfuscation"u8);
        output.Raw(_obfuscation);
        output.EndObject();
    }

    private static bool IsSame(JsonText name)
    {
        foreach (var same in Same)
            if (name.Is(same.Span)) return true;
        return false;
    }
}
