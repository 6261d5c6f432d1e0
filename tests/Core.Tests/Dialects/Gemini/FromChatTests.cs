using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Testing;
using Nano.Testing.Requests;
using static Nano.Tests.Dialects.Gemini.Testing;

namespace Nano.Tests.Dialects.Gemini;

/// <summary>Every recorded Chat request, converted for Gemini: valid by its rules, and the same in meaning or the loss is reported.</summary>
public sealed class FromChatTests
{
    private static readonly OpenAIChatDialect Chat = new();

    /// <summary>Requests that are invalid and were refused when they were recorded.</summary>
    private static readonly string[] Refused =
    [
        "doubleword-chat-one-error-391124", // a temperature out of range, passed on unchanged
        "openai-chat-one-error-b2b0be",     // max_tokens and max_completion_tokens differ: one arrives, the other is named
    ];

    [SkippableTheory]
    [InlineData("gemini-3.6-flash")]
    [InlineData("gemini-2.5-flash")]
    [InlineData("gemini-2.0-flash")]
    public void Every_recorded_request(string model)
    {
        WireCorpus.Require();
        var failures = new List<string>();
        var count = 0;
        foreach (var c in WireCorpus.Of("chat").Where(c => c.HasRequest && !Refused.Contains(c.Id)))
        {
            var (request, problem) = Chat.TryReadRequest(c.RequestBytes());
            if (request is null)
            {
                if (c.Status == 200) failures.Add($"{c.Id}: not read: {problem!.Message}");
                continue;
            }
            count++;
            using var output = new JsonOutput();
            var losses = new LossReport();
            if (Dialect.TryWriteRequest(request, new RequestTarget { Model = model }, output, losses) is { } refused)
            {
                failures.Add($"{c.Id}: refused: {refused.Message}");
                continue;
            }
            using var written = JsonDocument.Parse(output.WrittenSpan.ToArray());
            failures.AddRange(GeminiRequestRules.Check(written.RootElement, model).Select(v => $"{c.Id}: {v}"));
            failures.AddRange(MeaningComparison.Differences(ChatMeaning.Read(c.RequestBody), GeminiMeaning.Read(written.RootElement), losses.Dropped, losses.Emulated)
                .Select(d => $"{c.Id}: {d} ({losses})"));
        }
        count.ShouldBeGreaterThan(250);
        failures.Count.ShouldBe(0, string.Join("\n", failures));
    }
}
