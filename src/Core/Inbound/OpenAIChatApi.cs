using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Pipeline;
using Nano.Providers.Catalogue;

namespace Nano.Inbound;

/// <summary>OpenAI Chat Completions.</summary>
internal sealed class OpenAIChatApi(IDialect dialect) : IInboundApi
{
    public IDialect Dialect => dialect;

    /// <summary>An SSE comment resets the idle timer of every Chat client (docs/clients.md).</summary>
    public StreamFormat Stream { get; } = new() { KeepAlive = ": keep-alive\n\n"u8.ToArray(), EndMarker = "data: [DONE]\n\n"u8.ToArray() };

    /// <param name="parameter">The model that the path names (Azure OpenAI's classic paths); empty if it names none.</param>
    public Envelope CreateEnvelope(string parameter) => new ChatEnvelope(parameter);

    public void WriteModels(IReadOnlyList<ModelInfo> models, DateTimeOffset now, JsonOutput output) => ModelsWriter.WriteOpenAIList(models, now, output);

    public void WriteModel(ModelInfo model, DateTimeOffset now, JsonOutput output) => ModelsWriter.WriteOpenAI(model, now, output);
}
