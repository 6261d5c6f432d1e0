using Nano.Chat;
using Nano.Dialects.AnthropicMessages.Errors;
using Nano.Dialects.AnthropicMessages.Requests;
using Nano.Dialects.AnthropicMessages.Responses;
using Nano.Dialects.AnthropicMessages.Streams;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages;

/// <summary>
/// The Messages API as hosted by a cloud platform: the model is in the address, not in the body, and the body has the
/// platform's version (platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai). Responses are the same as Anthropic's.
/// The dialect's name differs, since request bytes that are valid at Anthropic are not valid here.
/// </summary>
/// <param name="version">The value of <c>anthropic_version</c>: <c>vertex-2023-10-16</c>.</param>
internal sealed class HostedMessagesDialect(string version) : IUpstreamDialect
{
    public const string DialectName = AnthropicMessagesDialect.DialectName + "-hosted";

    public string Name => DialectName;

    public string Origin => AnthropicMessagesDialect.DialectName;

    public void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        if (request.Origin == AnthropicMessagesDialect.DialectName)
        {
            HostedMembers.Drop(request, losses);
            RequestEcho.Write(request, target, output, version);
        }
        else new RequestWriter(request, target, output, losses, version).Write();
    }

    public bool TakesToolName(ReadOnlySpan<byte> name) => ToolIds.IsGood(name, ToolWriter.MaxNameLength);

    public ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage) => ResponseReader.Read(body, usage);

    public IEventReader CreateEventReader(UsageRules usage) => new EventReader(usage);

    public ErrorDetails ReadError(ReadOnlySpan<byte> body) => ErrorCodec.Read(body);

    internal static void WriteHead(in RequestTarget target, string? hosted, JsonOutput output)
    {
        output.Name(hosted is null ? "model"u8 : "anthropic_version"u8);
        output.Text(hosted ?? target.Model);
    }
}
