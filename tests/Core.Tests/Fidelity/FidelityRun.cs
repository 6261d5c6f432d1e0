using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.Tests.Fidelity;

/// <summary>All recordings in all pairs of dialects, once for all tests.</summary>
internal static class FidelityRun
{
    private static readonly Lazy<IReadOnlyList<Finding>> LazyRequests = new(RunRequests), LazyWhole = new(() => RunResponses(isStream: false)), LazyStreams =
        new(() => RunResponses(isStream: true));
    private static readonly Dictionary<string, SortedSet<string>> Names = [];

    public static IReadOnlyList<Finding> Requests => LazyRequests.Value;

    public static IReadOnlyList<Finding> Whole => LazyWhole.Value;

    public static IReadOnlyList<Finding> Streams => LazyStreams.Value;

    /// <summary>The losses that responses of each pair report, by the names of the caller's API; available after the run.</summary>
    public static IReadOnlyDictionary<string, SortedSet<string>> LossNames
    {
        get
        {
            _ = (Whole, Streams);
            return Names;
        }
    }

    public static string Pair(string from, string to) => $"{from} → {to}";

    private static Finding[] RunRequests()
    {
        var pairs = ResponsePairs.Callers.SelectMany(from => ResponsePairs.Callers.Where(to => to.Api != from.Api).Select(to => (from, to)));
        return [.. pairs.SelectMany(pair => WireCorpus.Of(pair.from.Api).Where(c => c.HasRequest && c.Status == 200).AsParallel().AsOrdered()
            .SelectMany(wire => RequestFeatures.Compare(wire, Pair(pair.from.Title, pair.to.Title), pair.from.Dialect.Name, pair.to.Dialect.Name)))];
    }

    private static Finding[] RunResponses(bool isStream)
    {
        var pairs = ResponsePairs.Sources.SelectMany(from => ResponsePairs.Callers.Where(to => to.Api != from.Api).Select(to => (from, to)));
        return [.. pairs.SelectMany(pair => ResponsePairs.Cases(pair.from.Api).Where(c => (c.Sse is not null || c.EventStream is not null) == isStream).AsParallel().AsOrdered()
            .SelectMany(wire =>
        {
            var name = Pair(pair.from.Title, pair.to.Title);
            var recorded = RecordedAnswer.Read(wire);
            try
            {
                var (body, losses) = ResponsePairs.Write(pair.from.Dialect, pair.from.Rules, wire.ResponseBytes(), isStream, pair.to.Dialect);
                lock (Names)
                {
                    if (!Names.TryGetValue(name, out var names)) Names[name] = names = new SortedSet<string>(StringComparer.Ordinal);
                    names.UnionWith(losses.Dropped.Select(pair.to.Dialect.NameOfLoss));
                }
                return ResponseFeatures.Compare(wire, name, recorded, CallerForm.Of(pair.to.Dialect.Name, recorded, wire), ResponsePairs.Read(pair.to.Api, body, isStream), losses)
                    .ToArray();
            }
            catch (Exception e) when (e is ChatFormException or System.Text.Json.JsonException or Nano.Dialects.DialectException or InvalidOperationException
                or KeyNotFoundException)
            {
                return [new Finding(wire.Id, name, "form", Outcome.Silent, $"{e.GetType().Name}: {e.Message}")];
            }
        }))];
    }
}
