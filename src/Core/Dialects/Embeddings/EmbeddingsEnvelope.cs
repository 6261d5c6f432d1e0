using System.Text.Json;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>The envelope of a request in OpenAI's form.</summary>
internal sealed class EmbeddingsEnvelope : Envelope
{
    protected override GatewayError? Take(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body) =>
        reader.TextIs("model"u8) ? TakeModel(ref reader, body) : base.Take(ref reader, body);
}

/// <summary>The envelope of a Gemini request, whose path names the model. What the body calls the model is replaced by it.</summary>
internal sealed class GeminiEmbedEnvelope : Envelope
{
    /// <param name="model">From the path, decoded.</param>
    public GeminiEmbedEnvelope(string model) => Model = JsonText.From(model);
}
