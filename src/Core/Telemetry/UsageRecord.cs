using Nano.Chat;
using Nano.Errors;

namespace Nano.Telemetry;

/// <summary>The outcome of a request, for the record.</summary>
internal enum RequestOutcome
{
    /// <summary>Still open; no record shows it.</summary>
    Open,
    /// <summary>Completed.</summary>
    Ok,
    /// <summary>Refused or failed before a response began.</summary>
    Failed,
    /// <summary>The caller left; the usage so far is recorded.</summary>
    CallerGone,
    /// <summary>A stream failed after it had begun: the caller got an error event.</summary>
    Broken,
    /// <summary>The gateway was stopped before the response ended: the caller got an error; the usage so far is recorded.</summary>
    Stopped,
}

/// <summary>
/// The usage of one request. Written exactly once per request that passed authentication, whatever its outcome. Contains no prompt,
/// no response and no key.
/// </summary>
internal sealed class UsageRecord
{
    /// <summary>The maximum length of text from callers and providers in a record.</summary>
    public const int MaxWord = 128;

    public required string RequestId { get; init; }

    /// <summary>The caller's dialect.</summary>
    public required string Dialect { get; init; }

    /// <summary><c>chat</c>, <c>embeddings</c>, <c>count_tokens</c>, <c>compact</c> or <c>stored_response</c>.</summary>
    public string Operation { get; init; } = "chat";

    /// <summary>The dialect of the request to the provider; null if no deployment was found.</summary>
    public string? UpstreamDialect { get; set; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary><c>owner</c>, or <c>token:</c>, <c>key:</c> or <c>user:</c> and the id of the session token, the virtual key or the user of Entra ID.</summary>
    public required string Caller { get; init; }

    /// <summary>The team of the caller's virtual key; null for none.</summary>
    public string? Team { get; set => field = Cut(value); }

    /// <summary>How much of the caller's fullest budget was spent or reserved when the request was sent: 1 for all of it. Null without a budget.</summary>
    public double? BudgetUsed { get; set; }

    /// <summary>The alias that the caller named; null if it named a model.</summary>
    public string? Alias { get; set; }

    /// <summary>Null when no deployment was found for the model.</summary>
    public string? Provider { get; set; }

    /// <summary>OpenTelemetry's name of the provider; null when <see cref="Provider"/> is.</summary>
    public string? ProviderName { get => field ?? Provider; set; }

    /// <summary>The trace that the request belongs to, 32 hexadecimal digits; null if no traces are collected.</summary>
    public string? TraceId { get; set; }

    /// <summary>Milliseconds from the caller's last byte to the first byte that is sent upstream; null when nothing was sent.</summary>
    public double? Overhead { get; set; }

    /// <summary>Milliseconds from the request's arrival to its admission; null where nothing measures them.</summary>
    public double? Queued { get; set; }

    /// <summary>Keep-alives that the caller was sent.</summary>
    public int KeepAlives { get; set; }

    /// <summary>Ticks of the time provider that were spent on events of a stream; 0 if they are not measured.</summary>
    public long RelayTicks { get; set; }

    /// <summary>The model that was sent upstream.</summary>
    public string? Model { get; set => field = Cut(value); }

    /// <summary>The model's name as the catalogue lists it; null when it is not in the catalogue: then <see cref="Model"/> is any text from the caller.</summary>
    public string? ListedModel { get; set; }

    /// <summary>The model that the provider reports.</summary>
    public string? AnsweredModel { get; set => field = Cut(value); }

    /// <summary><see cref="AnsweredModel"/> as the catalogue lists it; null when it is not in the catalogue, or not reported.</summary>
    public string? ListedAnsweredModel { get; set; }

    public bool Stream { get; set; }

    /// <summary>The status that the caller got.</summary>
    public int Status { get; set; }

    public RequestOutcome Outcome { get; set; }

    /// <summary>The error's code, or its kind in snake case (<c>provider_failed</c>).</summary>
    public string? Error { get; set => field = Cut(value); }

    /// <summary>The error's kind, where it has one.</summary>
    public GatewayErrorKind? ErrorKind { get; set; }

    /// <summary>Null: the provider did not report it.</summary>
    public Usage? Usage { get; set; }

    /// <summary>USD; null: the price or the usage is not known, which is not zero.</summary>
    public decimal? Cost { get; set; }

    /// <summary><c>hit</c> or <c>miss</c>; null for a request that does not use the response cache. A hit has no attempt, and costs nothing.</summary>
    public string? Cache { get; set; }

    /// <inheritdoc cref="ChoiceFinishes.First"/>
    public FinishReason Finish { get; set; }

    /// <summary>Events with content that were forwarded, for a stream whose usage was never reported.</summary>
    public int ContentEvents { get; set; }

    public List<AttemptRecord> Attempts { get; } = new(1);

    /// <summary>How often the request was sent to providers, over all attempts.</summary>
    public int Sends
    {
        get
        {
            var sends = 0;
            foreach (var attempt in Attempts) sends += attempt.Sends;
            return sends;
        }
    }

    /// <summary>The targets of the route plan that got no attempt.</summary>
    public IReadOnlyList<SkippedTarget> Skipped { get; set; } = [];

    /// <summary>
    /// The targets that were skipped, and every attempt with its outcome, if there is more than one of them:
    /// <c>openai/gpt-5.5:skipped_rate_limit azure/gpt-5.5:ok</c>.
    /// </summary>
    public string? Tried => Attempts.Count < 2 && Skipped.Count == 0 ? null
        : string.Join(' ', [.. Skipped.Select(target => $"{target.Deployment}:skipped_{target.Reason}"), .. Attempts.Select(attempt => $"{attempt.Deployment}:{attempt.Outcome}")]);

    /// <summary>Milliseconds from the request's arrival to the first content.</summary>
    public double? TimeToFirstToken { get; set; }

    /// <summary>Milliseconds from the request's arrival to the end of the response.</summary>
    public double Duration { get; set; }

    /// <summary>What a conversion lost, as in <c>x-nano-loss</c>; null when nothing was lost.</summary>
    public string? Losses { get; set; }

    /// <summary>Copies the usage of the attempt whose response or error the caller got.</summary>
    internal void Take(AttemptRecord attempt)
    {
        (Provider, Model, UpstreamDialect, AnsweredModel) = (attempt.Provider, attempt.Model, attempt.Dialect, attempt.ResponseModel);
        (Usage, Finish, ContentEvents, ProviderName) = (attempt.Usage, attempt.Finish, attempt.ContentEvents, attempt.ProviderName);
    }

    internal static string? Cut(string? word) => word?.Length > MaxWord ? word[..MaxWord] : word;
}

/// <summary>A target of a route plan that got no attempt.</summary>
/// <param name="Deployment">As in <see cref="AttemptRecord.Deployment"/>.</param>
/// <param name="Reason">What it cooled down after (<c>rate_limit</c>, <c>quota</c>, ...), <c>drained</c> or <c>breaker_open</c>.</param>
internal sealed record SkippedTarget(string Deployment, string Reason);
