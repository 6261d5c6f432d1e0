using System.Text.Json;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses;

/// <summary>The envelope of a Responses request.</summary>
internal sealed class ResponsesEnvelope : Envelope
{
    private bool _keeps;

    public override bool HasStreamOptions => true;

    public override bool MayKeepResponse => true;

    /// <summary>
    /// True only for an explicit <c>store</c>: OpenAI also stores a response without it, but most callers never use it again, and its id
    /// passes unchanged.
    /// </summary>
    public override bool KeepsResponse => _keeps;

    protected override GatewayError? Take(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        if (reader.TextIs("model"u8)) return TakeModel(ref reader, body);
        if (reader.TextIs("stream"u8)) return TakeStream(ref reader);
        if (reader.TextIs("store"u8) || reader.TextIs("background"u8))
        {
            reader.Read();
            _keeps |= reader.TokenType == JsonTokenType.True;
            reader.Skip();
            return null;
        }
        if (!reader.TextIs("reasoning"u8)) return base.Take(ref reader, body);
        var reasoning = new JsonSlice(TakeValue(ref reader, body));
        var effort = reasoning.Member("effort"u8);
        Reasoning = effort.AsText().Is("none"u8) ? ReasoningWish.Off : reasoning.HasValue ? ReasoningWish.Asked : ReasoningWish.None;
        return null;
    }
}
