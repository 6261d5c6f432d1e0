using System.Globalization;
using Nano.Chat;
using Nano.Errors;
using Nano.Governance;
using Nano.Providers;
using Nano.Reasoning;
using Nano.State;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// The attempts of an exchange whose caller has a policy: each is reserved before it is sent, extends its lease while it runs, and is charged
/// or released when it ends. A complete response is charged before its last bytes are sent to the caller, whose next request may follow at once.
/// </summary>
internal sealed class GovernedAttempts(Exchange exchange, CallerPolicy policy, Governor governor, Heartbeat heartbeat) : Heartbeat.Member, IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(Attempt Attempt, Grant Grant)> _grants = new(1);
    private long _renewAt = long.MaxValue;
    private readonly RequestAttribution _attribution = new();
    private RequestSize? _size;
    private bool _isCounted;
    private bool _isAdded;

    /// <summary>An attempt begins. The first one measures the request, whose body may have been released when the attempt is reserved.</summary>
    public void Begin() => _size ??= SizeOf(exchange.Body);

    public async ValueTask<GatewayError?> ReserveAsync(Attempt attempt)
    {
        var record = exchange.Record;
        var details = DetailsOf(record.Attempts.IndexOf(attempt.Record), attempt.Provider.Id, attempt.Deployment.Model);
        // Attempts of one exchange are one request.
        var isFirst = !_isCounted;
        _isCounted = true;
        var (grant, refused, rates) = await governor.ReserveAsync(policy, details, attempt.Deployment, _size!.Value, isFirst);
        // First of all: whatever is raised from here on, the grant is closed with its attempt.
        if (grant is not null) Keep(attempt, grant);
        // Beside another attempt, a keep-alive may be sending the headers at this moment.
        if (attempt.Beside is null) WriteRates(rates);
        record.Team = policy.Team;
        if (grant is null) return refused;
        record.BudgetUsed = grant.BudgetUsed ?? record.BudgetUsed;
        return null;
    }

    private void Keep(Attempt attempt, Grant grant)
    {
        lock (_lock)
        {
            _grants.Add((attempt, grant));
            Volatile.Write(ref _renewAt, heartbeat.Now + (long)Governor.RenewPeriod.TotalMilliseconds);
            if (_isAdded) return;
            _isAdded = true;
        }
        heartbeat.Add(this);
    }

    /// <summary>Books a response that does not belong to an attempt and costs nothing. Returns an error if the caller may not have it.</summary>
    public async ValueTask<GatewayError?> BookFreeAsync(string provider, string model, Usage? usage)
    {
        var size = RequestSize.Of(exchange.Body, _attribution);
        var (refused, rates) = await governor.BookFreeAsync(policy, DetailsOf(0, provider, model), usage, size.Input);
        WriteRates(rates);
        return refused;
    }

    /// <summary>The provider has responded with a success status.</summary>
    public void NoteResponse(Attempt attempt)
    {
        if (GrantOf(attempt) is { } grant) grant.HasResponse = true;
    }

    /// <summary>The response is complete, and its last bytes are about to be sent to the caller.</summary>
    /// <param name="isDrained">Its caller has left. Without usage, it is charged when the attempt is closed, as one that was not read on.</param>
    /// <returns>The cost in USD, formatted for a header or a comment; null when it is not known.</returns>
    public async ValueTask<string?> SettleAsync(Attempt attempt, bool isDrained)
    {
        if (GrantOf(attempt) is not { } grant) return null;
        var record = attempt.Record;
        if (isDrained && record.Usage is not { InputTokens: not null, OutputTokens: not null }) return null;
        await grant.SettleAsync(record.Usage, record.ContentEvents, record.ResponseModel, isWhole: true, isDrained ? RequestClock.CallerLeft : "ok", LossesOf(attempt));
        record.Charged = grant.Cost;
        return grant.Cost?.ToString("0.#########", CultureInfo.InvariantCulture);
    }

    /// <summary>The attempt is over.</summary>
    public async ValueTask CloseAsync(Attempt attempt)
    {
        if (GrantOf(attempt) is not { IsClosed: false } grant) return;
        var record = attempt.Record;
        var outcome = record.Error ?? exchange.Clock.EndedBy ?? RequestClock.CallerLeft;
        if (IsUnserved(grant, attempt)) await grant.ReleaseAsync(outcome);
        else
            await grant.SettleAsync(record.Usage, record.ContentEvents, record.ResponseModel, isWhole: false, outcome, LossesOf(attempt),
                goesOn: GoesOn(grant, attempt));
    }

    /// <summary>The row that a response in the background is charged in when it is retrieved; null for other responses.</summary>
    public ChargedRow? RowOf(Attempt attempt) => GrantOf(attempt) is { IsBackground: true, Row: var (partition, id) } ? new ChargedRow(partition, id) : null;

    public override bool IsDue(long now) => now >= Volatile.Read(ref _renewAt);

    public override void OnDue(long now)
    {
        Volatile.Write(ref _renewAt, now + (long)Governor.RenewPeriod.TotalMilliseconds);
        lock (_lock)
        {
            // The governor raises nothing, and nothing waits for it.
            foreach (var (_, grant) in _grants) _ = grant.RenewAsync().AsTask();
        }
    }

    public void Dispose()
    {
        if (_isAdded) heartbeat.Remove(this);
    }

    /// <summary>
    /// Nothing is charged for a request that was not sent or that the provider refused, even by an error in a response with a success status. A request
    /// with an unknown outcome (a timeout, a response that broke off, a caller who left, a stop) is charged for its input. Reported usage is charged: of several
    /// requests to embed, one may fail when others were served.
    /// </summary>
    private static bool IsUnserved(Grant grant, Attempt attempt)
    {
        var record = attempt.Record;
        if (record.Usage is not null) return false;
        if (!grant.HasResponse) return record.Sends == attempt.UnservedSends || record.ErrorKind is not (null or GatewayErrorKind.ProviderTimeout or GatewayErrorKind.Stopping);
        return record.ContentEvents == 0 && HasFailed(attempt);
    }

    /// <summary>
    /// The provider generates the rest of the response, and its caller has the id or has left. An attempt that failed before its id was sent is one that
    /// another attempt may replace: it is charged as other requests with an unknown outcome.
    /// </summary>
    private static bool GoesOn(Grant grant, Attempt attempt) =>
        grant.IsBackground && grant.HasResponse && !HasFailed(attempt) && (attempt.IsCommitted || attempt.Record.ErrorKind is null);

    /// <summary>The provider has ended the response with an error.</summary>
    private static bool HasFailed(Attempt attempt) => attempt.Record.ErrorKind is
        GatewayErrorKind.ProviderRejected or GatewayErrorKind.ProviderFailed or GatewayErrorKind.ProviderLimited or GatewayErrorKind.ProviderAuthFailed;

    /// <summary>Embeddings have no output tokens.</summary>
    private RequestSize SizeOf(ReadOnlyMemory<byte> body)
    {
        var size = RequestSize.Of(body, _attribution);
        return exchange.Operation == Operation.Embeddings ? size with { Limit = 0, Choices = 1 } : size;
    }

    private AttemptDetails DetailsOf(int number, string provider, string model) => new()
    {
        Request = exchange.Record.RequestId,
        Number = number,
        StartedAt = exchange.Record.StartedAt,
        Session = ClientSession.OfAgent(exchange),
        Tags = exchange.Header("x-nano-tags"),
        EndUser = _attribution.EndUser,
        Metadata = _attribution.Metadata,
        Provider = provider,
        Model = model,
        Dialect = exchange.Record.Dialect,
        Stream = exchange.Record.Stream,
        IsBackground = exchange.Envelope.IsBackground,
        Cache = exchange.Record.Cache,
    };

    private void WriteRates(IReadOnlyList<RateState> rates)
    {
        if (rates.Count > 0 && !exchange.HasResponseStarted) exchange.Format.RateHeaders.Write(rates, exchange.Record.StartedAt, exchange.Context.Response.Headers);
    }

    private Grant? GrantOf(Attempt attempt)
    {
        lock (_lock)
        {
            foreach (var (of, grant) in _grants) if (of == attempt) return grant;
            return null;
        }
    }

    private static string? LossesOf(Attempt attempt) => attempt.Losses.IsEmpty ? null
        : attempt.Losses.ToString() is { Length: > 1000 } text ? text[..1000] : attempt.Losses.ToString();
}
