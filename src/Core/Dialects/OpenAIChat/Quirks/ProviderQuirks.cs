using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>Applies the <see cref="ChatQuirks"/> of one provider.</summary>
internal sealed class ProviderQuirks(ChatQuirks quirks) : IWireQuirks
{
    // Only the reasoning of earlier turns and rare members are affected, so most requests are not scanned.
    private readonly bool _isRare = quirks.Request is { } request && request with
    {
        History = HistoryQuirk.None, RefusedByReasoningModels = _none, RefusedByFixedSampling = _none, EffortsOfModel = false, NewerMaxTokensWhenReasoning = false,
    } == new RequestQuirks { RefusedByReasoningModels = _none, RefusedByFixedSampling = _none };

    private static readonly IReadOnlyList<string> _none = [];

    private readonly byte[][] _rare = quirks.Request is not { } request ? [] :
    [
        .. new[] { "reasoning_effort", "max_tokens" }.Concat(request.RefusedByReasoningModels).Concat(request.RefusedByFixedSampling)
        .Select(name => System.Text.Encoding.UTF8.GetBytes($"\"{name}\"")),
    ];

    public ChatQuirks Flags => quirks;

    public bool MayEdit(ReadOnlySpan<byte> body) => quirks.Request is not null && (!_isRare || HasRare(body) || MessagesEdit.MayHoldReasoning(body));

    private bool HasRare(ReadOnlySpan<byte> body)
    {
        // Without a flag that uses traits, they do not matter.
        if (!AsksTraits) return false;
        foreach (var name in _rare)
            if (body.IndexOf(name) >= 0) return true;
        return false;
    }

    public bool AsksTraits => quirks.Request is { } request
        && (request.RefusedByReasoningModels.Count > 0 || request.RefusedByFixedSampling.Count > 0 || request.EffortsOfModel || request.NewerMaxTokensWhenReasoning);

    public bool TryEditRequest(ReadOnlyMemory<byte> body, in RequestTarget target, JsonOutput output, LossReport losses) =>
        quirks.Request is { } request && RequestEditor.TryEdit(request, body, target, output, losses);

    public bool TryEditResponse(ReadOnlyMemory<byte> body, JsonOutput output, bool isForReader) =>
        quirks.Answer is { } answer && new ResponseEditor(answer, isStream: false, isForReader).TryEdit(body, output);

    public IEventEdit? CreateEventEdit(bool isForReader) => quirks.Answer is { } answer ? new ResponseEditor(answer, isStream: true, isForReader) : null;
}
