using Nano.Chat;
using Nano.Errors;

namespace Nano.Telemetry;

/// <summary>What one attempt of a request used, for the usage record. Contains no prompt, no response and no key.</summary>
internal sealed class AttemptRecord
{
    /// <summary>The provider's id.</summary>
    public required string Provider { get; init; }

    /// <summary>The provider as OpenTelemetry names it: <c>openai</c>, <c>aws.bedrock</c>.</summary>
    public string ProviderName { get => field ?? Provider; init; }

    /// <summary>Why it was made.</summary>
    public AttemptKind Kind { get; set; }

    /// <summary>When it began; the default where nothing needs to know.</summary>
    public DateTimeOffset StartedAt { get; set; }

    /// <summary>The model that was sent upstream.</summary>
    public required string Model { get; init; }

    /// <summary>The dialect of the upstream request.</summary>
    public string? Dialect { get; set; }

    /// <summary>How often the request was sent: once, and once more after a refused key or a connection that never carried it.</summary>
    public int Sends { get; set; }

    /// <summary>Its response is the one that the caller got.</summary>
    public bool IsCommitted { get; set; }

    /// <summary>Null when it did not fail.</summary>
    public string? Error { get; set => field = UsageRecord.Cut(value); }

    public GatewayErrorKind? ErrorKind { get; set; }

    /// <summary>The class of the failure, where the route plan was asked what follows from it (<see cref="FailureClass"/>); else none.</summary>
    public FailureClass Failure { get; set; }

    /// <summary>The setting of the key that was used, where the provider has several.</summary>
    public string? Credential { get; init; }

    /// <summary>The deployment, with the setting of its key where the provider has several: <c>openai/gpt-5.5#OPENAI_API_KEY_2</c>.</summary>
    public string Deployment => Credential is null ? $"{Provider}/{Model}" : $"{Provider}/{Model}#{Credential}";

    /// <summary>The class of the failure, else the error, else <c>ok</c>.</summary>
    public string Outcome => Failure is not FailureClass.None ? FailureClasses.Name(Failure) : Error ?? "ok";

    /// <summary>Null: the provider did not report it.</summary>
    public Usage? Usage { get; set; }

    /// <summary>USD that the ledger was charged for a response that is complete; null where no policy applies or no price is known.</summary>
    public decimal? Charged { get; set; }

    public FinishReason Finish { get; set; }

    /// <summary>The model that the provider reports in its response.</summary>
    public string? ResponseModel { get; set => field = UsageRecord.Cut(value); }

    /// <summary>Events with content so far: what is known of a stream whose usage never came.</summary>
    public int ContentEvents { get; set; }

    /// <summary>Milliseconds from the attempt's start to its end.</summary>
    public double Duration { get; set; }
}
