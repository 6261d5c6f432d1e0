using Nano.Chat;
using Nano.Dialects.CohereChat.Errors;
using Nano.Dialects.CohereChat.Requests;
using Nano.Dialects.CohereChat.Responses;
using Nano.Dialects.CohereChat.Streams;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.CohereChat;

/// <summary>
/// Cohere's Chat API, version 2 (<c>POST /v2/chat</c>, https://docs.cohere.com/reference/chat): turns as in OpenAI Chat, content
/// blocks as in Messages, a plan beside the calls, and sources for spans of the response. For providers only, not for callers.
/// </summary>
internal sealed class CohereChatDialect : IUpstreamDialect
{
    public const string DialectName = DialectNames.CohereChat;

    public string Name => DialectName;

    public void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses) =>
        new RequestWriter(request, target, output, losses).Write();

    public ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage) => ResponseReader.Read(body);

    public IEventReader CreateEventReader(UsageRules usage) => new EventReader();

    public ErrorDetails ReadError(ReadOnlySpan<byte> body) => Failures.Read(body);
}
