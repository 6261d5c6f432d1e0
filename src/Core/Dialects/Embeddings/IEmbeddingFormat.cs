using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>An embeddings API as providers offer it: requests are written, responses read. Stateless.</summary>
/// <remarks>As with a dialect, malformed JSON may raise inside; <see cref="EmbeddingCalls"/> makes a value of it, and nothing else calls these.</remarks>
internal interface IEmbeddingFormat
{
    /// <summary>A stable name: <c>openai-embeddings</c>, <c>gemini-embed</c>, <c>cohere-embed</c>. Two APIs of one name exchange bytes.</summary>
    string Name { get; }

    /// <summary>The most inputs of one request to a model.</summary>
    int MaxInputs(string model);

    /// <summary>Inputs may be token ids of OpenAI's tokenizer. Others are given text.</summary>
    bool TakesTokens => false;

    /// <summary>A request of a caller of the same API is right for the provider as it came, but for the model's name.</summary>
    bool TakesAsIs(EmbeddingRequest request);

    /// <summary>A request for some of a request's inputs, which share their options.</summary>
    void WriteRequest(in EmbeddingPart part, in RequestTarget target, JsonOutput output, LossReport losses);

    /// <summary>A whole response with a success status.</summary>
    EmbeddingResponse ReadResponse(ReadOnlyMemory<byte> body);
}

/// <summary>An embeddings API as callers use it: requests are read, responses written. Stateless.</summary>
internal interface IEmbeddingCaller
{
    /// <inheritdoc cref="IEmbeddingFormat.Name"/>
    string Name { get; }

    EmbeddingRequest ReadRequest(ReadOnlyMemory<byte> body);

    /// <summary>The caller's own body with the provider's name of the model.</summary>
    /// <param name="envelope">That of the body.</param>
    /// <param name="model">As a JSON string, quotes included.</param>
    /// <param name="output">For a body that has to be written anew; the result may borrow from it.</param>
    BodySplice WriteSame(ReadOnlyMemory<byte> body, Envelope envelope, ReadOnlyMemory<byte> model, JsonOutput output);

    /// <summary>What a response in the same format reports, without reading its numbers.</summary>
    ResponseSketch Sketch(ReadOnlyMemory<byte> body);

    /// <summary>The whole response; all vectors of the request, in order.</summary>
    void WriteResponse(EmbeddingResponse response, EmbeddingRequest request, string model, JsonOutput output);
}

/// <summary>Neighbouring inputs of a request with the same options.</summary>
internal readonly record struct EmbeddingPart(EmbeddingRequest Request, int Start, int Count)
{
    public EmbeddingOptions Options => Request.Inputs[Start].Options;

    public EmbeddingInput this[int index] => Request.Inputs[Start + index];
}
