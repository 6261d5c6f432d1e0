using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>The members of one choice of a chunk and of its delta, as slices.</summary>
internal readonly ref struct DeltaMembers
{
    public int? Index { get; private init; }
    public JsonText Finish { get; private init; }
    public JsonText NativeFinish { get; private init; }
    public JsonSlice Logprobs { get; private init; }
    public JsonSlice Error { get; private init; }

    public JsonSlice Content { get; private init; }
    public JsonText Refusal { get; private init; }
    public JsonText Reasoning { get; private init; }
    public JsonSlice Details { get; private init; }
    public JsonSlice ToolCalls { get; private init; }
    public JsonSlice FunctionCall { get; private init; }
    public JsonSlice Annotations { get; private init; }
    public JsonSlice Images { get; private init; }
    public JsonSlice Audio { get; private init; }

    /// <summary>
    /// Reads a choice's <c>delta</c>, or its <c>message</c> if there is no delta. Perplexity sends both; the message is
    /// all the text so far (<c>perplexity-chat-sse-websearch-2e1e1a</c>).
    /// </summary>
    public static DeltaMembers Read(JsonSlice choice)
    {
        JsonSlice delta = default, message = default, index = default, finish = default, native = default, logprobs = default, error = default;
        var cursor = new JsonCursor(choice.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("delta"u8)) delta = cursor.TakeValue();
            else if (cursor.NameIs("message"u8)) message = cursor.TakeValue();
            else if (cursor.NameIs("index"u8)) index = cursor.TakeValue();
            else if (cursor.NameIs("finish_reason"u8)) finish = cursor.TakeValue();
            else if (cursor.NameIs("native_finish_reason"u8)) native = cursor.TakeValue();
            else if (cursor.NameIs("logprobs"u8)) logprobs = cursor.TakeValue();
            else if (cursor.NameIs("error"u8)) error = cursor.TakeValue();
            else cursor.Skip();
        }
        JsonSlice content = default, reasoningContent = default, reasoning = default, details = default, refusal = default;
        JsonSlice toolCalls = default, functionCall = default, annotations = default, images = default, audio = default;
        var said = delta.IsObject ? delta : message;
        if (said.IsObject)
        {
            var inner = new JsonCursor(said.Memory);
            inner.EnterObject();
            while (inner.NextMember())
            {
                if (inner.NameIs("content"u8)) content = inner.TakeValue();
                else if (inner.NameIs("reasoning_content"u8)) reasoningContent = inner.TakeValue();
                else if (inner.NameIs("reasoning"u8)) reasoning = inner.TakeValue();
                else if (inner.NameIs("reasoning_details"u8)) details = inner.TakeValue();
                else if (inner.NameIs("refusal"u8)) refusal = inner.TakeValue();
                else if (inner.NameIs("tool_calls"u8)) toolCalls = inner.TakeValue();
                else if (inner.NameIs("function_call"u8)) functionCall = inner.TakeValue();
                else if (inner.NameIs("annotations"u8)) annotations = inner.TakeValue();
                else if (inner.NameIs("images"u8)) images = inner.TakeValue();
                else if (inner.NameIs("audio"u8)) audio = inner.TakeValue();
                else inner.Skip();
            }
        }
        return new DeltaMembers
        {
            Index = index.AsInt64() is { } at and >= 0 and <= int.MaxValue ? (int)at : null,
            Finish = finish.AsText(),
            NativeFinish = native.AsText(),
            Logprobs = logprobs,
            Error = error,
            Content = content,
            Refusal = refusal.AsText(),
            Reasoning = reasoningContent.AsText() is { HasValue: true } text ? text : reasoning.AsText(),
            Details = details,
            ToolCalls = toolCalls,
            FunctionCall = functionCall,
            Annotations = annotations,
            Images = images,
            Audio = audio,
        };
    }
}
