using System.Text.Json;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat;

/// <summary>The envelope of a Chat request.</summary>
/// <param name="model">The model in the path (Azure OpenAI's classic paths); empty if it has none.</param>
internal sealed class ChatEnvelope(string model = "") : Envelope(model)
{
    private static readonly byte[] OptionsMember = "\"stream_options\":{\"include_usage\":true},"u8.ToArray();
    private static readonly byte[] Options = "{\"include_usage\":true}"u8.ToArray();

    private Range? _models;
    private Range _streamOptions;
    private bool _hasStreamOptions;
    private bool _includesUsage;
    private bool _hasFunctions;
    private bool _hasReasoningObject;
    private bool _namesReasoning;
    private bool _namesSampling;

    public override bool HasTools => base.HasTools || _hasFunctions;

    public override ReasoningWish Reasoning
    {
        get => _hasReasoningObject ? ReasoningWish.Asked : base.Reasoning;
        protected set => base.Reasoning = value;
    }

    public override bool NamesReasoning => _namesReasoning;

    public override bool NamesSampling => _namesSampling;

    public override bool HasStreamOptions => true;

    public override Range? Models => _models;

    /// <summary><c>stream_options.include_usage</c> is true.</summary>
    public override bool WantsStreamUsage => _includesUsage;

    /// <summary>The request has the older <c>functions</c> and no <c>tools</c>.</summary>
    public override bool ReadsFunctionCall => _hasFunctions && !base.HasTools;

    /// <summary>Scans a body; exactly one of the result and <paramref name="envelope"/> is usable.</summary>
    public static GatewayError? TryRead(ReadOnlyMemory<byte> body, out ChatEnvelope envelope)
    {
        envelope = new ChatEnvelope();
        return envelope.Read(body);
    }

    public override BodySplice Splice(ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> model, bool askForUsage)
    {
        var splice = IsNamedByPathAlone ? BodySplice.WithNewModel(body, model) : base.Splice(body, model, askForUsage);
        if (!askForUsage || _includesUsage) return splice;
        // Directly after the opening brace: the object has at least the model, so a comma is needed.
        if (!_hasStreamOptions) return splice.Insert(body.Span.IndexOf((byte)'{') + 1, OptionsMember);
        if (IsNamedByPathAlone) return BodySplice.WithNewModel(body, model, _streamOptions, WithUsage(new JsonSlice(body[_streamOptions])));
        return BodySplice.WithModel(body, ModelSpan, model, _streamOptions, WithUsage(new JsonSlice(body[_streamOptions])));
    }

    protected override GatewayError? Take(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        if (reader.TextIs("model"u8)) return TakeModel(ref reader, body);
        if (reader.TextIs("stream"u8)) return TakeStream(ref reader);
        if (reader.TextIs("stream_options"u8))
        {
            if (_hasStreamOptions) return Twice("stream_options");
            _hasStreamOptions = true;
            _streamOptions = TakeSpan(ref reader);
            _includesUsage = new JsonSlice(body[_streamOptions]).Member("include_usage"u8).IsTrue;
            return null;
        }
        if (reader.TextIs("models"u8))
        {
            if (_models is not null) return Twice("models");
            _models = TakeSpan(ref reader);
            return null;
        }
        if (reader.TextIs("functions"u8))
        {
            _hasFunctions |= HoldsSomething(TakeValue(ref reader, body).Span);
            return null;
        }
        if (reader.TextIs("reasoning_effort"u8))
        {
            _namesReasoning = true;
            reader.Read();
            if (reader.TokenType == JsonTokenType.String && !reader.IsText()) return NotText(reader, body.Span);
            Reasoning = reader.TokenType == JsonTokenType.Null ? ReasoningWish.None
                : reader.TokenType == JsonTokenType.String && reader.TextIs("none"u8) ? ReasoningWish.Off
                : ReasoningWish.Asked;
            reader.Skip();
            return null;
        }
        if (reader.TextIs("reasoning"u8) || reader.TextIs("thinking"u8))
        {
            _namesReasoning = true;
            reader.Read();
            _hasReasoningObject |= reader.TokenType != JsonTokenType.Null;
            reader.Skip();
            return null;
        }
        _namesSampling |= IsSampling(reader);
        return base.Take(ref reader, body);
    }

    private static bool IsSampling(in Utf8JsonReader reader) => reader.TextIs("temperature"u8) || reader.TextIs("max_tokens"u8) || reader.TextIs("top_p"u8)
        || reader.TextIs("frequency_penalty"u8) || reader.TextIs("presence_penalty"u8) || reader.TextIs("logit_bias"u8) || reader.TextIs("logprobs"u8)
        || reader.TextIs("top_logprobs"u8) || reader.TextIs("stop"u8);

    /// <summary>The caller's stream options with usage switched on. Rare, so it may allocate.</summary>
    private static ReadOnlyMemory<byte> WithUsage(JsonSlice options)
    {
        if (!options.IsObject) return Options;
        using var output = new JsonOutput(options.Span.Length + 32);
        output.BeginObject();
        var cursor = new JsonCursor(options.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("include_usage"u8))
            {
                cursor.Skip();
                continue;
            }
            output.Name(cursor.Name);
            output.Raw(cursor.TakeValue());
        }
        output.Name("include_usage"u8);
        output.Boolean(true);
        output.EndObject();
        return output.WrittenSpan.ToArray();
    }
}
