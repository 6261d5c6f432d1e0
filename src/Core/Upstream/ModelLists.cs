using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Secrets;
using Nano.Timing;

namespace Nano.Upstream;

/// <summary>
/// Keeps <see cref="ListedModels"/> filled: one <see cref="Refreshing{T}"/> per provider, read only when a client asks for
/// models. A list is fresh for ten minutes. Only providers that were never read are waited for, all in parallel and only
/// briefly: the first response is complete if providers respond quickly, and is not delayed if they do not. Thread safe.
/// </summary>
internal sealed partial class ModelLists(Router router, ListedModels listed, ModelsQuestion question, Heartbeat heartbeat, TimeProvider time, ILogger log)
{
    /// <summary>The most models of one provider; further ones are not shown.</summary>
    internal const int MaxModels = 2000;

    /// <summary>Bytes of one page: OpenRouter describes hundreds of models in one or two million.</summary>
    internal const int MaxPage = 8 * 1024 * 1024;

    internal const int MaxPages = 4;

    internal static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);
    internal static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1.5);

    /// <summary>The limit for all pages of one list.</summary>
    internal static readonly TimeSpan FlightLimit = TimeSpan.FromSeconds(8);

    /// <summary>The pause after a first failure; each further one doubles it, up to <see cref="Fresh"/>.</summary>
    internal static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);

    private static readonly RefreshTimes Times = new() { Backoff = FirstPause, MaxBackoff = Fresh };

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Starts fetching lists that are due. Returns at once, except for providers that were never asked (see above).</summary>
    /// <param name="only">The id of one provider; null for all.</param>
    public async ValueTask RefreshAsync(string? only, CancellationToken cancellationToken)
    {
        List<Task>? first = null;
        var wait = TimeSpan.Zero;
        foreach (var (provider, key) in await FindAsync(only, cancellationToken).ConfigureAwait(false))
        {
            if (provider.Lister?.Form is not { } form || router.BaseUrlOf(provider) is not { } baseUrl || !router.IsUsable(provider, key)) continue;
            var (running, left) = Use(provider, new Question(form, baseUrl, key.Value));
            if (running is null || left <= TimeSpan.Zero) continue;
            (first ??= []).Add(running);
            if (left > wait) wait = left;
        }
        if (first is null) return;
        try
        {
            await Task.WhenAll(first).WaitAsync(wait, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // They arrive later; the next response contains them.
        }
    }

    /// <summary>Completes when nothing is being fetched; for tests.</summary>
    internal Task IdleAsync() => Task.WhenAll(_entries.Values.Select(entry => entry.List.Running ?? Task.CompletedTask));

    private async ValueTask<IReadOnlyList<(Provider Provider, Secret Key)>> FindAsync(string? only, CancellationToken cancellationToken)
    {
        if (only is null) return await router.FindKeysAsync(cancellationToken).ConfigureAwait(false);
        return router.FindProvider(only) is { } provider ? [(provider, await router.FindKeyAsync(provider, cancellationToken).ConfigureAwait(false))] : [];
    }

    /// <summary>The read of a provider's list, started if it is due, and how long a request may still wait for it.</summary>
    private (Task? Running, TimeSpan Left) Use(Provider provider, Question asked)
    {
        // Not the list of the instance that a former nano.json named so.
        var entry = _entries.AddOrUpdate(provider.Id, static (_, self) => self.Lists.Make(self.Provider, self.Asked),
            static (_, known, self) => ReferenceEquals(known.Provider, self.Provider) ? known : self.Lists.Make(self.Provider, self.Asked),
            (Lists: this, Provider: provider, Asked: asked));
        entry.Asked = asked;
        var last = entry.List.Last;
        if (last is not null && !entry.List.IsDue(last)) return (null, TimeSpan.Zero);
        var running = entry.List.Start();
        return (running, last is null ? FirstWait - time.GetElapsedTime(entry.Since) : TimeSpan.Zero);
    }

    private Entry Make(Provider provider, Question asked)
    {
        var entry = new Entry { Provider = provider, Asked = asked, Since = time.GetTimestamp() };
        entry.List = new Refreshing<int>(
            async _ => await ReadAsync(provider, entry.Asked).ConfigureAwait(false),
            e => e.GetType().Name, Times, time,
            (_, after) =>
            {
                if (after.Failures == 1) Log.Unread(log, provider.Id, after.Failure!);
            });
        return entry;
    }

    /// <returns>The number of listed models, or the problem, without any text of the provider's.</returns>
    private async Task<Reading<int>> ReadAsync(Provider provider, Question asked)
    {
        using var clock = new RequestClock(heartbeat, CancellationToken.None);
        clock.Limit(FlightLimit);
        var reader = new ModelListReader(asked.Form, MaxModels, takesEmbeddings: provider.Dialects.Any(dialect => dialect.Operation == Operation.Embeddings));
        string? page = null;
        for (var pages = 0; pages < MaxPages; pages++)
        {
            using var answer = await question.AskAsync(provider, asked.Form.Address(asked.BaseUrl, page), asked.Key, MaxPage, clock).ConfigureAwait(false);
            if (clock.TimedOut) return Reading<int>.Failed($"it took longer than {FlightLimit.TotalSeconds} s");
            if (answer.Error is { } error) return Reading<int>.Failed(error.Message);
            if (!answer.IsSuccess) return Reading<int>.Failed($"status {answer.Status}");
            if (answer.End != ResponseEnd.Whole) return Reading<int>.Failed(answer.End == ResponseEnd.TooLong ? $"it is longer than {MaxPage} bytes" : "the response broke off");
            if (!reader.TryRead(answer.Body.Written, out page)) return Reading<int>.Failed("the response is not a list of models");
            if (page is null || reader.Models.Count >= MaxModels) break;
        }
        // Another nano.json is in force in the meantime.
        if (!ReferenceEquals(router.FindProvider(provider.Id), provider)) return Reading<int>.Found(reader.Models.Count, Fresh);
        // A name that no request could use is not shown.
        listed.Set(provider, router.Catalogue, reader.Models.Where(model => ModelName.IsPossible($"{provider.Id}/{model.Id}")));
        return Reading<int>.Found(reader.Models.Count, Fresh);
    }

    private sealed class Entry
    {
        public required Provider Provider { get; init; }

        public Refreshing<int> List { get; set; } = null!;

        /// <summary>The state for the next read: the key may have changed since the last.</summary>
        public Question Asked { get; set; } = null!;

        /// <summary>When the provider was first asked.</summary>
        public long Since { get; init; }
    }

    private sealed record Question(ModelListForm Form, string BaseUrl, string? Key)
    {
        public override string ToString() => nameof(Question);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The list of models of {Provider} could not be read, and is tried again later: {Problem}")]
        public static partial void Unread(ILogger log, string provider, string problem);
    }
}
