using System.Globalization;
using Nano.Errors;

namespace Nano.Dialects.AnthropicMessages.Errors;

/// <summary>
/// The error for a request that exceeds the model's context, in the form that Anthropic's clients recognise, for any provider:
/// <c>prompt is too long: 208310 tokens > 200000 maximum</c>. Claude Code then compacts the conversation.
/// </summary>
internal static class ContextLength
{
    private const string Words = "prompt is too long";

    /// <summary>Messages of other providers, case-insensitive: Gemini, Amazon Bedrock, llama.cpp.</summary>
    private static readonly string[] Phrases =
        ["exceeds the maximum number of tokens", "maximum context length", "input is too long for requested model", "exceeds the available context size"];

    public static string MessageOf(GatewayError error)
    {
        var message = error.Message;
        if (error.Kind != GatewayErrorKind.ProviderRejected || message.Contains(Words, StringComparison.OrdinalIgnoreCase) || !IsTooLong(error)) return message;
        var (first, second) = Numbers(message);
        return first > 0 && second > 0 && first != second
            ? string.Create(CultureInfo.InvariantCulture, $"{Words}: {Math.Max(first, second)} tokens > {Math.Min(first, second)} maximum")
            : $"{Words}: {message}";
    }

    private static bool IsTooLong(GatewayError error)
    {
        if (error.Code == "context_length_exceeded") return true;
        foreach (var phrase in Phrases)
            if (error.Message.Contains(phrase, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    /// <summary>The first two numbers with three or more digits: the limit and the request's length, in the order of the provider's message.</summary>
    private static (long First, long Second) Numbers(string text)
    {
        long first = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsAsciiDigit(text[at])) continue;
            var end = at;
            while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
            if (end - at >= 3 && long.TryParse(text.AsSpan(at, end - at), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                if (first > 0) return (first, number);
                first = number;
            }
            at = end;
        }
        return (first, 0);
    }
}
