using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>The envelope of a request in OpenAI's form.</summary>
/// <param name="model">The model in the path (Azure OpenAI's classic paths); empty if it has none.</param>
internal sealed class EmbeddingsEnvelope(string model) : Envelope(model)
{
    public override BodySplice Splice(ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> model, bool askForUsage) =>
        IsNamedByPathAlone ? BodySplice.WithNewModel(body, model) : base.Splice(body, model, askForUsage);

    protected override GatewayError? Take(ref JsonCursor cursor, ReadOnlyMemory<byte> body) =>
        cursor.NameIs("model"u8) ? TakeModel(ref cursor, body) : base.Take(ref cursor, body);
}

/// <summary>The envelope of a Gemini request, whose path names the model. It replaces any model in the body.</summary>
internal sealed class GeminiEmbedEnvelope : Envelope
{
    /// <param name="model">From the path, decoded.</param>
    public GeminiEmbedEnvelope(string model) => Model = JsonText.From(model);
}
