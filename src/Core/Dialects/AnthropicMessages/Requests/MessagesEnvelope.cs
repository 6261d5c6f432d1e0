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

    protected override GatewayError? Take(ref JsonCursor cursor, ReadOnlyMemory<byte> body)
    {
        if (cursor.NameIs("model"u8)) return TakeModel(ref cursor, body);
        if (cursor.NameIs("stream"u8)) return TakeStream(ref cursor);
        if (cursor.NameIs("output_config"u8))
        {
            _hasEffort = cursor.TakeValue().Member("effort"u8).HasValue;
            return null;
        }
        if (!cursor.NameIs("thinking"u8)) return base.Take(ref cursor, body);
        var thinking = cursor.TakeValue();
        Reasoning = thinking.Member("type"u8).AsText().Is("disabled"u8) ? ReasoningWish.Off : thinking.HasValue ? ReasoningWish.Asked : ReasoningWish.None;
        return null;
    }
}
