using Nano.Chat;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse;

/// <summary>
/// The top-level members that only the caller's dialect has a word for. Members by Converse's own names pass as they are
/// (a client's <c>extra_body</c>): guardrails, latency, metadata of requests. Some ask for what happens anyway; all others
/// are named.
/// </summary>
internal sealed class RequestLeftovers
{
    private static readonly JsonText[] Own =
    [
        JsonText.From("guardrailConfig"), JsonText.From("performanceConfig"), JsonText.From("requestMetadata"), JsonText.From("promptVariables"),
        JsonText.From("additionalModelResponseFieldPaths"),
    ];

    private readonly List<ExtraMember> _passed = [];
    private JsonText _tier;

    public RequestLeftovers(ChatRequest request, LossReport losses)
    {
        if (request.User.HasValue) losses.Drop("user");
        if (request.Extras is not { } extras) return;
        foreach (var member in extras.Members)
        {
            if (member.IsCarried || IdleMember.Is(member.Name, member.Value)) continue;
            // Beside max_completion_tokens the older name says nothing more.
            if (member.Name.Is("max_tokens"u8) && request.Sampling.MaxTokens.HasValue) continue;
            if (member.Name.Is("additionalModelRequestFields"u8) && member.Value.IsObject) ModelFields = member.Value;
            else if (IsOwn(member.Name)) _passed.Add(member);
            else if (member.Name.Is("service_tier"u8) && TierOf(member.Value.AsText()) is { } tier) _tier = tier;
            else losses.Drop(member.Name.ToString());
        }
    }

    /// <summary>The caller's own <c>additionalModelRequestFields</c>.</summary>
    public JsonSlice ModelFields { get; }

    public void Write(JsonOutput output)
    {
        if (_tier.HasValue)
        {
            output.Name("serviceTier"u8);
            output.BeginObject();
            output.Name("type"u8);
            output.Text(_tier);
            output.EndObject();
        }
        foreach (var member in _passed)
        {
            output.Name(member.Name);
            output.Raw(member.Value);
        }
    }

    /// <summary>Empty for the one that is chosen anyway; null for one that there is not.</summary>
    private static JsonText? TierOf(JsonText word) =>
        word.Is("auto"u8) ? default(JsonText)
        : word.Is("default"u8) || word.Is("flex"u8) || word.Is("priority"u8) ? word
        : null;

    private static bool IsOwn(JsonText name)
    {
        foreach (var known in Own)
            if (name.Is(known.Span)) return true;
        return false;
    }
}
