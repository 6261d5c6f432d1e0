using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Testing;
using Nano.Tests.Dialects.OpenAIChat;
using Nano.Tests.Streaming;

namespace Nano.Tests.Dialects.OpenAIResponses;

/// <summary>Read, then written in the same dialect, every recording is the same JSON.</summary>
public sealed class IdentityTests
{
    public static TheoryData<string> Requests => [.. WireCorpus.Of("responses").Where(c => c.HasRequest && !IsTemplate(c)).Select(c => c.Id)];

    public static TheoryData<string> Answers => [.. WireCorpus.Of("responses").Where(c => c.Status == 200 && c.Sse is null).Select(c => c.Id)];

    public static TheoryData<string> Streams => [.. WireCorpus.Of("responses").Where(c => c.Status == 200 && c.Sse is not null).Select(c => c.Id)];

    /// <summary>A prompt stored at OpenAI names the model: the gateway cannot route it.</summary>
    private static bool IsTemplate(WireCase c) => !c.RequestBody.TryGetProperty("model", out _);

    /// <summary>Requests that OpenAI itself refused: their tools are Chat's.</summary>
    private static readonly string[] Refused = [.. WireCorpus.Of("responses").Where(c => c.HasRequest && c.Status == 400).Select(c => c.Id)];

    [SkippableTheory]
    [RecordedData(nameof(Requests))]
    public void Request(string id)
    {
        WireCorpus.Require();
        var bytes = WireCorpus.Get(id).RequestBytes();
        var (request, error) = EventLog.Dialect.TryReadRequest(bytes);
        if (request is null && Refused.Contains(id)) return;
        request.ShouldNotBeNull($"{id}: {error?.Message}");
        using var output = new JsonOutput();
        var losses = new LossReport();
        EventLog.Dialect.TryWriteRequest(request, new RequestTarget { Model = request.Model.ToString() }, output, losses).ShouldBeNull(id);
        losses.IsEmpty.ShouldBeTrue($"{id}: {losses}");
        JsonDifference.First(bytes, output.WrittenSpan).ShouldBeNull(id);
    }

    [SkippableTheory]
    [RecordedData(nameof(Answers))]
    public void Answer(string id)
    {
        WireCorpus.Require();
        var bytes = WireCorpus.Get(id).ResponseBytes();
        using var output = new JsonOutput();
        var losses = new LossReport();
        EventLog.Dialect.WriteResponse(EventLog.Dialect.ReadResponse(bytes, UsageRules.OpenAI), EventLog.Context, output, losses);
        JsonDifference.First(bytes, output.WrittenSpan).ShouldBeNull(id);
        losses.IsEmpty.ShouldBeTrue($"{id}: {losses}");
    }

    [SkippableTheory]
    [RecordedData(nameof(Streams))]
    public void Stream(string id)
    {
        WireCorpus.Require();
        var reader = EventLog.Dialect.CreateEventReader(UsageRules.OpenAI);
        using var output = new JsonOutput();
        var writer = EventLog.Dialect.CreateEventWriter(EventLog.Context, output, new LossReport());
        var count = 0;
        SsePieces.Read(WireCorpus.Get(id).ResponseBytes(), int.MaxValue, e =>
        {
            // Events after the end belong to the next response of a joined recording.
            if (!e.HasData || reader.IsComplete || Encoding.UTF8.GetString(e.Data.Span) == "[DONE]") return;
            var at = $"{id}, event {count++}";
            output.Clear();
            reader.Read(e.Type, e.Data, writer);
            var written = ChatCases.Events(output.WrittenSpan.ToArray());
            if (written.Count == 0) return; // after an error
            written.Count.ShouldBe(1, at);
            JsonDifference.First(e.Data.Span, Encoding.UTF8.GetBytes(written[0].Data)).ShouldBeNull(at);
        });
        writer.Complete();
        count.ShouldBeGreaterThan(2, id);
    }

    [Theory]
    [InlineData("""{"model":"m","input":"hi","store":null,"instructions":"be brief"}""")]
    [InlineData("""{"model":"m","input":[],"tools":[],"text":{"format":{"type":"text"},"verbosity":"low"}}""")]
    [InlineData("""{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"a\u0000\ud83d\ude00","x":1},{"type":"input_image","image_url":"data:image/png;base64,AA==","detail":"high"},{"type":"input_file","file_id":"f"}]}]}""")]
    [InlineData("""{"model":"m","input":[{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"s"},{"type":"summary_text","text":"t"}],"encrypted_content":"e"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"r"}]},{"type":"item_reference","id":"x"}]}""")]
    [InlineData("""{"model":"m","input":[{"type":"message","role":"assistant","id":"msg","status":"completed","content":[{"type":"output_text","text":"a","annotations":[],"logprobs":[]},{"type":"refusal","refusal":"no"}]},{"type":"custom_tool_call","call_id":"c","name":"f","input":"x"},{"type":"custom_tool_call_output","call_id":"c","output":"y"}]}""")]
    public void Hand_made_request(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var (request, error) = EventLog.Dialect.TryReadRequest(bytes);
        request.ShouldNotBeNull(error?.Message);
        using var output = new JsonOutput();
        EventLog.Dialect.TryWriteRequest(request, new RequestTarget { Model = "m" }, output, new LossReport()).ShouldBeNull();
        JsonDifference.First(bytes, output.WrittenSpan).ShouldBeNull(body);
    }
}
