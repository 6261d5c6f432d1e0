using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Errors;
using Nano.Dialects.OpenAIResponses.Quirks;
using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Dialects.OpenAIResponses.Responses;
using Nano.Dialects.OpenAIResponses.Streams;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses;

/// <summary>
/// OpenAI Responses (https://platform.openai.com/docs/api-reference/responses), also served by xAI, Azure and others: both
/// the conversation and the response are lists of items.
/// </summary>
internal sealed class OpenAIResponsesDialect : IDialect
{
    public const string DialectName = DialectNames.OpenAIResponses;

    /// <summary>Seconds, if the provider sends no delay.</summary>
    private const string Soon = "5";

    /// <summary>The code of a spent quota, for which Codex does not retry a 429.</summary>
    private const string KnownQuota = "insufficient_quota";

    /// <summary>OpenAI's own dialect.</summary>
    public OpenAIResponsesDialect() { }

    /// <summary>The dialect at one provider.</summary>
    internal OpenAIResponsesDialect(ResponsesQuirks quirks) => Quirks = new ModelLimits(quirks);

    public string Name => DialectName;

    public IWireQuirks? Quirks { get; }

    public ITokenCounts TokenCounts => Requests.TokenCounts.Instance;

    public ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => RequestReader.Read(body);

    public void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        if (request.Origin == DialectName) RequestEcho.Write(request, target, output);
        else new RequestWriter(request, target, output, losses).Write();
    }

    public RequestMemo Adapt(ChatRequest request, IUpstreamDialect target, LossReport losses) => ForeignRequest.Adapt(request, losses);

    public string NameOfLoss(string member) => LossNames.Of(member);

    public ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage) => ResponseReader.Read(body, usage);

    public void WriteResponse(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses)
    {
        if (response.Origin == DialectName) ResponseEcho.Write(response, output);
        else ResponseWriter.Write(response, context, output, losses);
    }

    public IEventReader CreateEventReader(UsageRules usage) => new EventReader(usage);

    public IEventWriter CreateEventWriter(in ResponseContext context, JsonOutput output, LossReport losses) =>
        new EventWriter(context, output, losses);

    public bool TryRemoveSealedState(ReadOnlyMemory<byte> body, JsonOutput output, LossReport losses) => new SealedState(output).Run(body, losses);

    public IUsageTap CreateUsageTap(UsageRules usage) => new UsageTap(usage);

    /// <summary>Reads Chat's error objects.</summary>
    public ErrorDetails ReadError(ReadOnlySpan<byte> body) => ErrorObjectReader.Read(body);

    /// <summary>
    /// Codex sends a request 30 times on a 503, 6 times on most other statuses, and once on a 400; it waits only for the Retry-After of a 429, of any length
    /// (docs/clients.md). So an error that no retry can fix becomes a 400, and overload a 429.
    /// </summary>
    public GatewayError ForCaller(GatewayError error) => error switch
    {
        { Code: KnownQuota, Status: 429 } => error,
        // The last of several targets: another one may serve the next request (PlanErrors).
        { Kind: GatewayErrorKind.ProviderAuthFailed, IsFinal: false, Status: >= 500 } => error with { Status = 429, RetryAfter = error.RetryAfter ?? Soon },
        { IsFinal: true, Status: 402 or 429 or >= 500 } => error with { Status = 400, RetryAfter = null },
        { Status: 503 } => error with { Status = 429, RetryAfter = error.RetryAfter ?? Soon },
        { Status: 429, RetryAfter: null } => error with { RetryAfter = Soon },
        _ => error,
    };

    public void WriteError(GatewayError error, JsonOutput output) => ErrorObjectWriter.Write(error, output);

    /// <summary>Codex continues to read after <c>response.failed</c>, and would report the broken connection (docs/clients.md).</summary>
    public bool EndsFailedStreams => true;

    public void WriteStreamError(GatewayError error, JsonOutput output) => StreamErrorWriter.Write(error, default, output);

    public void WriteStreamError(GatewayError error, in StreamPlace place, JsonOutput output) => StreamErrorWriter.Write(error, place, output);
}
