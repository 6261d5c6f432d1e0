using Microsoft.Extensions.Logging;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Secrets;

namespace Nano.Upstream;

/// <summary>
/// Keeps <see cref="ListedModels"/> filled, when somebody asks for models and not else: an idle gateway asks nobody.
/// <list type="bullet">
/// <item>A list is good for ten minutes. After that, who asks gets it as it is, and a new one is fetched meanwhile.</item>
/// <item>Only a provider that was never asked is waited for, all of them together, a moment and no longer: so that the first
/// answer is whole where providers are well, and comes at once where they are not.</item>
/// <item>One flight per provider: what callers ask here is no way to make the gateway ask there.</item>
/// <item>What fails changes nothing of what is known, and is tried again after pauses that grow.</item>
/// </list>
/// Thread safe.
/// </summary>
internal sealed partial class ModelLists(Router router, ListedModels listed, ModelsQuestion question, Heartbeat heartbeat, TimeProvider time, ILogger log)
{
    /// <summary>Models of one provider; what it lists after them is not shown.</summary>
    internal const int MaxModels = 2000;

    /// <summary>Bytes of one page: OpenRouter describes hundreds of models in one or two million.</summary>
    internal const int MaxPage = 8 * 1024 * 1024;

    internal const int MaxPages = 4;

    internal static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);
    internal static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1.5);

    /// <summary>All pages of one list.</summary>
    internal static readonly TimeSpan FlightLimit = TimeSpan.FromSeconds(8);

    /// <summary>After a first failure; twice as long after each further one, up to <see cref="Fresh"/>.</summary>
    internal static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Has lists fetched that are due. Returns at once, but for providers that were never asked (see above).</summary>
    /// <param name="only">The id of one provider; null for all.</param>
    public async ValueTask RefreshAsync(string? only, CancellationToken cancellationToken)
    {
        List<Task>? first = null;
        var wait = TimeSpan.Zero;
        foreach (var (provider, key) in await FindAsync(only, cancellationToken).ConfigureAwait(false))
        {
            if (provider.Lister?.Form is not { } form || router.BaseUrlOf(provider) is not { } baseUrl || !router.IsUsable(provider, key)) continue;
            var (flight, left) = Start(provider, form, baseUrl, key.Value);
            if (left <= TimeSpan.Zero) continue;
            (first ??= []).Add(flight);
            if (left > wait) wait = left;
        }
        if (first is null) return;
        try
        {
            await Task.WhenAll(first).WaitAsync(wait, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // They come when they come; the next answer has them.
        }
    }

    /// <summary>Completes when nothing is being fetched; for tests.</summary>
    internal Task IdleAsync()
    {
        lock (_lock) return Task.WhenAll(_entries.Values.Select(entry => entry.Flight));
    }

    private async ValueTask<IReadOnlyList<(Provider Provider, Secret Key)>> FindAsync(string? only, CancellationToken cancellationToken)
    {
        if (only is null) return await router.FindKeysAsync(cancellationToken).ConfigureAwait(false);
        return router.FindProvider(only) is { } provider ? [(provider, await router.FindKeyAsync(provider, cancellationToken).ConfigureAwait(false))] : [];
    }

    /// <summary>The flight of a provider's list, begun if it is due, and how long it may still be waited for.</summary>
    private (Task Flight, TimeSpan Left) Start(Provider provider, ModelListForm form, string baseUrl, string? key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(provider.Id, out var entry)) _entries.Add(provider.Id, entry = new Entry());
            if (entry.Flight.IsCompleted && (!entry.WasAsked || time.GetElapsedTime(entry.Since) >= entry.Pause))
            {
                entry.IsFirst = !entry.WasAsked;
                entry.WasAsked = true;
                entry.Since = time.GetTimestamp();
                // On a thread of the pool: nothing of it runs under the lock or on the asker's time.
                entry.Flight = Task.Run(() => FetchAsync(entry, provider, form, baseUrl, key), CancellationToken.None);
            }
            var isWaitedFor = entry.IsFirst && !entry.Flight.IsCompleted;
            return (entry.Flight, isWaitedFor ? FirstWait - time.GetElapsedTime(entry.Since) : TimeSpan.Zero);
        }
    }

    private async Task FetchAsync(Entry entry, Provider provider, ModelListForm form, string baseUrl, string? key)
    {
        string? problem;
        try
        {
            problem = await ReadAsync(provider, form, baseUrl, key).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            // A fault of ours must not stop the lists of this provider for good.
            problem = fault.GetType().Name;
        }
        lock (_lock)
        {
            entry.Failures = problem is null ? 0 : entry.Failures + 1;
            entry.Since = time.GetTimestamp();
            entry.Pause = problem is null ? Fresh : Pause(entry.Failures);
        }
        if (problem is not null && entry.Failures == 1) Log.Unread(log, provider.Id, problem);
    }

    /// <returns>What is wrong, without a word of the provider's; null when the list is kept.</returns>
    private async Task<string?> ReadAsync(Provider provider, ModelListForm form, string baseUrl, string? key)
    {
        using var clock = new RequestClock(heartbeat, CancellationToken.None);
        clock.Limit(FlightLimit);
        var reader = new ModelListReader(form, MaxModels);
        string? page = null;
        for (var pages = 0; pages < MaxPages; pages++)
        {
            using var answer = await question.AskAsync(provider, form.Address(baseUrl, page), key, MaxPage, clock).ConfigureAwait(false);
            if (clock.TimedOut) return $"it took longer than {FlightLimit.TotalSeconds} s";
            if (answer.Error is { } error) return error.Message;
            if (!answer.IsSuccess) return $"status {answer.Status}";
            if (answer.End != AnswerEnd.Whole) return answer.End == AnswerEnd.TooLong ? $"it is longer than {MaxPage} bytes" : "the answer broke off";
            if (!reader.TryRead(answer.Body.Written, out page)) return "the answer is no list of models";
            if (page is null || reader.Models.Count >= MaxModels) break;
        }
        // What no request could name is not shown, whatever it is.
        listed.Set(provider, router.Catalogue, reader.Models.Where(model => ModelName.IsPossible($"{provider.Id}/{model.Id}")));
        return null;
    }

    private static TimeSpan Pause(int failures) => TimeSpan.FromTicks(Math.Min(Fresh.Ticks, FirstPause.Ticks << Math.Min(failures - 1, 16)));

    private sealed class Entry
    {
        public Task Flight { get; set; } = Task.CompletedTask;

        public bool WasAsked { get; set; }

        /// <summary>The flight is the first one of all.</summary>
        public bool IsFirst { get; set; }

        /// <summary>When the flight began; after its end, when it ended.</summary>
        public long Since { get; set; }

        /// <summary>From its end to the next.</summary>
        public TimeSpan Pause { get; set; }

        public int Failures { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The list of models of {Provider} could not be read, and is tried again later: {Problem}")]
        public static partial void Unread(ILogger log, string provider, string problem);
    }
}
