using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects;

/// <summary>
/// How one provider's wire differs from the dialect that it speaks: edits of single members on their way out and back. On
/// the passthrough a body, answer or event without such a member passes as it came; elsewhere the dialect's own readers and
/// writers apply the edits (<see cref="IUpstreamDialect.Quirks"/>). Stateless and shared by requests.
/// </summary>
internal interface IWireQuirks
{
    /// <summary>Edits ask what the catalogue knows of the model (<see cref="RequestTarget.Traits"/>).</summary>
    bool AsksTraits { get; }

    /// <summary>False when a request is surely right as it is; a look that costs next to nothing.</summary>
    bool MayEdit(ReadOnlySpan<byte> body);

    /// <summary>
    /// Makes the provider's request of a request that is right in the dialect. False, and nothing is written, when they are
    /// the same. What the provider refuses and was left out, or was reached by other means, is named in
    /// <paramref name="losses"/>. Raises as a dialect's readers do.
    /// </summary>
    bool TryEditRequest(ReadOnlyMemory<byte> body, in RequestTarget target, JsonOutput output, LossReport losses);

    /// <summary>Makes a response that is right in the dialect of the provider's whole response. False, and nothing is written, when they are the same.</summary>
    /// <param name="isForReader">The dialect's reader gets it, and not a caller: what reports a failure stays, which callers get as an error.</param>
    bool TryEditResponse(ReadOnlyMemory<byte> body, JsonOutput output, bool isForReader);

    /// <summary>For one stream; null when its events need no edits.</summary>
    /// <inheritdoc cref="TryEditResponse" path="/param"/>
    IEventEdit? CreateEventEdit(bool isForReader);
}

/// <summary>Edits the events of one stream. Not thread safe.</summary>
internal interface IEventEdit
{
    /// <summary>The JSON of an event as the dialect has it. False, and nothing is written, when it passes as it is.</summary>
    bool TryEdit(ReadOnlyMemory<byte> data, JsonOutput output);

    /// <summary>The provider ends its streams without the dialect's end marker: it is written for it.</summary>
    bool AddsEnd { get; }
}
