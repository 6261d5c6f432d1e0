using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>Amazon Titan's text embeddings at Bedrock, one input per request (docs.aws.amazon.com/bedrock, "Amazon Titan Embeddings Text").</summary>
internal sealed class TitanEmbed : IEmbeddingFormat
{
    public string Name => "titan-embed";

    public int MaxInputs(string model) => 1;

    public bool TakesAsIs(EmbeddingRequest request) => false;

    public void WriteRequest(in EmbeddingPart part, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        var options = part.Options;
        output.BeginObject();
        output.Name("inputText"u8);
        output.Text(EmbeddingCalls.TextOf(part[0], target.Model));
        var carried = EmbeddingMembers.None;
        // The first version has one vector length.
        if (options.Dimensions is { } dimensions && !target.Model.Contains("titan-embed-text-v1", StringComparison.Ordinal))
        {
            output.Member("dimensions"u8, dimensions);
            carried = EmbeddingMembers.Dimensions;
        }
        output.EndObject();
        EmbeddingLosses.Name(part, carried, Name, losses);
    }

    public EmbeddingResponse ReadResponse(ReadOnlyMemory<byte> body)
    {
        EmbeddingVector? vector = null;
        long? tokens = null;
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("embedding"u8)) vector = EmbeddingVector.Of(cursor.TakeValue());
            else if (cursor.NameIs("inputTextTokenCount"u8)) tokens = Usage.Count(cursor.TakeValue());
            else cursor.Skip();
        }
        cursor.ExpectEnd();
        return new EmbeddingResponse { Vectors = vector is { } one ? [one] : [], Tokens = tokens };
    }
}
