using Nano.Chat;
using Nano.Dialects.AnthropicMessages.Errors;
using Nano.Dialects.AnthropicMessages.Requests;
using Nano.Dialects.AnthropicMessages.Responses;
using Nano.Dialects.AnthropicMessages.Streams;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages;

/// <summary>
/// Anthropic's Messages API, version 2023-06-01 (<c>POST /v1/messages</c>): content blocks, a system prompt beside the
/// turns, tool results inside user turns, and typed stream events.
/// </summary>
internal sealed class AnthropicMessagesDialect : IDialect
{
    public const string DialectName = DialectNames.AnthropicMessages;

    public string Name => DialectName;

    public ITokenCounts TokenCounts => Requests.TokenCounts.Instance;

    public ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => RequestReader.Read(body);

    public void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        if (request.Origin == DialectName) RequestEcho.Write(request, target, output);
        else new RequestWriter(request, target, output, losses).Write();
    }

    public RequestMemo? Adapt(ChatRequest request, IUpstreamDialect target, LossReport losses)
    {
        var names = CallerNames.Replace(request, target, losses);
        if (names is not null) ToolReferences.Rename(request, names);
        return names;
    }

    public bool TakesToolName(ReadOnlySpan<byte> name) => ToolIds.IsGood(name, ToolWriter.MaxNameLength);

    public ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage) => ResponseReader.Read(body, usage);

    public void WriteResponse(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses) =>
        ResponseWriter.Write(response, context, output, losses);

    public IEventReader CreateEventReader(UsageRules usage) => new EventReader(usage);

    public IEventWriter CreateEventWriter(in ResponseContext context, JsonOutput output, LossReport losses) =>
        new EventWriter(context, output, losses);

    public bool TryRemoveSealedState(ReadOnlyMemory<byte> body, JsonOutput output, LossReport losses) => new SealedState(output).Run(body, losses);

    public bool MayContainSealedState(ReadOnlySpan<byte> body) => SealedState.MayContain(body);

    public bool TryRepairEvent(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, JsonOutput output) => EventRepair.TryRepair(type, data, output);

    public string NameOfLoss(string member) => LossNames.Of(member);

    public void Generalize(ChatRequest request, ModelTraits? traits, LossReport losses) => Generalizer.Run(request, traits, losses);

    public void DropHeaders(Func<string, string?> header, LossReport losses) => BetaHeader.Drop(header, losses);

    public GatewayError ForCaller(GatewayError error) => ErrorCodec.ForCaller(error);

    public IUsageTap CreateUsageTap(UsageRules usage) => new UsageTap(usage);

    public ErrorDetails ReadError(ReadOnlySpan<byte> body) => ErrorCodec.Read(body);

    public void WriteError(GatewayError error, JsonOutput output) => ErrorCodec.Write(error, output);

    public void WriteStreamError(GatewayError error, JsonOutput output) => ErrorCodec.WriteEvent(error, output);
}
