using Nano.Dialects;
using Nano.Dialects.OpenAIResponses;
using Nano.Json;
using Nano.Pipeline;
using Nano.Providers.Catalogue;

namespace Nano.Inbound;

/// <summary>OpenAI Responses.</summary>
internal sealed class OpenAIResponsesApi(IDialect dialect) : IInboundApi
{
    public IDialect Dialect => dialect;

    /// <summary>The stream ends with <c>response.completed</c>, <c>.incomplete</c> or <c>.failed</c>, which are among its events.</summary>
    public StreamFormat Stream { get; } = new() { KeepAlive = ": keep-alive\n\n"u8.ToArray() };

    public Envelope CreateEnvelope(string parameter) => new ResponsesEnvelope();

    public void WriteModels(IReadOnlyList<ModelInfo> models, DateTimeOffset now, JsonOutput output) => ModelsWriter.WriteOpenAIList(models, now, output);

    public void WriteModel(ModelInfo model, DateTimeOffset now, JsonOutput output) => ModelsWriter.WriteOpenAI(model, now, output);
}
