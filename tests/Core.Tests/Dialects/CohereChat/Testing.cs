using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.CohereChat;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Streaming;

namespace Nano.Tests.Dialects.CohereChat;

/// <summary>Helpers for this dialect's tests: responses in the form of a Chat caller.</summary>
internal static class Testing
{
    public static readonly CohereChatDialect Dialect = new();

    private static readonly OpenAIChatDialect Chat = new();

    private static readonly ResponseContext Caller = new() { FallbackId = "fallback0000000000000000", Model = "a-model", Created = 1, StreamUsage = true };

    /// <summary>A whole response.</summary>
    public static (JsonElement Body, LossReport Losses) Whole(string body)
    {
        using var output = new JsonOutput();
        var losses = new LossReport();
        Chat.WriteResponse(Dialect.ReadResponse(Encoding.UTF8.GetBytes(body), UsageRules.OpenAI), Caller, output, losses);
        return (JsonDocument.Parse(output.Written.ToArray()).RootElement, losses);
    }

    /// <summary>A streamed response, arriving in pieces of <paramref name="size"/> bytes.</summary>
    public static StreamedAnswer Stream(byte[] stream, int size = int.MaxValue)
    {
        using var output = new JsonOutput();
        var losses = new LossReport();
        var events = Dialect.CreateEventReader(UsageRules.OpenAI);
        var writer = Chat.CreateEventWriter(Caller, output, losses);
        using var reader = new SseReader();
        for (var at = 0; at < stream.Length; at += Math.Min(size, stream.Length))
        {
            var piece = stream.AsMemory(at, Math.Min(size, stream.Length - at));
            piece.CopyTo(reader.GetMemory(piece.Length));
            reader.Advance(piece.Length);
            while (reader.TryRead(out var item)) Take(item);
        }
        while (reader.TryReadLast(out var item)) Take(item);
        if (events.IsComplete) writer.Complete();
        return new StreamedAnswer(Encoding.UTF8.GetString(output.WrittenSpan), events.IsComplete, losses, writer.Usage);

        void Take(SseEvent item)
        {
            if (item.HasData) events.Read(item.Type, item.Data, writer);
        }
    }

    /// <summary>Events of these JSON objects.</summary>
    public static StreamedAnswer Stream(params string[] events) => Stream(Encoding.UTF8.GetBytes(string.Concat(events.Select(e => $"data: {e}\n\n"))));

    /// <summary>Converts a Chat request; the members of <paramref name="chat"/> are added to a model and a question.</summary>
    public static (JsonElement Body, LossReport Losses) Request(string chat, ModelTraits? traits = null)
    {
        using var output = new JsonOutput();
        var losses = new LossReport();
        var messages = chat.Contains("\"messages\"", StringComparison.Ordinal) ? "" : ",\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]";
        var request = Chat.ReadRequest(Encoding.UTF8.GetBytes($$"""{"model":"m",{{chat}}{{messages}}}"""));
        Dialect.TryWriteRequest(request, new RequestTarget { Model = "m", Traits = traits }, output, losses).ShouldBeNull(chat);
        return (JsonDocument.Parse(output.Written.ToArray()).RootElement, losses);
    }
}

/// <param name="Text">The caller's bytes.</param>
internal sealed record StreamedAnswer(string Text, bool IsComplete, LossReport Losses, Usage? Usage)
{
    /// <summary>The deltas of the first choice that have a member, in order.</summary>
    public IEnumerable<JsonElement> Deltas(string member) =>
        from line in Text.Split('\n')
        where line.StartsWith("data: {", StringComparison.Ordinal)
        from choice in JsonDocument.Parse(line[6..]).RootElement.TryGetProperty("choices", out var choices) ? choices.EnumerateArray().ToArray() : []
        where choice.GetProperty("delta").TryGetProperty(member, out _)
        select choice.GetProperty("delta").GetProperty(member);

    public string Said(string member) => string.Concat(Deltas(member).Select(d => d.GetString()));

    public string Arguments(int call) => string.Concat(
        from calls in Deltas("tool_calls")
        from one in calls.EnumerateArray()
        where one.GetProperty("index").GetInt32() == call
        select one.GetProperty("function").GetProperty("arguments").GetString());
}
