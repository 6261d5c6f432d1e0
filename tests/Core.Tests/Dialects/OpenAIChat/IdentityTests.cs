using Nano.Chat;
using Nano.Testing;

namespace Nano.Tests.Dialects.OpenAIChat;

/// <summary>Read then write in the same dialect is the identity, over every recording.</summary>
public sealed class IdentityTests
{
    [SkippableFact]
    public void Every_recorded_request_is_written_unchanged()
    {
        WireCorpus.Require();
        ChatCases.ShouldHold(ChatCases.All.Where(c => c.HasRequest), 300, c =>
        {
            var body = c.RequestBytes();
            var losses = new LossReport();
            var request = ChatCases.Dialect.ReadRequest(body);
            var written = ChatCases.WriteRequest(request, request.Model.ToString(), losses);
            return JsonDifference.First(body, written) ?? (losses.IsEmpty ? null : $"lost {losses}");
        });
    }

    [SkippableFact]
    public void Every_recorded_response_is_written_unchanged()
    {
        WireCorpus.Require();
        ChatCases.ShouldHold(ChatCases.Whole, 145, c =>
        {
            var body = c.ResponseBytes();
            var losses = new LossReport();
            var written = ChatCases.WriteResponse(ChatCases.Dialect.ReadResponse(body, ChatCases.RulesOf(c)), losses);
            return JsonDifference.First(body, written) ?? (losses.IsEmpty ? null : $"lost {losses}");
        });
    }

    [SkippableFact]
    public void Every_event_of_every_recorded_stream_is_written_unchanged()
    {
        WireCorpus.Require();
        ChatCases.ShouldHold(ChatCases.Streams, 143, c =>
        {
            var stream = c.ResponseBytes();
            var expected = ChatCases.Events(stream).Where(e => e.Data.Trim().StartsWith('{')).ToList();
            var actual = ChatCases.Events(ChatCases.Utf8(ChatCases.Convert(stream, stream.Length, ChatCases.RulesOf(c), out var reader)));
            var done = actual.Count > 0 && actual[^1].Data == "[DONE]";
            if (done != reader.IsComplete) return $"complete {reader.IsComplete}, but [DONE] {done}";
            if (done) actual.RemoveAt(actual.Count - 1);
            if (actual.Count != expected.Count) return $"{expected.Count} events became {actual.Count}";
            for (var i = 0; i < expected.Count; i++)
            {
                if (expected[i].Type != actual[i].Type) return $"event {i}: type {expected[i].Type} became {actual[i].Type}";
                if (JsonDifference.First(ChatCases.Utf8(expected[i].Data), ChatCases.Utf8(actual[i].Data)) is { } difference) return $"event {i}: {difference}";
            }
            return null;
        });
    }

    [SkippableFact]
    public void Any_split_of_a_stream_gives_the_same_output()
    {
        WireCorpus.Require();
        ChatCases.ShouldHold(ChatCases.Streams, 143, c =>
        {
            var stream = c.ResponseBytes();
            var whole = ChatCases.Convert(stream, stream.Length, UsageRules.OpenAI, out _);
            foreach (var size in (int[])[1, 2, 3, 7, 61, 1021])
                if (stream.Length / size < 200_000 && ChatCases.Convert(stream, size, UsageRules.OpenAI, out _) != whole) return $"pieces of {size} differ";
            return null;
        });
    }
}
