using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>Applies the <see cref="ChatQuirks"/> of one provider.</summary>
internal sealed class VendorQuirks(ChatQuirks quirks) : IWireQuirks
{
    // Nothing but the reasoning of earlier turns: most requests hold none.
    private readonly bool _isHistoryOnly = quirks.Request is { } request && request with { History = HistoryQuirk.None } == new RequestQuirks();

    public ChatQuirks Flags => quirks;

    public bool MayEdit(ReadOnlySpan<byte> body) => quirks.Request is not null && (!_isHistoryOnly || MessagesEdit.MayHoldThoughts(body));

    public bool AsksTraits => quirks.Request is { RefusedByReasoningModels.Count: > 0 };

    public bool TryEditRequest(ReadOnlyMemory<byte> body, in RequestTarget target, JsonOutput output, LossReport losses) =>
        quirks.Request is { } request && RequestEditor.TryEdit(request, body, target, output, losses);

    public bool TryEditAnswer(ReadOnlyMemory<byte> body, JsonOutput output) =>
        quirks.Answer is { } answer && new AnswerEditor(answer, isStream: false).TryEdit(body, output);

    public IEventEdit? CreateEventEdit() => quirks.Answer is { } answer ? new AnswerEditor(answer, isStream: true) : null;
}
