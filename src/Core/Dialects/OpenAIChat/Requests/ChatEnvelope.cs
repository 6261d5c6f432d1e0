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

    protected override GatewayError? Take(ref JsonCursor cursor, ReadOnlyMemory<byte> body)
    {
        if (cursor.NameIs("model"u8)) return TakeModel(ref cursor, body);
        if (cursor.NameIs("stream"u8)) return TakeStream(ref cursor);
        if (cursor.NameIs("stream_options"u8))
        {
            if (_hasStreamOptions) return Twice("stream_options");
            _hasStreamOptions = true;
            _streamOptions = cursor.TakeRange();
            _includesUsage = new JsonSlice(body[_streamOptions]).Member("include_usage"u8).IsTrue;
            return null;
        }
        if (cursor.NameIs("models"u8))
        {
            if (_models is not null) return Twice("models");
            _models = cursor.TakeRange();
            return null;
        }
        if (cursor.NameIs("functions"u8))
        {
            _hasFunctions |= HoldsSomething(cursor.TakeValue().Span);
            return null;
        }
        if (cursor.NameIs("reasoning_effort"u8))
        {
            _namesReasoning = true;
            var effort = cursor.TakeValue();
            if (JsonEscaping.IndexOfHalf(effort.AsText().Span) >= 0) return NotText(effort.AsText(), body.Span);
            Reasoning = effort.IsNull ? ReasoningWish.None : effort.AsText().Is("none"u8) ? ReasoningWish.Off : ReasoningWish.Asked;
            return null;
        }
        if (cursor.NameIs("reasoning"u8) || cursor.NameIs("thinking"u8))
        {
            _namesReasoning = true;
            _hasReasoningObject |= !cursor.IsNull;
            cursor.Skip();
            return null;
        }
        _namesSampling |= IsSampling(cursor);
        return base.Take(ref cursor, body);
    }

    private static bool IsSampling(in JsonCursor cursor) => cursor.NameIs("temperature"u8) || cursor.NameIs("max_tokens"u8) || cursor.NameIs("top_p"u8)
        || cursor.NameIs("frequency_penalty"u8) || cursor.NameIs("presence_penalty"u8) || cursor.NameIs("logit_bias"u8) || cursor.NameIs("logprobs"u8)
        || cursor.NameIs("top_logprobs"u8) || cursor.NameIs("stop"u8);

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
