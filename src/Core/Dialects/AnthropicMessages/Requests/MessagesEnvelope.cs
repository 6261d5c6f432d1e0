using System.Text.Json;
using Nano.Dialects.AnthropicMessages.Requests;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages;

/// <summary>The envelope of a Messages request.</summary>
internal sealed class MessagesEnvelope : Envelope
{
    private bool _hasEffort;

    /// <summary>An effort is a wish for reasoning unless <c>thinking</c> turns it off, in any order of the two.</summary>
    public override ReasoningWish Reasoning
    {
        get => base.Reasoning == ReasoningWish.None && _hasEffort ? ReasoningWish.Asked : base.Reasoning;
        protected set => base.Reasoning = value;
    }

    protected override bool HoldsWebSearch(JsonSlice tools)
    {
        // Rare: most lists of tools are not read.
        if (!tools.IsArray || tools.Span.IndexOf(WebSearch.TypePrefix) < 0) return false;
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            if (WebSearch.Is(cursor.TakeValue())) return true;
        return false;
    }

    protected override GatewayError? Take(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        if (reader.TextIs("model"u8)) return TakeModel(ref reader, body);
        if (reader.TextIs("stream"u8)) return TakeStream(ref reader);
        if (reader.TextIs("output_config"u8))
        {
            _hasEffort = new JsonSlice(TakeValue(ref reader, body)).Member("effort"u8).HasValue;
            return null;
        }
        if (!reader.TextIs("thinking"u8)) return base.Take(ref reader, body);
        var thinking = new JsonSlice(TakeValue(ref reader, body));
        Reasoning = thinking.Member("type"u8).AsText().Is("disabled"u8) ? ReasoningWish.Off : thinking.HasValue ? ReasoningWish.Asked : ReasoningWish.None;
        return null;
    }
}
