using Nano.Json;

namespace Nano.Dialects;

/// <summary>
/// How a dialect's API counts the tokens of a request without generating a response: <c>count_tokens</c> of Anthropic,
/// <c>input_tokens</c> of OpenAI, <c>countTokens</c> of Google. A request for a count wraps a normal request,
/// so the dialects' request readers and writers convert it. Stateless; raises the same exceptions as a reader.
/// </summary>
internal interface ITokenCounts
{
    /// <summary>The normal request inside a caller's request for a count.</summary>
    ReadOnlyMemory<byte> Unwrap(ReadOnlyMemory<byte> body);

    /// <summary>Writes a provider's request for the count of a normal request in this dialect.</summary>
    /// <param name="model">The provider's own model name.</param>
    void WriteRequest(ReadOnlyMemory<byte> request, string model, JsonOutput output);

    /// <summary>The count in a provider's response; null if there is none.</summary>
    long? ReadCount(ReadOnlyMemory<byte> body);

    /// <summary>A whole response for a caller.</summary>
    void WriteCount(long tokens, JsonOutput output);
}
