using Nano.Chat;
using Nano.Errors;

namespace Nano.Telemetry;

/// <summary>The usage of one attempt, for the usage record. Contains no prompt, no response and no key.</summary>
internal sealed class AttemptRecord
{
    /// <summary>The provider's id.</summary>
    public required string Provider { get; init; }

    /// <summary>OpenTelemetry's name of the provider: <c>openai</c>, <c>aws.bedrock</c>.</summary>
    public string ProviderName { get => field ?? Provider; init; }

    /// <summary>Why it was made.</summary>
    public AttemptKind Kind { get; set; }

    /// <summary>When it began; the default if no one needs it.</summary>
    public DateTimeOffset StartedAt { get; set; }

    /// <summary>The model that was sent upstream.</summary>
    public required string Model { get; init; }

    /// <summary>The dialect of the upstream request.</summary>
    public string? Dialect { get; set; }

    /// <summary>How often the request was sent: once, and once more after a refused key or a connection that never carried it.</summary>
    public int Sends { get; set; }

    /// <summary>The caller got its response.</summary>
    public bool IsCommitted { get; set; }

    /// <summary>Null when it did not fail.</summary>
    public string? Error { get; set => field = UsageRecord.Cut(value); }

    public GatewayErrorKind? ErrorKind { get; set; }

    /// <summary>The class of the failure; none for an attempt that did not fail or was given up.</summary>
    public FailureClass Failure { get; set; }

    /// <summary>The setting of the key that was used, if the provider has several.</summary>
    public string? Credential { get; init; }

    /// <summary>The deployment, with the setting of its key if the provider has several: <c>openai/gpt-5.5#OPENAI_API_KEY_2</c>.</summary>
    public string Deployment => Credential is null ? $"{Provider}/{Model}" : $"{Provider}/{Model}#{Credential}";

    /// <summary>
    /// The class of the failure; <c>hedge_lost</c> for the loser of a race; <c>cancelled</c> if the request ended before the response began; else <c>ok</c>.
    /// </summary>
    public string Outcome => Failure is not FailureClass.None ? FailureClasses.Name(Failure) : Error ?? (IsCommitted ? "ok" : "cancelled");

    /// <summary>Null: the provider did not report it.</summary>
    public Usage? Usage { get; set; }

    /// <summary>USD that were charged to the ledger for a complete response; null where no policy applies or no price is known.</summary>
    public decimal? Charged { get; set; }

    /// <inheritdoc cref="ChoiceFinishes.First"/>
    public FinishReason Finish { get; set; }

    /// <inheritdoc cref="ChoiceFinishes.All"/>
    public IReadOnlyList<FinishReason>? Finishes { get; set; }

    /// <summary>The model that the provider reports in its response.</summary>
    public string? ResponseModel { get; set => field = UsageRecord.Cut(value); }

    /// <summary>Events with content so far, for a stream whose usage was never reported.</summary>
    public int ContentEvents { get; set; }

    /// <summary>Milliseconds from the attempt's start to its end.</summary>
    public double Duration { get; set; }
}
