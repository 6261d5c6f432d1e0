using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>Vertex AI's text embeddings (cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api).</summary>
internal sealed class VertexPredict : IEmbeddingFormat
{
    public string Name => "vertex-predict";

    /// <summary>"gemini-embedding-001: each request can only include a single input text"; others take 250.</summary>
    public int MaxInputs(string model) => model.StartsWith("gemini-", StringComparison.Ordinal) ? 1 : 250;

    public bool TakesAsIs(EmbeddingRequest request) => false;

    public void WriteRequest(in EmbeddingPart part, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        var options = part.Options;
        var task = EmbeddingTasks.Google(options.Task);
        output.BeginObject();
        output.Name("instances"u8);
        output.BeginArray();
        for (var i = 0; i < part.Count; i++)
        {
            output.BeginObject();
            output.Name("content"u8);
            output.Text(EmbeddingCalls.TextOf(part[i], target.Model));
            if (task is not null) output.Member("task_type"u8, task);
            if (options.Title is { } title) output.Member("title"u8, title);
            output.EndObject();
        }
        output.EndArray();
        if (options.Dimensions is not null || options.Truncate is not null)
        {
            output.Name("parameters"u8);
            output.BeginObject();
            if (options.Dimensions is { } dimensions) output.Member("outputDimensionality"u8, dimensions);
            if (options.Truncate is { } truncate) output.Member("autoTruncate"u8, truncate);
            output.EndObject();
        }
        output.EndObject();
        EmbeddingLosses.Name(part, EmbeddingMembers.Dimensions | EmbeddingMembers.Title | EmbeddingMembers.Truncate | (task is null ? 0 : EmbeddingMembers.Task), Name, losses);
    }

    public EmbeddingResponse ReadResponse(ReadOnlyMemory<byte> body)
    {
        var vectors = new List<EmbeddingVector>();
        long? tokens = null;
        var predictions = new JsonSlice(body).Member("predictions"u8);
        var cursor = new JsonCursor(predictions.IsArray ? predictions.Memory : throw EmbeddingCalls.Malformed());
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var embeddings = cursor.TakeValue().Member("embeddings"u8);
            vectors.Add(EmbeddingVector.Of(embeddings.Member("values"u8)));
            if (Usage.Count(embeddings.Member("statistics"u8).Member("token_count"u8)) is { } count) tokens = (tokens ?? 0) + count;
        }
        return new EmbeddingResponse { Vectors = vectors, Tokens = tokens };
    }
}
