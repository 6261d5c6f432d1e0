using Nano.Chat;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.CohereChat;

/// <summary>
/// The top-level members that only the caller's dialect has a word for. A Chat caller may say Cohere's own members by their
/// own names, as the compatibility APIs of others let them: those go as they are. All others are named.
/// </summary>
internal sealed class RequestLeftovers
{
    private static readonly JsonText[] Own =
    [
        JsonText.From("documents"), JsonText.From("citation_options"), JsonText.From("safety_mode"), JsonText.From("strict_tools"), JsonText.From("priority"),
    ];

    private readonly List<ExtraMember> _own = [];

    public RequestLeftovers(ChatRequest request, LossReport losses)
    {
        if (request.Extras is not { } extras) return;
        foreach (var member in extras.Members)
        {
            var (name, value) = member;
            if (member.IsCarried || IdleMember.Is(name, value)) continue;
            // Beside max_completion_tokens the older name says nothing more.
            if (name.Is("max_tokens"u8) && request.Sampling.MaxTokens.HasValue) continue;
            if (name.Is("random_seed"u8) && value.IsNumber && !request.Sampling.Seed.HasValue) Seed = value;
            else if (extras.Origin == OpenAIChatDialect.DialectName && IsOwn(name))
            {
                _own.Add(member);
                HasDocuments |= name.Is("documents"u8) && value.IsArray && value.Span.ContainsAnyExcept("[] \t\r\n"u8);
                SaysStrictTools |= name.Is("strict_tools"u8);
            }
            else losses.Drop(name.ToString());
        }
    }

    /// <summary>Mistral's name for <c>seed</c>.</summary>
    public JsonSlice Seed { get; }

    public bool HasDocuments { get; }

    public bool SaysStrictTools { get; }

    public void Write(JsonOutput output)
    {
        foreach (var member in _own)
        {
            output.Name(member.Name);
            output.Raw(member.Value);
        }
    }

    private static bool IsOwn(JsonText name)
    {
        foreach (var own in Own)
            if (name.Is(own.Span)) return true;
        return false;
    }
}
