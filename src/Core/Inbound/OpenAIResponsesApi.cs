using Nano.Dialects;
using Nano.Dialects.OpenAIResponses;
using Nano.Errors;
using Nano.Json;
using Nano.Pipeline;
using Nano.Providers.Catalogue;

namespace Nano.Inbound;

/// <summary>OpenAI Responses.</summary>
internal sealed class OpenAIResponsesApi(IDialect dialect) : IInboundApi
{
    /// <summary>Seconds, if the provider sends no delay.</summary>
    private const string Soon = "5";

    public IDialect Dialect => dialect;

    /// <summary>The stream ends with <c>response.completed</c>, <c>.incomplete</c> or <c>.failed</c>, which are among its events.</summary>
    public StreamFormat Stream { get; } = new() { KeepAlive = ": keep-alive\n\n"u8.ToArray() };

    public Envelope CreateEnvelope(string parameter) => new ResponsesEnvelope();

    /// <summary>
    /// Codex sends a request 30 times after a 503, six times after most other statuses, and waits only for the Retry-After of a 429 (docs/clients.md). So an error that no
    /// retry can fix is a 400, and overload is a 429.
    /// </summary>
    public GatewayError AsToldTo(GatewayError error) => error switch
    {
        { Kind: GatewayErrorKind.NotConfigured or GatewayErrorKind.ProviderAuthFailed, RetryAfter: null } => error with { Status = 400, IsFinal = true },
        { Status: 503 } => error with { Status = 429, RetryAfter = error.RetryAfter ?? Soon },
        { Status: 429, RetryAfter: null, IsFinal: false } when error.Code != "insufficient_quota" => error with { RetryAfter = Soon },
        _ => error,
    };

    public void WriteModels(IReadOnlyList<ModelInfo> models, DateTimeOffset now, JsonOutput output) => ModelsWriter.WriteOpenAIList(models, now, output);

    public void WriteModel(ModelInfo model, DateTimeOffset now, JsonOutput output) => ModelsWriter.WriteOpenAI(model, now, output);
}
