using System.Text.Json;

namespace Nano.Testing.Oracle;

/// <summary>The parts of a recorded response that the format of a caller's API can express, by its reference: documented in docs/conversions.md and the APIs' pages.</summary>
public static class CallerForm
{
    /// <param name="dialect">The caller's; Chat expresses everything that the readers read.</param>
    public static Answer Of(string dialect, Answer recorded, WireCase wire) => recorded.IsError ? recorded : dialect switch
    {
        "gemini" => Gemini(recorded),
        "anthropic-messages" => Messages(recorded, wire),
        "openai-responses" => Responses(recorded),
        _ => recorded,
    };

    /// <summary>
    /// A refusal is text of the model, STOP ends every response that was not cut, arguments are an object, and cache writes are not reported.
    /// </summary>
    private static Answer Gemini(Answer recorded) => recorded with
    {
        Choices = [.. recorded.Choices.Select(choice => choice with
        {
            Text = choice.Text + choice.Refusal,
            Refusal = "",
            ToolCalls = [.. choice.ToolCalls.Select(call => call with { Arguments = AsObject(call.Arguments) })],
            Finish = EndOf(choice),
        })],
        Usage = recorded.Usage is { } usage ? usage with { CacheWritten = null } : null,
    };

    /// <summary>
    /// One choice without images, whose refusal is text and whose calls end it. The input of a call is an object; a stream has its text
    /// unchanged. Usage is mandatory.
    /// </summary>
    private static Answer Messages(Answer recorded, WireCase wire)
    {
        var first = recorded.Choices.OrderBy(choice => choice.Index).FirstOrDefault() ?? new AnswerChoice(0);
        return recorded with
        {
            Choices = [first with
            {
                Index = 0, Text = first.Text + first.Refusal, Refusal = "", Images = [], Finish = EndOf(first),
                ToolCalls = [.. first.ToolCalls.Select(
                    call => call with { Arguments = wire.Sse is null || call.Arguments.Trim() is "" or "null" ? AsObject(call.Arguments) : call.Arguments })],
            }],
            Usage = recorded.Usage ?? new AnswerUsage { Prompt = 0, Completion = 0 },
        };
    }

    /// <summary>One choice, no other finish reason besides calls, and an object for the arguments of a call without any.</summary>
    private static Answer Responses(Answer recorded) => recorded with
    {
        Choices = [.. recorded.Choices.OrderBy(c => c.Index).Take(1).Select(c => c with
        {
            Finish = c.Finish is "length" or "content_filter" ? c.Finish : c.ToolCalls.Count > 0 ? "tool_calls" : "stop",
            ToolCalls = [.. c.ToolCalls.Select(call => call.Arguments.Trim() is "" or "null" ? call with { Arguments = "{}" } : call)],
        })],
    };

    private static string EndOf(AnswerChoice choice) =>
        choice.Finish is null or "" or "stop" or "tool_calls" or "function_call" ? choice.ToolCalls.Count > 0 ? "tool_calls" : "stop" : choice.Finish;

    /// <summary>If the model wrote something other than an object, an object contains it as text.</summary>
    private static string AsObject(string arguments)
    {
        if (arguments.Trim() is "" or "null") return "{}";
        try
        {
            using var document = JsonDocument.Parse(arguments);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return arguments;
        }
        catch (JsonException)
        {
            // Arguments that were cut.
        }
        return JsonSerializer.Serialize(new Dictionary<string, string> { ["raw_arguments"] = arguments });
    }
}
