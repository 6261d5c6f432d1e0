using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>
/// Gemini's <c>embedContent</c> (one input) and <c>batchEmbedContents</c> (several), for callers and providers
/// (ai.google.dev/api/embeddings).
/// </summary>
/// <param name="isBatch"><c>batchEmbedContents</c>.</param>
/// <param name="onVertex">Vertex AI's <c>embedContent</c>, which does not name the model in the body.</param>
internal sealed class GeminiEmbed(bool isBatch, bool onVertex = false) : IEmbeddingFormat, IEmbeddingCaller
{
    public static GeminiEmbed One { get; } = new(isBatch: false);

    public static GeminiEmbed Batch { get; } = new(isBatch: true);

    public static GeminiEmbed OnVertex { get; } = new(isBatch: false, onVertex: true);

    public const string OneName = "gemini-embed";
    public const string BatchName = "gemini-batch-embed";

    public string Name => isBatch ? BatchName : onVertex ? "gemini-embed-vertex" : OneName;

    /// <summary>"at most 100 requests can be in one batch".</summary>
    public int MaxInputs(string model) => isBatch ? 100 : 1;

    public bool TakesAsIs(EmbeddingRequest request) => !onVertex;

    public EmbeddingRequest ReadRequest(ReadOnlyMemory<byte> body) => GeminiEmbedReader.Read(body, isBatch);

    public BodySplice WriteSame(ReadOnlyMemory<byte> body, Envelope envelope, ReadOnlyMemory<byte> model, JsonOutput output)
    {
        // A model name has no character that JSON must escape (ModelName).
        GeminiEmbedReader.WriteWithModel(new JsonSlice(body), isBatch, model[1..^1], output);
        return BodySplice.Of(output.Written);
    }

    public void WriteRequest(in EmbeddingPart part, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        var task = EmbeddingTasks.Google(part.Options.Task);
        if (isBatch)
        {
            output.BeginObject();
            output.Name("requests"u8);
            output.BeginArray();
        }
        for (var i = 0; i < part.Count; i++) WriteOne(part[i], task, target.Model, output);
        if (isBatch)
        {
            output.EndArray();
            output.EndObject();
        }
        var carried = EmbeddingMembers.Dimensions | EmbeddingMembers.Title | (task is null ? 0 : EmbeddingMembers.Task) | (onVertex ? EmbeddingMembers.Truncate : 0);
        EmbeddingLosses.Name(part, carried, own: "", losses, isGemini: true);
    }

    private void WriteOne(in EmbeddingInput input, string? task, string model, JsonOutput output)
    {
        output.BeginObject();
        if (!onVertex) output.Member("model"u8, "models/" + model);
        output.Name("content"u8);
        if (input.Content.IsPresent && input.IsGeminiContent)
        {
            output.Raw(input.Content);
        }
        else
        {
            output.BeginObject();
            output.Name("parts"u8);
            output.BeginArray();
            output.BeginObject();
            output.Name("text"u8);
            output.Text(EmbeddingCalls.TextOf(input, model));
            output.EndObject();
            output.EndArray();
            output.EndObject();
        }
        if (task is not null) output.Member("taskType"u8, task);
        if (input.Options.Title is { } title) output.Member("title"u8, title);
        if (input.Options.Dimensions is { } dimensions) output.Member("outputDimensionality"u8, dimensions);
        if (onVertex && input.Options.Truncate is { } truncate) output.Member("autoTruncate"u8, truncate);
        output.EndObject();
    }

    public EmbeddingResponse ReadResponse(ReadOnlyMemory<byte> body)
    {
        var vectors = new List<EmbeddingVector>();
        long? tokens = null;
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("embedding"u8)) vectors.Add(EmbeddingVector.Of(cursor.TakeValue().Member("values"u8)));
            else if (cursor.NameIs("embeddings"u8)) ReadVectors(cursor.TakeValue(), vectors);
            else if (cursor.NameIs("usageMetadata"u8)) tokens = Usage.Count(cursor.TakeValue().Member("promptTokenCount"u8));
            else cursor.Skip();
        }
        cursor.ExpectEnd();
        return new EmbeddingResponse { Vectors = vectors, Tokens = tokens };
    }

    private static void ReadVectors(JsonSlice list, List<EmbeddingVector> vectors)
    {
        var cursor = new JsonCursor(list.IsArray ? list.Memory : throw EmbeddingCalls.Malformed());
        cursor.EnterArray();
        while (cursor.NextElement()) vectors.Add(EmbeddingVector.Of(cursor.TakeValue().Member("values"u8)));
    }

    public ResponseSketch Sketch(ReadOnlyMemory<byte> body)
    {
        var sketch = new ResponseSketch(body);
        while (sketch.NextMember(out var name, out var value))
        {
            if (name.AsText().Is("usageMetadata"u8)) sketch.Tokens = Usage.Count(ResponseSketch.Valid(value).Member("promptTokenCount"u8));
            else if (name.AsText().Is("error"u8)) sketch.IsError |= value.HasValue;
        }
        return sketch;
    }

    public void WriteResponse(EmbeddingResponse response, EmbeddingRequest request, string model, JsonOutput output)
    {
        output.BeginObject();
        output.Name(isBatch ? "embeddings"u8 : "embedding"u8);
        if (isBatch) output.BeginArray();
        foreach (var vector in response.Vectors)
        {
            output.BeginObject();
            output.Name("values"u8);
            VectorWriter.WriteNumbers(vector, output);
            output.EndObject();
        }
        if (isBatch) output.EndArray();
        if (response.Tokens is { } tokens)
        {
            output.Name("usageMetadata"u8);
            output.BeginObject();
            output.Member("promptTokenCount"u8, tokens);
            output.EndObject();
        }
        output.EndObject();
    }
}
