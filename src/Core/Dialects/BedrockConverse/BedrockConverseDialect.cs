using Nano.Chat;
using Nano.Dialects.BedrockConverse.Errors;
using Nano.Dialects.BedrockConverse.Requests;
using Nano.Dialects.BedrockConverse.Responses;
using Nano.Dialects.BedrockConverse.Streams;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse;

/// <summary>
/// Amazon Bedrock's Converse API (<c>POST /model/{id}/converse</c> and <c>/converse-stream</c>): content blocks without a
/// type, distinguished by their only member; a streamed response is a binary event stream. It has no inbound API.
/// </summary>
/// <remarks>https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html</remarks>
internal sealed class BedrockConverseDialect : IUpstreamDialect
{
    public const string DialectName = DialectNames.BedrockConverse;

    public string Name => DialectName;

    public StreamFraming Framing => StreamFraming.AmazonEventStream;

    public void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses) =>
        new RequestWriter(request, target, output, losses).Write();

    public ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage) => ResponseReader.Read(body, usage);

    public IEventReader CreateEventReader(UsageRules usage) => new EventReader(usage);

    public ErrorDetails ReadError(ReadOnlySpan<byte> body) => ErrorReader.Read(body);
}
