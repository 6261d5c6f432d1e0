using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Testing;
using static Nano.Tests.Dialects.Gemini.Testing;

namespace Nano.Tests.Dialects.Gemini;

/// <summary>Read then write in the same dialect changes nothing, over every recording.</summary>
public sealed class IdentityTests
{
    private static readonly RequestTarget Target = new() { Model = "gemini-3-flash-preview" };

    [SkippableFact]
    public void Every_recorded_request_is_written_unchanged()
    {
        WireCorpus.Require();
        var cases = Cases.Where(c => c.HasRequest).ToList();
        cases.Count.ShouldBeGreaterThan(80);
        Check(cases, c => c.RequestBytes(), c =>
        {
            var losses = new LossReport();
            var written = Written(output => Dialect.WriteRequest(Dialect.ReadRequest(c.RequestBytes()), Target, output, losses));
            losses.IsEmpty.ShouldBeTrue($"{c.Id}: {losses}");
            return [Bytes(written)];
        });
    }

    [Theory]
    [InlineData("user")]
    [InlineData("function")]
    [InlineData("tool")]
    public void Every_role_of_a_turn_with_results_is_written_unchanged(string role)
    {
        var body = $$$$$"""{"contents":[{"role":"{{{{{role}}}}}","parts":[{"functionResponse":{"name":"f","response":{"result":1}}}]}]}""";
        var written = Written(output => Dialect.WriteRequest(Dialect.ReadRequest(Encoding.UTF8.GetBytes(body)), Target, output, new LossReport()));
        JsonDifference.First(Encoding.UTF8.GetBytes(body), Bytes(written)).ShouldBeNull();
    }

    [SkippableFact]
    public void Every_recorded_whole_response_is_written_unchanged()
    {
        WireCorpus.Require();
        var cases = Cases.Where(c => c.Status == 200 && c.Sse is null).ToList();
        cases.Count.ShouldBeGreaterThan(45);
        Check(cases, c => c.ResponseBytes(), c =>
        {
            var response = Dialect.ReadResponse(c.ResponseBytes(), UsageRules.ReasoningApart);
            return [Bytes(Written(output => Dialect.WriteResponse(response, Context, output, new LossReport())))];
        });
    }

    [SkippableFact]
    public void Every_recorded_stream_event_is_written_unchanged()
    {
        WireCorpus.Require();
        var failures = new List<string>();
        var count = 0;
        foreach (var c in Cases.Where(c => c.Status == 200 && c.Sse is not null))
        {
            var events = Events(c.ResponseBytes(), int.MaxValue / 2);
            using var output = new JsonOutput();
            var losses = new LossReport();
            var reader = Dialect.CreateEventReader(UsageRules.ReasoningApart);
            var writer = Dialect.CreateEventWriter(Context, output, losses);
            for (var i = 0; i < events.Count; i++)
            {
                count++;
                output.Clear();
                reader.Read(default, events[i], writer);
                var written = Events(output.WrittenSpan.ToArray(), 4096);
                if (written.Count != 1) failures.Add($"{c.Id} event {i}: became {written.Count} events");
                else if (JsonDifference.First(events[i], written[0]) is { } difference) failures.Add($"{c.Id} event {i}: {difference}");
            }
            if (!losses.IsEmpty) failures.Add($"{c.Id}: {losses}");
        }
        count.ShouldBeGreaterThan(180);
        failures.Count.ShouldBe(0, string.Join("\n", failures));
    }

    [SkippableFact]
    public void Any_split_of_the_bytes_gives_the_same_events()
    {
        WireCorpus.Require();
        foreach (var c in Cases.Where(c => c.Status == 200 && c.Sse is not null))
        {
            var bytes = c.ResponseBytes();
            var expected = Read(Events(bytes, bytes.Length)).Lines;
            foreach (var size in new[] { 1, 2, 3, 7, 64, 1000 })
                Read(Events(bytes, size)).Lines.SequenceEqual(expected).ShouldBeTrue($"{c.Id} in pieces of {size}");
        }
    }

    private static void Check(List<WireCase> cases, Func<WireCase, byte[]> expected, Func<WireCase, List<byte[]>> actual)
    {
        var failures = new List<string>();
        foreach (var c in cases)
        {
            try
            {
                if (JsonDifference.First(expected(c), actual(c)[0]) is { } difference) failures.Add($"{c.Id}: {difference}");
            }
            catch (Exception e) when (e is System.Text.Json.JsonException or DialectException)
            {
                failures.Add($"{c.Id}: {e.Message}");
            }
        }
        failures.Count.ShouldBe(0, string.Join("\n", failures));
    }
}
