using System.Text.Json;

namespace Nano.Testing.Oracle;

/// <summary>
/// Reads responses of Gemini generateContent (AI Studio and Vertex). From the reference: every chunk is a whole response
/// object with the next parts, the last <c>usageMetadata</c> counts, <c>promptTokenCount</c> includes the cached part,
/// <c>candidatesTokenCount</c> excludes reasoning, and the input from Google's own tools (<c>toolUsePromptTokenCount</c>)
/// is separate: only with it do the counts add up to <c>totalTokenCount</c> (gemini-generatecontent-one-cite-caa11c).
/// </summary>
public static class GeminiOracle
{
    public static Answer ReadWhole(string body)
    {
        if (Json.Parse(body) is not { } root) return Answer.Failure("not JSON");
        // Without alt=sse a stream is one JSON array of chunks (vertexai-generatecontent-one-basic-ca903b).
        return Read(root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : [root]);
    }

    public static Answer ReadStream(string text)
    {
        var chunks = new List<JsonElement>();
        foreach (var item in SseText.Events(text))
        {
            // An error in the middle of a stream arrives as a bare object, not as an event (vertexai-generatecontent-sse-basic-2169d8).
            if (Json.Parse(item.Stray) is { ValueKind: JsonValueKind.Object } stray) chunks.Add(stray);
            if (!item.HasData) continue;
            if (Json.Parse(item.Data) is not { } chunk) return Answer.Failure($"an event is no JSON: {item.Data}");
            chunks.Add(chunk);
        }
        return Read(chunks);
    }

    private static Answer Read(IReadOnlyList<JsonElement> chunks)
    {
        var candidates = new List<CandidateBuilder>();
        AnswerUsage? usage = null;
        var blocked = false;
        foreach (var chunk in chunks)
        {
            if (chunk.Member("error") is { } error) return Answer.Failure(error.Text("message") ?? "an error without a message");
            foreach (var item in chunk.Items("candidates")) Candidate(candidates, item).Take(item);
            blocked |= chunk.Member("promptFeedback").Member("blockReason") is not null
                || (chunk.Member("promptFeedback") is not null && !chunk.Items("candidates").Any());
            usage = Usage(chunk.Member("usageMetadata")) ?? usage;
        }
        if (candidates.Count == 0)
        {
            // A refused prompt has no candidates: there is no text, and a filter is the reason.
            return blocked
                ? new Answer { Choices = [new AnswerChoice(0) { Finish = "content_filter" }], Usage = usage }
                : Answer.Failure("no candidates and no prompt feedback");
        }
        if (candidates.FirstOrDefault(c => c.Reason == "MALFORMED_FUNCTION_CALL") is not null) return Answer.Failure("MALFORMED_FUNCTION_CALL");
        if (candidates.Any(c => c.Reason is null)) return Answer.Failure("a candidate without finishReason");
        return new Answer { Choices = [.. candidates.Select(c => c.Build())], Usage = usage };
    }

    private static CandidateBuilder Candidate(List<CandidateBuilder> candidates, JsonElement item)
    {
        var index = (int)(((JsonElement?)item).Count("index") ?? 0);
        if (candidates.Find(c => c.Index == index) is { } known) return known;
        candidates.Add(new CandidateBuilder(index));
        return candidates[^1];
    }

    private static AnswerUsage? Usage(JsonElement? usage)
    {
        if (usage is null) return null;
        var (prompt, tools) = (usage.Count("promptTokenCount"), usage.Count("toolUsePromptTokenCount"));
        var (visible, thoughts) = (usage.Count("candidatesTokenCount"), usage.Count("thoughtsTokenCount"));
        if (prompt is null && tools is null && visible is null && thoughts is null) return null;
        return new AnswerUsage
        {
            Prompt = Sum(prompt, tools),
            // Google omits counts that are zero; the total distinguishes them from counts that are unknown.
            Completion = Sum(visible, thoughts) ?? usage.Count("totalTokenCount") - Sum(prompt, tools),
            Cached = usage.Count("cachedContentTokenCount"),
            Reasoning = thoughts,
        };
    }

    private static long? Sum(long? left, long? right) => left is null && right is null ? null : (left ?? 0) + (right ?? 0);
}
