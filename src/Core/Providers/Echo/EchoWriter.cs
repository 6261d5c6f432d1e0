using Nano.Json;

namespace Nano.Providers.Echo;

/// <summary>Writes a response in OpenAI's form: one <c>chat.completion</c>, or <c>chat.completion.chunk</c> events.</summary>
internal sealed class EchoWriter(EchoRequest request, EchoResponse answer, long created)
{
    // Not a secret, so no cryptography: its first use loads a library and its settings from the disk.
    private readonly string _id = "chatcmpl-" + Random.Shared.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 24);

    public void Whole(JsonOutput output)
    {
        Head("chat.completion"u8, output);
        output.Name("choices"u8);
        output.BeginArray();
        for (var choice = 0; choice < request.Choices; choice++)
        {
            BeginChoice(choice, "message"u8, output);
            output.Name("role"u8);
            output.Literal("assistant"u8);
            output.Name("content"u8);
            if (answer.Calls.Count > 0) output.Null(); else Value(answer.Text, output);
            if (answer.Reasoning.Length > 0) Member("reasoning_content"u8, answer.Reasoning, output);
            output.Name("refusal"u8);
            output.Null();
            if (answer.Calls.Count > 0) WriteCalls(output);
            EndChoice(last: true, output);
        }
        output.EndArray();
        WriteUsage(output);
        output.EndObject();
    }

    /// <summary>
    /// Writes the stream into <paramref name="output"/> chunk by chunk: the output at each yield is one event. A
    /// token is one chunk; several choices take turns. Yields the number of events so far.
    /// </summary>
    public IEnumerable<int> Chunks(JsonOutput output)
    {
        var events = 0;
        for (var choice = 0; choice < request.Choices; choice++)
        {
            BeginChunk(choice, output);
            output.Name("role"u8);
            output.Literal("assistant"u8);
            output.Name("content"u8);
            if (answer.Calls.Count > 0) output.Null(); else output.Literal(""u8);
            output.Name("refusal"u8);
            output.Null();
            EndChunk(output);
            yield return ++events;
        }
        foreach (var piece in Tokens(answer.Reasoning))
        {
            for (var choice = 0; choice < request.Choices; choice++)
            {
                BeginChunk(choice, output);
                Member("reasoning_content"u8, piece.Span, output);
                EndChunk(output);
                yield return ++events;
            }
        }
        foreach (var piece in Tokens(answer.Text))
        {
            for (var choice = 0; choice < request.Choices; choice++)
            {
                BeginChunk(choice, output);
                Member("content"u8, piece.Span, output);
                EndChunk(output);
                yield return ++events;
            }
        }
        for (var index = 0; index < answer.Calls.Count; index++)
        {
            for (var choice = 0; choice < request.Choices; choice++)
            {
                BeginCallChunk(choice, index, output);
                WriteCallHead(answer.Calls[index], choice, [], output);
                EndCallChunk(output);
                yield return ++events;
            }
            foreach (var piece in Tokens(answer.Calls[index].Arguments))
            {
                for (var choice = 0; choice < request.Choices; choice++)
                {
                    BeginCallChunk(choice, index, output);
                    WriteArguments(answer.Calls[index], piece.Span, output);
                    EndCallChunk(output);
                    yield return ++events;
                }
            }
        }
        for (var choice = 0; choice < request.Choices; choice++)
        {
            BeginChunk(choice, output);
            EndChunk(output, last: true);
            yield return ++events;
        }
        if (request.IncludeUsage)
        {
            BeginEvent(output);
            output.Name("choices"u8);
            output.BeginArray();
            output.EndArray();
            WriteUsage(output);
            EndEvent(output);
            yield return ++events;
        }
        output.Bytes("data: [DONE]\n\n"u8);
        yield return ++events;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Tokens(ReadOnlyMemory<byte> text)
    {
        for (int length; text.Length > 0; text = text[length..])
        {
            length = EchoTokens.Next(text.Span);
            yield return text[..length];
        }
    }

    private void Head(ReadOnlySpan<byte> kind, JsonOutput output)
    {
        output.BeginObject();
        output.Name("id"u8);
        output.Text(_id);
        output.Name("object"u8);
        output.Literal(kind);
        output.Name("created"u8);
        output.Number(created);
        output.Name("model"u8);
        output.Literal("nano/echo"u8);
        output.Name("system_fingerprint"u8);
        output.Null();
    }

    private static void BeginChoice(int choice, ReadOnlySpan<byte> kind, JsonOutput output)
    {
        output.BeginObject();
        output.Name("index"u8);
        output.Number(choice);
        output.Name(kind);
        output.BeginObject();
    }

    private void EndChoice(bool last, JsonOutput output)
    {
        output.EndObject();
        output.Name("logprobs"u8);
        output.Null();
        output.Name("finish_reason"u8);
        if (!last) output.Null();
        else output.Literal(answer.CutByLimit ? "length"u8 : answer.Calls.Count > 0 ? "tool_calls"u8 : "stop"u8);
        output.EndObject();
    }

    private void BeginEvent(JsonOutput output)
    {
        output.Bytes("data: "u8);
        output.NewValue();
        Head("chat.completion.chunk"u8, output);
    }

    private static void EndEvent(JsonOutput output)
    {
        output.EndObject();
        output.Bytes("\n\n"u8);
    }

    private void BeginChunk(int choice, JsonOutput output)
    {
        BeginEvent(output);
        output.Name("choices"u8);
        output.BeginArray();
        BeginChoice(choice, "delta"u8, output);
    }

    private void EndChunk(JsonOutput output, bool last = false)
    {
        EndChoice(last, output);
        output.EndArray();
        if (request.IncludeUsage)
        {
            output.Name("usage"u8);
            output.Null();
        }
        EndEvent(output);
    }

    private void BeginCallChunk(int choice, int index, JsonOutput output)
    {
        BeginChunk(choice, output);
        output.Name("tool_calls"u8);
        output.BeginArray();
        output.BeginObject();
        output.Name("index"u8);
        output.Number(index);
    }

    private void EndCallChunk(JsonOutput output)
    {
        output.EndObject();
        output.EndArray();
        EndChunk(output);
    }

    private void WriteCalls(JsonOutput output)
    {
        output.Name("tool_calls"u8);
        output.BeginArray();
        foreach (var call in answer.Calls)
        {
            output.BeginObject();
            WriteCallHead(call, 0, call.Arguments, output);
            output.EndObject();
        }
        output.EndArray();
    }

    private static void WriteCallHead(EchoCall call, int choice, ReadOnlySpan<byte> arguments, JsonOutput output)
    {
        output.Name("id"u8);
        output.Text(choice == 0 ? call.Id : $"{call.Id}_{choice}");
        output.Name("type"u8);
        output.Literal(call.Tool.Custom ? "custom"u8 : "function"u8);
        output.Name(call.Tool.Custom ? "custom"u8 : "function"u8);
        output.BeginObject();
        output.Name("name"u8);
        output.Text(call.Tool.Name);
        Member(call.Tool.Custom ? "input"u8 : "arguments"u8, arguments, output);
        output.EndObject();
    }

    private static void WriteArguments(EchoCall call, ReadOnlySpan<byte> piece, JsonOutput output)
    {
        output.Name(call.Tool.Custom ? "custom"u8 : "function"u8);
        output.BeginObject();
        Member(call.Tool.Custom ? "input"u8 : "arguments"u8, piece, output);
        output.EndObject();
    }

    private void WriteUsage(JsonOutput output)
    {
        var completion = (long)answer.Tokens * request.Choices;
        output.Name("usage"u8);
        output.BeginObject();
        output.Name("prompt_tokens"u8);
        output.Number(request.Conversation.Tokens);
        output.Name("completion_tokens"u8);
        output.Number(completion);
        output.Name("total_tokens"u8);
        output.Number(request.Conversation.Tokens + completion);
        output.Name("prompt_tokens_details"u8);
        output.BeginObject();
        output.Name("cached_tokens"u8);
        output.Number(0);
        output.EndObject();
        output.Name("completion_tokens_details"u8);
        output.BeginObject();
        output.Name("reasoning_tokens"u8);
        output.Number((long)answer.ReasoningTokens * request.Choices);
        output.EndObject();
        output.EndObject();
    }

    private static void Member(ReadOnlySpan<byte> name, ReadOnlySpan<byte> utf8, JsonOutput output)
    {
        output.Name(name);
        Value(utf8, output);
    }

    private static void Value(ReadOnlySpan<byte> utf8, JsonOutput output)
    {
        output.BeginText();
        output.AppendUtf8(utf8);
        output.EndText();
    }
}
