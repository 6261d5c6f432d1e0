using System.Text.Json;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses;

/// <summary>The envelope of a Responses request.</summary>
internal sealed class ResponsesEnvelope : Envelope
{
    private bool _keeps;
    private bool _isBackground;
    private bool _namesSampling;
    private JsonText _effort;

    public override bool NamesReasoning => _effort.HasValue;

    public override JsonText Effort => _effort;

    public override bool NamesSampling => _namesSampling;

    public override bool HasStreamOptions => true;

    public override bool MayKeepResponse => true;

    /// <summary>
    /// True only for an explicit <c>store</c>: OpenAI also stores a response without it, but most callers never use it again, and its id
    /// passes unchanged.
    /// </summary>
    public override bool KeepsResponse => _keeps || _isBackground;

    public override bool IsBackground => _isBackground;

    protected override GatewayError? Take(ref JsonCursor cursor, ReadOnlyMemory<byte> body)
    {
        if (cursor.NameIs("model"u8)) return TakeModel(ref cursor, body);
        if (cursor.NameIs("stream"u8)) return TakeStream(ref cursor);
        var isStore = cursor.NameIs("store"u8);
        if (isStore || cursor.NameIs("background"u8))
        {
            if (isStore) _keeps |= cursor.Token == JsonTokenType.True;
            else _isBackground |= cursor.Token == JsonTokenType.True;
            cursor.Skip();
            return null;
        }
        if (cursor.NameIs("include"u8))
        {
            _namesSampling |= cursor.TakeValue().Span.IndexOf("logprobs"u8) >= 0;
            return null;
        }
        if (!cursor.NameIs("reasoning"u8))
        {
            _namesSampling |= cursor.NameIs("temperature"u8) || cursor.NameIs("top_p"u8) || cursor.NameIs("top_logprobs"u8);
            return base.Take(ref cursor, body);
        }
        var reasoning = cursor.TakeValue();
        _effort = reasoning.Member("effort"u8).AsText();
        Reasoning = _effort.Is("none"u8) ? ReasoningWish.Off : reasoning.HasValue ? ReasoningWish.Asked : ReasoningWish.None;
        return null;
    }
}
