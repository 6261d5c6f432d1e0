using Nano.Chat;
using Nano.Dialects.Gemini.Errors;
using Nano.Dialects.Gemini.Requests;
using Nano.Dialects.Gemini.Responses;
using Nano.Dialects.Gemini.Streams;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Gemini;

/// <summary>
/// Google's <c>generateContent</c> and <c>streamGenerateContent?alt=sse</c>, of the Gemini API and of Vertex AI
/// (ai.google.dev/api/generate-content).
/// </summary>
/// <param name="onVertex">
/// For Vertex AI's v1 (cloud.google.com/vertex-ai/docs/reference/rest/v1/Content): its calls and results have no <c>id</c> and are
/// matched by their order, and AI Studio's files are not available.
/// </param>
internal sealed class GeminiDialect(bool onVertex = false) : IDialect
{
    public const string DialectName = DialectNames.Gemini;
    public const string VertexDialectName = DialectName + "-vertex";

    public string Name => onVertex ? VertexDialectName : DialectName;

    public string Origin => DialectName;

    public ITokenCounts TokenCounts => onVertex ? Requests.TokenCounts.OfVertex : Requests.TokenCounts.OfStudio;

    public ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => RequestReader.Read(body);

    public void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses) =>
        RequestWriter.Write(request, target, onVertex, output, losses);

    public RequestMemo? Adapt(ChatRequest request, IUpstreamDialect target, LossReport losses) => CallerNames.Replace(request, target, losses);

    public bool TakesToolName(ReadOnlySpan<byte> name) => ToolNames.IsGoodForGemini(name, ToolNames.GeminiLength);

    public ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage) => ResponseReader.Read(body, usage);

    public void WriteResponse(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses) =>
        ResponseWriter.Write(response, context, output, losses);

    public string NameOfLoss(string member) => LossNames.Of(member);

    public void Generalize(ChatRequest request, ModelTraits? traits, LossReport losses)
    {
        ResultGeneralizer.Run(request);
        SchemaGeneralizer.Run(request);
        WebSearch.Generalize(request.Tools, losses);
    }

    public IEventReader CreateEventReader(UsageRules usage) => new EventReader(usage);

    public IEventWriter CreateEventWriter(in ResponseContext context, JsonOutput output, LossReport losses) =>
        new EventWriter(context, output, losses);

    public bool TryRemoveSealedState(ReadOnlyMemory<byte> body, JsonOutput output, LossReport losses) => new SealedState(output).Run(body, losses);

    public bool MayContainSealedState(ReadOnlySpan<byte> body) => SealedState.MayContain(body);

    public bool MayContainSeal(ReadOnlySpan<byte> body) => SealedState.MayContainSeal(body);

    public IUsageTap CreateUsageTap(UsageRules usage) => new UsageTap(usage);

    public ErrorDetails ReadError(ReadOnlySpan<byte> body) => ErrorCodec.Read(body);

    public void WriteError(GatewayError error, JsonOutput output) => ErrorCodec.Write(error, output);

    public void WriteStreamError(GatewayError error, JsonOutput output) => ErrorCodec.WriteEvent(error, output);
}
