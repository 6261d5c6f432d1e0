using Nano.Chat;
using Nano.Json;

namespace Nano.Tokens;

/// <summary>
/// Estimates the input tokens of a request: from its texts with a tokenizer (<see cref="Count"/>), or from their length alone when an
/// estimate must be cheap (<see cref="Guess"/>). System, turns, tools and schemas count; media count as at most providers.
/// </summary>
internal static class TokenEstimate
{
    /// <summary>The overhead of a turn, a tool or a call besides its text.</summary>
    private const long PerTurn = 4, PerTool = 8, PerCall = 6;

    /// <summary>An image of at least one megapixel at Anthropic; others charge less.</summary>
    private const long PerImage = 1_600;

    /// <summary>Bytes of one page of a document, as text and as an image.</summary>
    private const long BytesPerPage = 50_000, PerPage = 2_000;

    /// <summary>Bytes of compressed audio per token, at 32 tokens per second.</summary>
    private const long BytesPerAudioToken = 500;

    /// <summary>Bytes of English text or code per token.</summary>
    private const long BytesPerToken = 4;

    /// <summary>Uses the tokenizer that is nearest to the model's. CPU time grows with the request up to a limit.</summary>
    public static long Count(ChatRequest request, string model)
    {
        var counter = new TextCounter(Encodings.Of(model));
        Walk(request, ref counter, out var other);
        return (long)Math.Ceiling(counter.Total * Encodings.FactorOf(model)) + other;
    }

    /// <summary>From lengths: one walk over the request that reads no text.</summary>
    public static long Guess(ChatRequest request)
    {
        var counter = new TextCounter(null);
        Walk(request, ref counter, out var other);
        return counter.Total + other;
    }

    private static void Walk(ChatRequest request, ref TextCounter counter, out long other)
    {
        other = 0;
        foreach (var message in request.Messages)
        {
            other += PerTurn;
            foreach (var part in message.Parts) Walk(part, ref counter, ref other);
        }
        foreach (var tool in request.Tools)
        {
            other += PerTool;
            counter.Add(tool.Name);
            counter.Add(tool.Description);
            counter.Add(tool.Parameters.Memory);
            counter.Add(tool.Native.Memory);
        }
        if (request.ResponseFormat is { } format) counter.Add(format.Schema.Memory);
    }

    private static void Walk(ContentPart part, ref TextCounter counter, ref long other)
    {
        switch (part)
        {
            case TextPart text:
                counter.Add(text.Text);
                break;
            case RefusalPart refusal:
                counter.Add(refusal.Text);
                break;
            case ReasoningPart reasoning:
                counter.Add(reasoning.Text);
                break;
            case ToolCallPart call:
                other += PerCall;
                counter.Add(call.Name);
                counter.Add(call.Arguments.Json.IsPresent ? call.Arguments.Json.Memory : call.Arguments.Encoded.Escaped);
                break;
            case ToolResultPart result:
                other += PerCall;
                counter.Add(result.Json.Memory);
                foreach (var inner in result.Parts) Walk(inner, ref counter, ref other);
                break;
            case MediaPart media:
                other += OfMedia(media);
                break;
            case OpaquePart opaque:
                counter.Add(opaque.Value.Memory);
                break;
        }
    }

    private static long OfMedia(MediaPart media)
    {
        var bytes = media.Source.Data.Span.Length / 4 * 3;
        return media.Kind switch
        {
            MediaKind.Image => PerImage,
            MediaKind.Audio or MediaKind.Video => Math.Max(1, bytes / BytesPerAudioToken),
            _ => PerPage * Math.Max(1, bytes / BytesPerPage),
        };
    }

    /// <summary>Adds up texts: with a tokenizer up to its limit, from their length beyond it and without a tokenizer.</summary>
    private ref struct TextCounter(Microsoft.ML.Tokenizers.Tokenizer? tokenizer)
    {
        /// <summary>Characters that are tokenized; the rest is counted in the same proportion. A quarter of a second of CPU time.</summary>
        private const int MaxRead = 512 * 1024;

        private long _read, _tokens, _beyond;

        public readonly long Total => _tokens + (_read > 0 && tokenizer is not null ? (long)((double)_tokens / _read * _beyond) : _beyond / BytesPerToken);

        public void Add(JsonText text) => Add(text.Escaped);

        public void Add(ReadOnlyMemory<byte> json)
        {
            if (json.IsEmpty) return;
            if (tokenizer is null || _read >= MaxRead)
            {
                _beyond += json.Length;
                return;
            }
            var rest = Math.Max(0, json.Length - MaxRead);
            var text = new JsonText(json[..(json.Length - rest)]).ToString();
            _beyond += rest;
            _read += text.Length;
            foreach (var piece in new TextPieces(text)) _tokens += tokenizer.CountTokens(piece);
        }
    }
}
