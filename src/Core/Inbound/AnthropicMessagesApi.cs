using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Json;
using Nano.Pipeline;
using Nano.Providers.Catalogue;

namespace Nano.Inbound;

/// <summary>Anthropic Messages.</summary>
internal sealed class AnthropicMessagesApi(IDialect dialect) : IInboundApi
{
    public IDialect Dialect => dialect;

    /// <summary>Anthropic's own keep-alive (docs.anthropic.com, "Streaming Messages": ping events). The stream ends with <c>message_stop</c>.</summary>
    public StreamFormat Stream { get; } = new() { KeepAlive = "event: ping\ndata: {\"type\": \"ping\"}\n\n"u8.ToArray() };

    public RateHeaders RateHeaders => RateHeaders.Anthropic;

    public string RequestIdHeader => "request-id";

    public Envelope CreateEnvelope(string parameter) => new MessagesEnvelope();

    public void WriteModels(IReadOnlyList<ModelInfo> models, DateTimeOffset now, JsonOutput output) => ModelsWriter.WriteAnthropicList(models, now, output);

    public void WriteModel(ModelInfo model, DateTimeOffset now, JsonOutput output) => ModelsWriter.WriteAnthropic(model, now, output);
}
