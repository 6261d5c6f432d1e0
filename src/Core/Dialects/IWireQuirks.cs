using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects;

/// <summary>
/// How one provider's wire format differs from its dialect: edits of single members in requests and responses. On the
/// passthrough, a body, response or event without such a member passes unchanged; otherwise the dialect's own readers and
/// writers apply the edits (<see cref="IUpstreamDialect.Quirks"/>). Stateless and shared by requests.
/// </summary>
internal interface IWireQuirks
{
    /// <summary>Edits of such a request use the catalogue's traits of the model (<see cref="RequestTarget.Traits"/>).</summary>
    bool AsksTraits(Envelope envelope);

    /// <summary>False if responses and events need no edits at all.</summary>
    bool EditsResponses { get; }

    /// <summary>False if a request certainly needs no change. A cheap check, also for a large body.</summary>
    /// <param name="envelope">Of the body, or of the one that it was edited from.</param>
    /// <param name="traits">What the catalogue knows of the model; null unless <see cref="AsksTraits"/>, and where it knows nothing.</param>
    bool MayEdit(ReadOnlySpan<byte> body, Envelope envelope, ModelTraits? traits);

    /// <summary>
    /// Turns a request that is valid in the dialect into the provider's form. False, and nothing is written, if they are the
    /// same. Members that were dropped because the provider refuses them, or emulated, are added to
    /// <paramref name="losses"/>. Raises the same exceptions as a dialect's readers.
    /// </summary>
    bool TryEditRequest(ReadOnlyMemory<byte> body, in RequestTarget target, JsonOutput output, LossReport losses);

    /// <summary>Turns the provider's whole response into one that is valid in the dialect. False, and nothing is written, if they are the same.</summary>
    /// <param name="isForReader">The result is for the dialect's reader, not for a caller: members that report a failure are kept, and the reader turns them into an error.</param>
    bool TryEditResponse(ReadOnlyMemory<byte> body, JsonOutput output, bool isForReader);

    /// <summary>For one stream; null when its events need no edits.</summary>
    /// <inheritdoc cref="TryEditResponse" path="/param"/>
    IEventEdit? CreateEventEdit(bool isForReader);
}

/// <summary>Edits the events of one stream. Not thread safe.</summary>
internal interface IEventEdit
{
    /// <summary>Writes the JSON of an event in the dialect's form. False, and nothing is written, if it needs no change.</summary>
    bool TryEdit(ReadOnlyMemory<byte> data, JsonOutput output);

    /// <summary>Writes what the dialect requires before its end marker and the provider has not sent, as whole events.</summary>
    /// <param name="open">See <see cref="IUsageTap.OpenChoices"/>.</param>
    void WriteMissing(ulong open, JsonOutput output);

    /// <summary>The provider omits the dialect's end marker, so the gateway writes it.</summary>
    bool AddsEnd { get; }
}
