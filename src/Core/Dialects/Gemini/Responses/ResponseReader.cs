using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.Gemini.Errors;
using Nano.Dialects.Gemini.Requests;
using Nano.Dialects.Gemini.Streams;
using Nano.Json;

namespace Nano.Dialects.Gemini.Responses;

/// <summary>
/// Reads a whole response. A JSON array of chunks (<c>streamGenerateContent</c> without <c>alt=sse</c>) is read as one
/// response in pieces.
/// </summary>
internal static class ResponseReader
{
    private static readonly JsonText UsageMetadata = JsonText.From("usageMetadata");

    public static ChatResponse Read(ReadOnlyMemory<byte> body, UsageRules rules)
    {
        var response = new ChatResponse(GeminiDialect.DialectName);
        var cursor = new JsonCursor(body);
        if (cursor.Token == JsonTokenType.StartArray)
        {
            response.Form = Forms.Array | Forms.NoCandidates;
            while (cursor.NextElement()) Add(response, cursor.TakeValue(), rules);
            cursor.ExpectEnd();
        }
        else
        {
            response.Form = Forms.NoCandidates;
            Add(response, new JsonSlice(body), rules);
        }
        return response;
    }

    private static void Add(ChatResponse response, JsonSlice whole, UsageRules rules)
    {
        var chunk = Chunk.Read(whole);
        if (chunk.Error.HasValue)
        {
            response.Error = ErrorCodec.ToGatewayError(chunk.Error, whole);
            return;
        }
        if (chunk.Id.IsPresent) response.Id = chunk.Id;
        if (chunk.Model.IsPresent) response.Model = chunk.Model;
        response.Extras = chunk.Extras ?? response.Extras;
        if (chunk.Usage.IsPresent) AddUsage(response, chunk.Usage, rules);

        var any = false;
        if (chunk.Candidates.IsPresent)
        {
            response.Form &= ~Forms.NoCandidates;
            var cursor = new JsonCursor(chunk.Candidates.Memory);
            cursor.EnterArray();
            while (cursor.NextElement())
            {
                AddCandidate(response, Candidate.Read(cursor.TakeValue()));
                any = true;
            }
        }
        if (!any && response.Choices.Count == 0 && chunk.IsPromptBlocked(out var reason))
            response.Choices.Add(new ChatChoice(0, new ChatMessage(ChatRole.Assistant))
            {
                Finish = FinishReason.ContentFilter, NativeFinish = reason, Form = Forms.PromptBlock,
            });
    }

    private static void AddCandidate(ChatResponse response, in Candidate candidate)
    {
        var message = candidate.Content.IsPresent
            ? ContentCodec.Read(candidate.Content, ChatRole.Assistant, null)
            : new ChatMessage(ChatRole.Assistant) { Form = Forms.NoRole | Forms.NoParts };
        var choice = Find(response.Choices, candidate.Index);
        if (choice is null)
        {
            choice = new ChatChoice(candidate.Index, message) { Form = candidate.Form };
            response.Choices.Add(choice);
        }
        else
        {
            // A later chunk of the same choice continues its text.
            choice.Message.Parts.AddRange(message.Parts);
            choice.Form = candidate.Form;
        }
        choice.Extras = candidate.Extras ?? choice.Extras;
        if (candidate.Finish.HasValue)
        {
            choice.Finish = FinishReasons.Read(candidate.Finish, choice.Message.Parts.Exists(p => p is ToolCallPart));
            choice.NativeFinish = FinishReasons.Native(candidate.Finish);
            if (choice.Finish == FinishReason.Error) response.Error = ErrorCodec.OfFinish(candidate);
        }
        if (candidate.Logprobs.IsObject) choice.Logprobs = Logprobs(candidate.Logprobs);
        if (candidate.ReadCitations(new TextMap(choice.Message.Parts)) is { } citations
            && choice.Message.Parts.Find(p => p is TextPart { Text.HasValue: true }) is TextPart text)
            text.Citations = citations;
    }

    private static void AddUsage(ChatResponse response, JsonSlice metadata, UsageRules rules)
    {
        if (UsageCodec.Read(metadata, rules, new Extras(GeminiDialect.DialectName)) is { } usage)
        {
            response.Usage = usage;
            return;
        }
        // trafficType alone: there is no count (vertexai-generatecontent-one-basic-703201).
        var extras = response.Extras;
        Extras.Add(ref extras, GeminiDialect.DialectName, UsageMetadata, metadata);
        response.Extras = extras;
    }

    private static JsonSlice Logprobs(JsonSlice result)
    {
        using var output = new JsonOutput();
        return LogprobsCodec.WriteAsChat(result, output) ? new JsonSlice(output.WrittenSpan.ToArray()) : default;
    }

    private static ChatChoice? Find(List<ChatChoice> choices, int index)
    {
        foreach (var choice in choices)
            if (choice.Index == index) return choice;
        return null;
    }
}
