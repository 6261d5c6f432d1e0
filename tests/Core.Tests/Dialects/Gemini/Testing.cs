using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.Gemini;
using Nano.Json;
using Nano.Testing;
using Nano.Tests.Streaming;

namespace Nano.Tests.Dialects.Gemini;

/// <summary>Helpers for this dialect's tests.</summary>
internal static class Testing
{
    public static readonly GeminiDialect Dialect = new();

    public static readonly ResponseContext Context = new() { FallbackId = "fallback0000000000000000", Model = "a-model", Created = 1 };

    public static IEnumerable<WireCase> Cases => WireCorpus.Of("generateContent").Where(c => c.Provider is "gemini" or "vertexai");

    public static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);

    public static string Written(Action<JsonOutput> write)
    {
        using var output = new JsonOutput();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The data of every SSE event, with the stream arriving in pieces of <paramref name="size"/> bytes.</summary>
    public static List<byte[]> Events(byte[] stream, int size)
    {
        var events = new List<byte[]>();
        SsePieces.ReadData(stream, size, item => events.Add(item.Data.ToArray()));
        return events;
    }

    /// <summary>The whole content of a stream, one line per event.</summary>
    public static EventLog Read(IEnumerable<byte[]> events)
    {
        var log = new EventLog();
        var reader = Dialect.CreateEventReader(UsageRules.ReasoningApart);
        foreach (var data in events) reader.Read(default, data, log);
        log.IsComplete = reader.IsComplete;
        return log;
    }

    public static EventLog ReadStream(params string[] events) => Read(events.Select(Bytes));

    public static void ShouldBeJson(this string actual, string expected, string why = "") =>
        JsonDifference.First(Bytes(expected), Bytes(actual)).ShouldBeNull($"{why} {actual}");
}

/// <summary>Records events without keeping slices.</summary>
internal sealed class EventLog : IChatEventSink
{
    public List<string> Lines { get; } = [];

    public StringBuilder Text { get; } = new();

    public StringBuilder Reasoning { get; } = new();

    public List<(int Choice, int Index, string? Id, string Name, string Arguments, string? Signature)> Calls { get; } = [];

    public List<(FinishReason Finish, string? Native)> Finishes { get; } = [];

    public List<string> Signatures { get; } = [];

    /// <summary>Copies, since the originals borrow their bytes.</summary>
    public List<Citation> Citations { get; } = [];

    public List<string> Images { get; } = [];

    public Usage? Usage { get; private set; }

    public Nano.Errors.GatewayError? Error { get; private set; }

    public bool IsComplete { get; set; }

    public void BeginFrame(in ChatFrame frame) => Lines.Add($"[{frame.Origin} {frame.Form} {Show(frame.Extras)}");

    public void EndFrame() => Lines.Add("]");

    public void On(in ChatEvent item)
    {
        Lines.Add($"{item.Kind} {item.Choice} {item.Part} {item.ToolIndex} {item.Text} {item.Id} {item.Name} {item.Model} {item.Type} {item.Signature} {item.Json} {item.Finish} {item.NativeFinish} {Show(item.Extras)}");
        switch (item.Kind)
        {
            case ChatEventKind.Text: Text.Append(item.Text); break;
            case ChatEventKind.Reasoning: Reasoning.Append(item.Text); break;
            case ChatEventKind.ReasoningSignature: Signatures.Add(item.Text.ToString()); break;
            case ChatEventKind.ToolCallStart:
                Calls.Add((item.Choice, item.ToolIndex, item.Id.IsPresent ? item.Id.ToString() : null, item.Name.ToString(), "",
                    item.Signature.IsPresent ? item.Signature.ToString() : null));
                break;
            case ChatEventKind.ToolCallArguments:
                var (choice, index) = (item.Choice, item.ToolIndex);
                var at = Calls.FindIndex(c => c.Choice == choice && c.Index == index);
                Calls[at] = Calls[at] with { Arguments = Calls[at].Arguments + (item.Json.IsPresent ? item.Json.ToString() : item.Text.ToString()) };
                break;
            case ChatEventKind.Finish: Finishes.Add((item.Finish, item.NativeFinish.IsPresent ? item.NativeFinish.ToString() : null)); break;
            case ChatEventKind.Citation: Citations.Add(item.Citation! with { Url = Copy(item.Citation!.Url), Title = Copy(item.Citation.Title), CitedText = default,
                Native = default }); break;
            case ChatEventKind.Media when item.Media!.Kind == MediaKind.Image: Images.Add(item.Media.Source.Data.ToString()); break;
            case ChatEventKind.Usage: Usage = item.Usage; break;
            case ChatEventKind.Error: Error = item.Error; break;
        }
    }

    private static JsonText Copy(JsonText text) => text.IsPresent ? new JsonText(text.Span.ToArray()) : default;

    private static string Show(Extras? extras) => extras is null ? "" : string.Join(",", extras.Members.Select(m => $"{m.Name}={m.Value}"));
}
