using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>
/// <c>POST /v1/responses/input_tokens</c> (platform.openai.com/docs/api-reference/responses/input-tokens;
/// openai-counttokens-one-sys-2d2fee): the members that this API documents.
/// </summary>
internal sealed class TokenCounts : ITokenCounts
{
    private static readonly HashSet<string> Counted = [
        "model", "input", "instructions", "conversation", "previous_response_id", "tools", "tool_choice", "parallel_tool_calls", "reasoning", "text", "truncation"];

    public static TokenCounts Instance { get; } = new();

    public ReadOnlyMemory<byte> Unwrap(ReadOnlyMemory<byte> body) => body;

    public void WriteRequest(ReadOnlyMemory<byte> request, string model, JsonOutput output)
    {
        output.BeginObject();
        TopLevelMembers.Copy(request, Counted, output);
        output.EndObject();
    }

    public long? ReadCount(ReadOnlyMemory<byte> body) => new JsonSlice(body).Member("input_tokens"u8).AsInt64();

    public void WriteCount(long tokens, JsonOutput output)
    {
        output.BeginObject();
        output.Name("object"u8);
        output.Literal("response.input_tokens"u8);
        output.Name("input_tokens"u8);
        output.Number(tokens);
        output.EndObject();
    }
}
