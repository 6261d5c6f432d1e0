using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Gemini;

/// <summary>
/// Google's <c>generateContent</c> and <c>streamGenerateContent?alt=sse</c>, at the Gemini API and at Vertex AI alike
/// (ai.google.dev/api/generate-content).
/// </summary>
/// <param name="onVertex">
/// For Vertex AI's v1 (cloud.google.com/vertex-ai/docs/reference/rest/v1/Content): its calls and results have no <c>id</c> and find
/// each other by their order, and the files of AI Studio are not there.
/// </param>
public sealed class GeminiDialect(bool onVertex = false) : IDialect
{
    public const string DialectName = DialectNames.Gemini;

    public string Name => DialectName;

    public ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => GeminiRequestReader.Read(body);

    public void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses) =>
        GeminiRequestWriter.Write(request, target, onVertex, output, losses);

    public ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage) => GeminiResponseReader.Read(body, usage);

    public void WriteResponse(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses) =>
        GeminiResponseWriter.Write(response, context, output, losses);

    public IEventReader CreateEventReader(UsageRules usage) => new GeminiEventReader(usage);

    public IEventWriter CreateEventWriter(in ResponseContext context, JsonOutput output, LossReport losses) =>
        new GeminiEventWriter(context, output, losses);

    public IUsageTap CreateUsageTap(UsageRules usage) => new GeminiUsageTap(usage);

    public ErrorDetails ReadError(ReadOnlySpan<byte> body) => GeminiErrors.Read(body);

    public void WriteError(GatewayError error, JsonOutput output) => GeminiErrors.Write(error, output);

    public void WriteStreamError(GatewayError error, JsonOutput output) => GeminiErrors.WriteEvent(error, output);
}
