using Nano.Dialects;
using Nano.Dialects.Embeddings;
using Nano.Pipeline;

namespace Nano.Inbound;

/// <summary>OpenAI Embeddings.</summary>
internal sealed class OpenAIEmbeddingsApi(IDialect errors) : ICallerFormat
{
    public IDialect Dialect => errors;

    public IEmbeddingCaller Embeddings => OpenAIEmbeddings.Plain;

    public StreamFormat Stream => StreamFormat.None;

    /// <param name="parameter">The model that the path names (Azure OpenAI's classic paths); empty if it names none.</param>
    public Envelope CreateEnvelope(string parameter) => new EmbeddingsEnvelope(parameter);
}

/// <summary>Gemini's <c>embedContent</c> and <c>batchEmbedContents</c>.</summary>
internal sealed class GeminiEmbedApi(IDialect errors, GeminiEmbed method) : ICallerFormat
{
    public IDialect Dialect => errors;

    public IEmbeddingCaller Embeddings => method;

    public StreamFormat Stream => StreamFormat.None;

    /// <param name="parameter">The model and the method: <c>gemini-embedding-001:embedContent</c>.</param>
    public Envelope CreateEnvelope(string parameter) => new GeminiEmbedEnvelope(parameter[..parameter.LastIndexOf(':')]);
}
