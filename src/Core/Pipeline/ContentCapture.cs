using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Providers;
using Nano.Telemetry;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// The messages of a request and of its response in the form of <c>gen_ai.input.messages</c> and <c>gen_ai.output.messages</c>, for operators who ask for
/// them (OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT). Only texts, and cut here: exporters pass on up to 262,144 characters. Headers are
/// not included, and the keys of the caller and of the provider are removed from texts that repeat them.
/// </summary>
internal static class ContentCapture
{
    /// <summary>Characters of all messages together; the last ones that fit are kept, since they contain the actual question.</summary>
    public const int MaxLength = 8192;

    /// <summary>Characters of one text.</summary>
    public const int MaxText = 1024;

    /// <summary>The default key of a laptop is a common word.</summary>
    private const int LeastKey = 8;

    private static readonly string[] KeyHeaders = ["Authorization", "x-api-key", "api-key", "x-goog-api-key"];

    /// <summary>Adds the request's messages to the span, and the response's once it is over.</summary>
    public static void Begin(Exchange exchange, ExchangeSpan span)
    {
        if (exchange.Operation != Operation.Chat) return;
        if (Input(exchange) is { } messages) span.SetInput(messages);
        exchange.Observe(new ResponseCapture(exchange, span));
    }

    /// <summary>Null if the request cannot be read; then the caller gets an error anyway.</summary>
    private static string? Input(Exchange exchange)
    {
        var (request, error) = exchange.Dialect.TryReadRequest(exchange.Body, isCount: false);
        if (error is not null) return null;
        var kept = new List<string>();
        var left = MaxLength - 2;
        for (var i = request!.Messages.Count - 1; i >= 0; i--)
        {
            var message = Write(request.Messages[i], exchange);
            left -= message.Length + 1;
            if (left < 0) break;
            kept.Add(message);
        }
        kept.Reverse();
        return $"[{string.Join(',', kept)}]";
    }

    private static string Write(ChatMessage message, Exchange exchange)
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
            var content = Cut(WithoutKeys(text.Text.ToString() ?? "", exchange), Math.Min(MaxText, left));
            left -= content.Length;
            WriteText(content, output);
        }
        output.EndArray();
        output.EndObject();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    public static void WriteText(string content, JsonOutput output)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Text("text");
        output.Name("content"u8);
        output.Text(content);
        output.EndObject();
    }

    /// <summary>Runs before a text is cut: half a key would reveal most of it.</summary>
    public static string WithoutKeys(string text, Exchange exchange)
    {
        foreach (var header in KeyHeaders)
        {
            if (exchange.Header(header) is not { } value) continue;
            var key = value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value[7..].Trim() : value;
            if (key.Length >= LeastKey) text = text.Replace(key, "[key]", StringComparison.Ordinal);
        }
        return UpstreamErrors.Safe(UpstreamErrors.Safe(text, exchange.Attempt?.Key.Value), exchange.Attempt?.RefusedKey);
    }

    /// <summary>Never cuts between the halves of a surrogate pair.</summary>
    public static string Cut(string text, int length) => text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
