using Nano.Dialects;
using Nano.Dialects.Gemini;
using Nano.Json;
using Nano.Pipeline;
using Nano.Providers.Catalogue;

namespace Nano.Inbound;

/// <summary>Google's Gemini API. Its paths name the model and the method: <c>{model}:generateContent</c>, <c>{model}:streamGenerateContent</c>.</summary>
/// <param name="isJsonArray">Streams are a JSON array, as Google sends them without <c>alt=sse</c>.</param>
internal sealed class GeminiApi(IDialect dialect, bool isJsonArray = false) : IInboundApi
{
    private const string StreamMethod = "streamGenerateContent";

    public IDialect Dialect => dialect;

    /// <summary>
    /// Google's clients break on SSE comments, and chats of its SDKs forget a turn in which an event has no part: a keep-alive has an empty
    /// part (docs/gemini.md).
    /// </summary>
    public StreamFormat Stream { get; } = isJsonArray
        ? new() { ContentType = "application/json", IsJsonArray = true, KeepAlive = "\n"u8.ToArray(), AllowsComments = false }
        : new() { KeepAlive = "data: {\"candidates\":[{\"index\":0,\"content\":{\"role\":\"model\",\"parts\":[{\"thought\":true}]}}]}\n\n"u8.ToArray(), AllowsComments = false };

    /// <param name="parameter">The model and the method: <c>gemini-3.8-flash:generateContent</c>.</param>
    public Envelope CreateEnvelope(string parameter)
    {
        var colon = parameter.LastIndexOf(':');
        return colon < 0 ? new GeminiEnvelope(parameter, stream: false) : new GeminiEnvelope(parameter[..colon], parameter.AsSpan(colon + 1).SequenceEqual(StreamMethod));
    }

    public void WriteModels(IReadOnlyList<ModelInfo> models, DateTimeOffset now, JsonOutput output) => ModelsWriter.WriteGeminiList(models, now, output);

    public void WriteModel(ModelInfo model, DateTimeOffset now, JsonOutput output) => ModelsWriter.WriteGemini(model, now, output);
}
