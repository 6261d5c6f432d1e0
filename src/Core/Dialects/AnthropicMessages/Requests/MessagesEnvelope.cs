using System.Text.Json;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages;

/// <summary>The envelope of a Messages request.</summary>
internal sealed class MessagesEnvelope : Envelope
{
    protected override GatewayError? Take(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        if (reader.TextIs("model"u8)) return TakeModel(ref reader, body);
        if (reader.TextIs("stream"u8)) return TakeStream(ref reader);
        if (!reader.TextIs("thinking"u8)) return base.Take(ref reader, body);
        var thinking = new JsonSlice(TakeValue(ref reader, body));
        Reasoning = thinking.Member("type"u8).AsText().Is("disabled"u8) ? ReasoningWish.Off : thinking.HasValue ? ReasoningWish.Asked : ReasoningWish.None;
        return null;
    }
}
