using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>Applies the <see cref="ChatQuirks"/> of one vendor.</summary>
internal sealed class VendorQuirks(ChatQuirks quirks) : IWireQuirks
{
    public ChatQuirks Flags => quirks;

    public bool AsksTraits => quirks.Request is { RefusedByReasoningModels.Count: > 0 };

    public bool TryEditRequest(ReadOnlyMemory<byte> body, in RequestTarget target, JsonOutput output, LossReport losses) =>
        quirks.Request is { } request && RequestEditor.TryEdit(request, body, target, output, losses);

    public bool TryEditAnswer(ReadOnlyMemory<byte> body, JsonOutput output) =>
        quirks.Answer is { } answer && new AnswerEditor(answer, isStream: false).TryEdit(body, output);

    public IEventEdit? CreateEventEdit() => quirks.Answer is { } answer ? new AnswerEditor(answer, isStream: true) : null;
}
