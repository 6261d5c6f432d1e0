using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>An embeddings API of providers: requests are written, responses are read. Stateless.</summary>
/// <remarks>As with a dialect, malformed JSON may raise exceptions; <see cref="EmbeddingCalls"/>, the only caller, turns them into errors.</remarks>
internal interface IEmbeddingFormat
{
    /// <summary>A stable name: <c>openai-embeddings</c>, <c>gemini-embed</c>, <c>cohere-embed</c>. Two APIs with the same name use the passthrough.</summary>
    string Name { get; }

    /// <summary>The maximum number of inputs per request to a model.</summary>
    int MaxInputs(string model);

    /// <summary>Inputs may be token ids of OpenAI's tokenizer. Other APIs accept only text.</summary>
    bool TakesTokens => false;

    /// <summary>Whether a request of the same API is valid for the provider unchanged, except for the model's name.</summary>
    bool TakesAsIs(EmbeddingRequest request);

    /// <summary>Writes a request for some of a request's inputs, which share their options.</summary>
    void WriteRequest(in EmbeddingPart part, in RequestTarget target, JsonOutput output, LossReport losses);

    /// <summary>Reads a whole response with a success status.</summary>
    EmbeddingResponse ReadResponse(ReadOnlyMemory<byte> body);
}

/// <summary>An embeddings API for callers: requests are read, responses are written. Stateless.</summary>
internal interface IEmbeddingCaller
{
    /// <inheritdoc cref="IEmbeddingFormat.Name"/>
    string Name { get; }

    EmbeddingRequest ReadRequest(ReadOnlyMemory<byte> body);

    /// <summary>The caller's own body with the provider's name of the model.</summary>
    /// <param name="envelope">The body's envelope.</param>
    /// <param name="model">As a JSON string, quotes included.</param>
    /// <param name="output">For a body that must be rewritten; the result may borrow from it.</param>
    BodySplice WriteSame(ReadOnlyMemory<byte> body, Envelope envelope, ReadOnlyMemory<byte> model, JsonOutput output);

    /// <summary>Reads the metadata of a response in the same format, without its numbers.</summary>
    ResponseSketch Sketch(ReadOnlyMemory<byte> body);

    /// <summary>Writes the whole response: all vectors of the request, in order.</summary>
    void WriteResponse(EmbeddingResponse response, EmbeddingRequest request, string model, JsonOutput output);
}

/// <summary>Neighbouring inputs of a request with the same options.</summary>
internal readonly record struct EmbeddingPart(EmbeddingRequest Request, int Start, int Count)
{
    public EmbeddingOptions Options => Request.Inputs[Start].Options;

    public EmbeddingInput this[int index] => Request.Inputs[Start + index];
}
