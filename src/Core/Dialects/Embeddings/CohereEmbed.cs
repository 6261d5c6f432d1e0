using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>
/// Cohere's Embed API, version 2 (docs.cohere.com/reference/embed), and Amazon Bedrock's variant: without a model in the
/// body, and with plain lists instead of lists by type (docs.aws.amazon.com/bedrock, "Cohere Embed").
/// </summary>
internal sealed class CohereEmbed(bool onBedrock) : IEmbeddingFormat
{
    /// <summary>The default task, for callers that do not set one: mandatory for every model since version 3.</summary>
    private const string DefaultTask = "search_document";

    public string Name => onBedrock ? "cohere-embed-bedrock" : "cohere-embed";

    public int MaxInputs(string model) => 96;

    public bool TakesAsIs(EmbeddingRequest request) => false;

    public void WriteRequest(in EmbeddingPart part, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        var options = part.Options;
        output.BeginObject();
        if (!onBedrock) output.Member("model"u8, target.Model);
        output.Name("texts"u8);
        output.BeginArray();
        for (var i = 0; i < part.Count; i++) output.Text(EmbeddingCalls.TextOf(part[i], target.Model));
        output.EndArray();
        var carried = EmbeddingMembers.Truncate;
        if (EmbeddingTasks.Cohere(options.Task) is { } task) carried |= EmbeddingMembers.Task;
        else task = DefaultTask;
        output.Member("input_type"u8, task);
        output.Member("embedding_types"u8, ["float"]);
        // Version 3 has one vector length per model.
        if (options.Dimensions is { } dimensions && !target.Model.Contains("-v3", StringComparison.Ordinal))
        {
            output.Member("output_dimension"u8, dimensions);
            carried |= EmbeddingMembers.Dimensions;
        }
        if (options.Truncate is { } truncate) output.Member("truncate"u8, truncate ? "END" : "NONE");
        output.EndObject();
        EmbeddingLosses.Name(part, carried, Name, losses);
    }

    public EmbeddingResponse ReadResponse(ReadOnlyMemory<byte> body)
    {
        var vectors = new List<EmbeddingVector>();
        long? tokens = null;
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("embeddings"u8))
            {
                var embeddings = cursor.TakeValue();
                ReadVectors(embeddings.IsArray ? embeddings : embeddings.Member("float"u8), vectors);
            }
            else if (cursor.NameIs("meta"u8))
            {
                tokens = Usage.Count(cursor.TakeValue().Member("billed_units"u8).Member("input_tokens"u8));
            }
            else
            {
                cursor.Skip();
            }
        }
        cursor.ExpectEnd();
        return new EmbeddingResponse { Vectors = vectors, Tokens = tokens };
    }

    private static void ReadVectors(JsonSlice list, List<EmbeddingVector> vectors)
    {
        var cursor = new JsonCursor(list.IsArray ? list.Memory : throw EmbeddingCalls.Malformed());
        cursor.EnterArray();
        while (cursor.NextElement()) vectors.Add(EmbeddingVector.Of(cursor.TakeValue()));
    }
}
