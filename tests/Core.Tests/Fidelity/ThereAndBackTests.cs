using Nano.Chat;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.Tests.Fidelity;

/// <summary>From one dialect to another and back: everything that both can express is unchanged, for every recorded request and response.</summary>
public sealed class ThereAndBackTests
{
    /// <summary>Allowed differences, by intermediate dialect, feature and difference, each with its reason.</summary>
    private static readonly (string Via, string Feature, string Why, string Reason)[] Allowed =
    [
        ("Gemini", "form", "tool call ids repeat", "a provider that gave the calls of two choices one id (openai-chat-sse-toolcall-1ca8e7)"),
        .. new[] { "Gemini", "Messages", "Responses" }.Select(via => (via, "form", "takes none of this message's content",
            "Chat takes no document by its URL, and the message has nothing else: the refusal names it (mistral-chat-one-pdf-693f84)")),
        ("Gemini", "other members", "stream: true is gone", "Gemini's path says that a response is streamed"),
        ("Gemini", "tools", "the closed object is open", "Gemini's objects are closed, and have no word for it"),
        ("Chat", "reasoning", "reasoning: on became nothing", "Chat asks for reasoning by its effort alone, and none was given"),
        ("Responses", "reasoning", "reasoning: on became nothing", "Responses asks for reasoning by its effort alone, and none was given"),
        ("Gemini", "calls", "'{\"assistant\": ", "a result that is JSON is an object there, whose white space is another"),
        ("Gemini", "other members", "audio:", "Gemini's speech has other words for a voice, and none for the format"),
        ("Gemini", "other members", "web_search_options:", "the search is a tool there, and Chat has no tools that its providers run"),
        ("Messages", "other members", "web_search_options:", "the search is a tool there, and Chat has no tools that its providers run"),
    ];

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (var from in ResponsePairs.Callers)
                foreach (var via in ResponsePairs.Callers.Where(via => via.Api != from.Api)) pairs.Add(from.Title, via.Title);
            return pairs;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Pairs))]
    public void A_request_keeps_what_both_can_express(string from, string via)
    {
        WireCorpus.Require();
        var (source, other) = (Caller(from), Caller(via));
        Report(via, WireCorpus.Of(source.Api).Where(c => c.HasRequest && c.Status == 200).AsParallel().AsOrdered()
            .SelectMany(wire => RequestFeatures.ThereAndBack(wire, via, source.Dialect.Name, other.Dialect.Name)));
    }

    [SkippableTheory]
    [MemberData(nameof(Pairs))]
    public void A_response_keeps_what_both_can_express(string from, string via)
    {
        WireCorpus.Require();
        var (source, other) = (Caller(from), Caller(via));
        var rules = ResponsePairs.Sources.ToDictionary(s => s.Title, s => s.Rules);
        Report(via, ResponsePairs.Cases(source.Api).AsParallel().AsOrdered().SelectMany(wire =>
        {
            var recorded = RecordedAnswer.Read(wire);
            var isStream = wire.Sse is not null;
            var (there, lost) = ResponsePairs.Write(source.Dialect, rules[from], wire.ResponseBytes(), isStream, other.Dialect);
            var (back, more) = ResponsePairs.Write(other.Dialect, rules[via], there, isStream, source.Dialect);
            var losses = new LossReport();
            foreach (var name in lost.Dropped.Concat(more.Dropped)) losses.Drop(name);
            foreach (var name in lost.Emulated.Concat(more.Emulated)) losses.Emulate(name);
            var form = CallerForm.Of(source.Dialect.Name, CallerForm.Of(other.Dialect.Name, recorded, wire), wire);
            try
            {
                return ResponseFeatures.Compare(wire, via, recorded, form, ResponsePairs.Read(source.Api, back, isStream), losses).ToArray();
            }
            catch (ChatFormException e)
            {
                return [new Finding(wire.Id, via, "form", Outcome.Silent, e.Message)];
            }
        }));
    }

    private static (string Api, string Title, Nano.Dialects.IDialect Dialect) Caller(string title) => ResponsePairs.Callers.Single(caller => caller.Title == title);

    private static void Report(string via, IEnumerable<Finding> findings)
    {
        var all = findings.ToArray();
        all.Length.ShouldBeGreaterThan(50);
        var silent = all.Where(f => f.Outcome == Outcome.Silent
            && !Array.Exists(Allowed, a => a.Via == via && a.Feature == f.Feature && f.Why.Contains(a.Why, StringComparison.Ordinal))
            && !FidelityTests.Exceptions.ContainsKey(f.Case)).ToArray();
        silent.ShouldBeEmpty($"{silent.Length}:\n{string.Join('\n', silent.Select(f => $"{f.Case} {f.Feature}: {f.Why}"))}");
    }
}
