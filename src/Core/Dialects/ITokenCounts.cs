using Nano.Json;

namespace Nano.Dialects;

/// <summary>
/// How a dialect's API counts the tokens of a request without generating a response: <c>count_tokens</c> of Anthropic,
/// <c>input_tokens</c> of OpenAI, <c>countTokens</c> of Google. A request for a count is a request for a response in another
/// wrapping, so that the dialects' request readers and writers convert it. Stateless; raises as a reader does.
/// </summary>
internal interface ITokenCounts
{
    /// <summary>The request for a response that a caller's request for a count contains.</summary>
    ReadOnlyMemory<byte> Unwrap(ReadOnlyMemory<byte> body);

    /// <summary>A provider's request for the count of a request for a response in this dialect.</summary>
    /// <param name="model">In the provider's own values.</param>
    void WriteRequest(ReadOnlyMemory<byte> request, string model, JsonOutput output);

    /// <summary>The count in a provider's response; null where there is none.</summary>
    long? ReadCount(ReadOnlyMemory<byte> body);

    /// <summary>A whole response for a caller.</summary>
    void WriteCount(long tokens, JsonOutput output);
}
