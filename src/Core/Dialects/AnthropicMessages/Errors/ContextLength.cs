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

    /// <summary>Anthropic's error for a prompt and <c>max_tokens</c> that are too long together: Claude Code then asks for fewer tokens.</summary>
    private const string WithLimit = "exceed context limit";

    public static string MessageOf(GatewayError error)
    {
        var message = error.Message;
        if (!ContextOverflow.Is(error) || Has(message, Words) || Has(message, WithLimit)) return message;
        return Numbers(message) is var (request, most)
            ? string.Create(CultureInfo.InvariantCulture, $"{Words}: {request} tokens > {most} maximum")
            : $"{Words}: {message}";
    }

    private static bool Has(string message, string phrase) => message.Contains(phrase, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The request's length and the limit: the first two numbers, in the order of the provider's message. A client computes with them, so
    /// there are none if they may have another meaning: an excess ("exceeded by 25836 tokens"), or the larger one is not the message's largest.
    /// </summary>
    private static (long Request, long Most)? Numbers(string text)
    {
        (long First, long Second) found = default;
        long largest = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsAsciiDigit(text[at])) continue;
            var start = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || (text[at] == ',' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])))) at++;
            if (at - start < 3 || IsPart(text, start - 1) || IsPart(text, at)) continue;
            if (text.AsSpan(0, start).EndsWith("by ", StringComparison.OrdinalIgnoreCase)) return null;
            if (!long.TryParse(text.AsSpan(start, at - start), NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var number)) return null;
            if (found.First == 0) found.First = number;
            else if (found.Second == 0) found.Second = number;
            largest = Math.Max(largest, number);
        }
        var (request, most) = (Math.Max(found.First, found.Second), Math.Min(found.First, found.Second));
        return most > 0 && request > most && request == largest ? (request, most) : null;
    }

    /// <summary>The digits beside this character are part of a name or an id (<c>grok-4-0709</c>).</summary>
    private static bool IsPart(string text, int at) => at >= 0 && at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '-' or '_');
}
