using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Testing;
using Nano.Tests.Streaming;

namespace Nano.Tests.Dialects.OpenAIChat;

/// <summary>Helpers for this dialect's tests: the recordings of its API, and calls of the codecs.</summary>
internal static class ChatCases
{
    public static readonly OpenAIChatDialect Dialect = new();

    public static readonly ResponseContext Context = new()
    {
        FallbackId = "abcdefghijklmnopqrstuvwx",
        Model = "asked-model",
        Created = 1_790_000_000,
        StreamUsage = true,
    };

    public static IEnumerable<WireCase> All => WireCorpus.Of("chat");

    public static IEnumerable<WireCase> Whole => All.Where(c => c.Status == 200 && c.ResponseBody.ValueKind == JsonValueKind.Object);

    public static IEnumerable<WireCase> Streams => All.Where(c => c.Sse is not null);

    public static IEnumerable<WireCase> Errors => All.Where(c => c.Status >= 400);

    /// <summary>xAI is the only recorded Chat provider that counts reasoning separately.</summary>
    public static UsageRules RulesOf(WireCase c) => c.Provider == "xai" ? UsageRules.ReasoningApart : UsageRules.OpenAI;

    /// <summary>One failure per line, so that a run shows all of them; the line begins with the case's id.</summary>
    public static void ShouldHold(IEnumerable<WireCase> cases, int atLeast, Func<WireCase, string?> check)
    {
        var count = 0;
        var failures = new List<string>();
        foreach (var c in cases)
        {
            count++;
            try
            {
                if (check(c) is { } failure) failures.Add($"{c.Id}: {failure}");
            }
            catch (Exception e) when (e is JsonException or DialectException)
            {
                failures.Add($"{c.Id}: {e.Message}");
            }
        }
        failures.ShouldBeEmpty(string.Join("\n", failures.Take(40)));
        count.ShouldBeGreaterThanOrEqualTo(atLeast);
    }

    public static byte[] WriteRequest(ChatRequest request, string model, LossReport losses)
    {
        using var output = new JsonOutput();
        Dialect.WriteRequest(request, new RequestTarget { Model = model }, output, losses);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] WriteResponse(ChatResponse response, LossReport losses)
    {
        using var output = new JsonOutput();
        Dialect.WriteResponse(response, Context, output, losses);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Reads a stream and writes it again; returns the written text and the reader.</summary>
    public static string Convert(byte[] stream, int size, UsageRules rules, out IEventReader reader, bool streamUsage = true)
    {
        using var output = new JsonOutput();
        var read = Dialect.CreateEventReader(rules);
        var writer = Dialect.CreateEventWriter(Context with { StreamUsage = streamUsage }, output, new LossReport());
        SsePieces.Read(stream, size, e =>
        {
            if (e.HasData) read.Read(e.Type, e.Data, writer);
        });
        if (read.IsComplete) writer.Complete();
        reader = read;
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The data of a stream's events.</summary>
    public static List<(string Type, string Data)> Events(byte[] stream)
    {
        var events = new List<(string, string)>();
        SsePieces.Read(stream, stream.Length, e =>
        {
            if (e.HasData) events.Add((Encoding.UTF8.GetString(e.Type.Span), Encoding.UTF8.GetString(e.Data.Span)));
        });
        return events;
    }
}
