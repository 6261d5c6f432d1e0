namespace Nano.State;

/// <summary>Requests of one caller with the same limits on this instance: whether it is hot, and its allotment. Thread safe.</summary>
internal sealed class HotCaller(Ledger ledger, StateTransactions transactions, TimeProvider time)
{
    /// <summary>An allotment is at most this part of every budget and every rate, so that little is reserved without being used.</summary>
    internal const int Part = 50;

    /// <summary>An allotment for fewer requests is not worth its round trips.</summary>
    internal const int MinRequests = 8;

    /// <summary>The size of an allotment, in seconds of requests at the current rate.</summary>
    internal const int Seconds = 5;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>After a refusal, requests go to the store for a while.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly List<Allotment> _lent = [];
    private Allotment? _current, _next;
    private Task _filling = Task.CompletedTask;
    private long _countedAt = time.GetTimestamp();
    private long _pausedAt;
    private long _count, _rate;
    private bool _isPaused, _isFilling, _hasEnded;

    /// <summary>Nothing is borrowed any more.</summary>
    public bool HasEnded => Volatile.Read(ref _hasEnded);

    /// <summary>The number of attempts that were reserved within its allotments and are not in the store yet.</summary>
    public int Unwritten
    {
        get { lock (_lock) return _lent.Sum(allotment => allotment.Unwritten); }
    }

    /// <summary>The allotments are of this ledger.</summary>
    public bool IsOf(Ledger other) => ledger == other;

    /// <summary>The borrowing in progress.</summary>
    public Task Filling => Volatile.Read(ref _filling);

    /// <summary>Takes a request out of the allotment. When that runs low, more is borrowed in the background.</summary>
    /// <param name="threshold">Requests per second that make a caller hot.</param>
    public ReserveResult? Take(Reservation reservation, int threshold)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            Count(now);
            var isLow = _next is null && (_current is null || _current.IsRetired || _current.IsLow);
            if (isLow && !_isFilling && !_hasEnded && Math.Max(_rate, _count) >= threshold && !(_isPaused && time.GetElapsedTime(_pausedAt, now) < Pause))
            {
                _isFilling = true;
                _filling = FillAsync(reservation);
            }
            while (_current is not null)
            {
                if (_current.Take(reservation, now) is { } taken) return taken;
                if (_next is null) return null;
                // The rest is too small for a request.
                _current.Retire();
                (_current, _next) = (_next, null);
            }
            return null;
        }
    }

    /// <summary>Ends it if the caller has sent no requests for a while and nothing is lent to it.</summary>
    /// <returns>Whether it has ended.</returns>
    public bool TryEnd()
    {
        lock (_lock)
        {
            if (_lent.Count > 0 || _isFilling || time.GetElapsedTime(_countedAt) <= Pause) return false;
            return _hasEnded = true;
        }
    }

    /// <summary>Writes usage and returns the rest, as far as no request in it is open. Nothing is borrowed from here on.</summary>
    public async ValueTask ReturnAsync()
    {
        Task filling;
        lock (_lock) (_hasEnded, filling) = (true, _filling);
        // Otherwise an allotment that is being borrowed would stay reserved, and be charged when its lease ends.
        await filling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Allotment[] lent;
        lock (_lock) lent = [.. _lent];
        foreach (var allotment in lent)
        {
            allotment.Retire();
            await allotment.TickAsync().ConfigureAwait(false);
        }
    }

    private void Count(long now)
    {
        var passed = time.GetElapsedTime(_countedAt, now);
        if (passed >= Second) (_rate, _count, _countedAt) = (passed < 2 * Second ? _count : 0, 0, now);
        _count++;
    }

    private async Task FillAsync(Reservation like)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Allotment? lent = null;
        try
        {
            if (Size(like) is not { } requests) return;
            var now = time.GetUtcNow();
            var request = SortableId.New(now);
            var wanted = like with
            {
                Attempt = StateKeys.AttemptId(request, 0),
                Details = new AttemptDetails { Request = request, Number = 0, StartedAt = now, Organization = like.Details.Organization, Team = like.Details.Team,
                    User = like.Details.User, Key = like.Details.Key },
                Estimate = new Amount(like.Estimate.NanoUsd * requests, like.Estimate.Tokens * requests),
                Rates = [.. like.Rates.Select(rate => rate with { Count = rate.Count * requests })],
                At = now,
                LeaseEnd = now + Allotment.Lease,
            };
            try
            {
                var result = await ledger.ReserveAsync(wanted, CancellationToken.None).ConfigureAwait(false);
                if (result.IsGranted) lent = new Allotment(ledger, transactions, time, wanted, result.Rates, requests);
            }
            catch (StateUnavailableException)
            {
                // It may have been borrowed: it is returned when the store works again.
                var unknown = new Allotment(ledger, transactions, time, wanted, [], requests);
                unknown.Retire();
                lock (_lock) _lent.Add(unknown);
                _ = RunAsync(unknown);
            }
        }
        finally
        {
            lock (_lock)
            {
                _isFilling = false;
                _isPaused = lent is null;
                if (lent is not null) _lent.Add(lent);
                if (lent is null) _pausedAt = time.GetTimestamp();
                else if (_current is null or { IsRetired: true }) _current = lent;
                else _next = lent;
            }
            if (lent is not null) _ = RunAsync(lent);
        }
    }

    private async Task RunAsync(Allotment allotment)
    {
        await allotment.RunAsync().ConfigureAwait(false);
        lock (_lock) _lent.Remove(allotment);
    }

    /// <summary>Requests for some seconds at the current rate, within the part of every limit that may be borrowed; null when that is too little.</summary>
    private long? Size(Reservation like)
    {
        long requests;
        lock (_lock) requests = Math.Max(MinRequests, Math.Max(_rate, _count) * Seconds);
        foreach (var counter in like.Counters)
            if (like.Estimate.NanoUsd > 0) requests = Math.Min(requests, counter.MaxNanoUsd / Part / like.Estimate.NanoUsd);
        foreach (var rate in like.Rates)
            if (rate.Count > 0) requests = Math.Min(requests, rate.PerMinute / Part / rate.Count);
        return requests >= MinRequests && like.Estimate != default ? requests : null;
    }
}
