using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>
/// <c>POST /v1/messages/count_tokens</c> (platform.claude.com/docs/en/api/messages-count-tokens): a request without the
/// members that only affect generation, which are refused there.
/// </summary>
internal sealed class TokenCounts : ITokenCounts
{
    private static readonly HashSet<string> Counted = [
        "model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "output_format", "cache_control", "context_management", "mcp_servers", "speed"];

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
        output.Name("input_tokens"u8);
        output.Number(tokens);
        output.EndObject();
    }
}
