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
        MostStops = null, Documents = default,
    } == new RequestQuirks { RefusedByReasoningModels = _none, RefusedByFixedSampling = _none };

    private static readonly IReadOnlyList<string> _none = [];

    public ChatQuirks Flags => quirks;

    public bool MayEdit(ReadOnlySpan<byte> body, Envelope envelope, ModelTraits? traits) =>
        quirks.Request is not null && (!_isRare || NamesRare(envelope, traits) || MessagesEdit.MayHoldReasoning(body));

    /// <summary>The request has one of the members that the model may refuse. A model of which nothing is known refuses none.</summary>
    private static bool NamesRare(Envelope envelope, ModelTraits? traits) => traits is not null
        && ((envelope.NamesReasoning && traits.Reasons is not null)
            || (envelope.NamesSampling && (traits.Reasons == true || traits.SamplingParameters == false || traits.SamplingOnlyWithoutReasoning)));

    public bool AsksTraits(Envelope envelope) => quirks.Request is { } request
        && (request.RefusedByReasoningModels.Count > 0 || request.RefusedByFixedSampling.Count > 0 || request.EffortsOfModel || request.NewerMaxTokensWhenReasoning)
        && (!_isRare || envelope.NamesReasoning || envelope.NamesSampling);

    public bool EditsResponses => quirks.Answer is not null;

    /// <summary>Editing a request converts its reasoning settings to the nearest ones of the model.</summary>
    public bool ConvertsReasoning(in RequestTarget target) => quirks.Request is { } request && ReasoningEdit.Applies(request, target);

    /// <summary>The provider switches the model's reasoning on and off by a member of its own.</summary>
    public bool SwitchesReasoning(in RequestTarget target) => quirks.Request is { } request && ReasoningEdit.Switches(request, target);

    public bool TryEditRequest(ReadOnlyMemory<byte> body, in RequestTarget target, JsonOutput output, LossReport losses) =>
        quirks.Request is { } request && RequestEditor.TryEdit(request, body, target, output, losses);

    public bool TryEditResponse(ReadOnlyMemory<byte> body, JsonOutput output, bool isForReader) =>
        quirks.Answer is { } answer && new ResponseEditor(answer, isStream: false, isForReader).TryEdit(body, output);

    public IEventEdit? CreateEventEdit(bool isForReader) => quirks.Answer is { } answer ? new ResponseEditor(answer, isStream: true, isForReader) : null;
}
