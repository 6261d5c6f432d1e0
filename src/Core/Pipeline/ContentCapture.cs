using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Providers;

namespace Nano.Pipeline;

/// <summary>
/// The messages of a request in the form of <c>gen_ai.input.messages</c>, for operators who ask for them (OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT).
/// Texts only, and cut here: exporters pass on up to 262,144 characters. Headers, and so keys, are no part of it.
/// </summary>
internal static class ContentCapture
{
    /// <summary>Characters of all messages together; the last ones that fit are kept, since they are what the request is about.</summary>
    public const int MaxLength = 8192;

    /// <summary>Characters of one text.</summary>
    public const int MaxText = 1024;

    /// <summary>Null where the request cannot be read; then the caller gets an error anyway.</summary>
    public static string? Input(Exchange exchange)
    {
        if (exchange.Operation != Operation.Chat) return null;
        var (request, error) = exchange.Dialect.TryReadRequest(exchange.Body, isCount: false);
        if (error is not null) return null;
        var kept = new List<string>();
        var left = MaxLength - 2;
        for (var i = request!.Messages.Count - 1; i >= 0; i--)
        {
            var message = Write(request.Messages[i]);
            left -= message.Length + 1;
            if (left < 0) break;
            kept.Add(message);
        }
        kept.Reverse();
        return $"[{string.Join(',', kept)}]";
    }

    private static string Write(ChatMessage message)
    {
        using var output = new JsonOutput(256);
        output.BeginObject();
        output.Name("role"u8);
        output.Text(message.Role.ToString().ToLowerInvariant());
        output.Name("parts"u8);
        output.BeginArray();
        var left = MaxLength / 2;
        foreach (var part in message.Parts)
        {
            if (part is not TextPart text || left <= 0) continue;
            var content = text.Text.ToString() ?? "";
            if (content.Length > Math.Min(MaxText, left)) content = Cut(content, Math.Min(MaxText, left));
            left -= content.Length;
            output.BeginObject();
            output.Name("type"u8);
            output.Text("text");
            output.Name("content"u8);
            output.Text(content);
            output.EndObject();
        }
        output.EndArray();
        output.EndObject();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>Never between the halves of a pair.</summary>
    private static string Cut(string text, int length) => text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
