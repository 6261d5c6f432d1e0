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

    protected override GatewayError? Take(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        if (reader.TextIs("model"u8)) return TakeModel(ref reader, body);
        if (reader.TextIs("stream"u8)) return TakeStream(ref reader);
        var isStore = reader.TextIs("store"u8);
        if (isStore || reader.TextIs("background"u8))
        {
            reader.Read();
            if (isStore) _keeps |= reader.TokenType == JsonTokenType.True;
            else _isBackground |= reader.TokenType == JsonTokenType.True;
            reader.Skip();
            return null;
        }
        if (reader.TextIs("include"u8))
        {
            _namesSampling |= TakeValue(ref reader, body).Span.IndexOf("logprobs"u8) >= 0;
            return null;
        }
        if (!reader.TextIs("reasoning"u8))
        {
            _namesSampling |= reader.TextIs("temperature"u8) || reader.TextIs("top_p"u8) || reader.TextIs("top_logprobs"u8);
            return base.Take(ref reader, body);
        }
        var reasoning = new JsonSlice(TakeValue(ref reader, body));
        _effort = reasoning.Member("effort"u8).AsText();
        Reasoning = _effort.Is("none"u8) ? ReasoningWish.Off : reasoning.HasValue ? ReasoningWish.Asked : ReasoningWish.None;
        return null;
    }
}
