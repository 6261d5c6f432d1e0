using System.Buffers;
using System.Text;
using Nano.Chat;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>Restores thought signatures in Gemini's original positions (ai.google.dev/gemini-api/docs/thought-signatures).</summary>
internal static class Signatures
{
    /// <summary>
    /// The placeholder for an unknown signature of a call. It is not reported as a loss: the request contains no signature, and strict
    /// mode would refuse every conversation with tools from a client that does not keep signatures, or from another model.
    /// </summary>
    public static readonly JsonText Unknown = new(StateOpener.NoSignature.ToArray());

    /// <summary>The same bytes for callers: see <see cref="ForCaller"/>.</summary>
    public static readonly JsonText UnknownForCaller = ToStandard(Unknown);

    private static readonly SearchValues<byte> StandardCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    /// <summary>
    /// Sealed state in standard base64 with padding, in which Google sends signatures: its SDKs for .NET, Java and Go decode them, and
    /// read nothing else. Other signatures are not changed.
    /// </summary>
    public static JsonText ForCaller(JsonText signature) => StateSeal.IndexOf(signature.Span) == 0 ? ToStandard(signature) : signature;

    /// <summary>Sealed state or the placeholder that a caller returns, as the gateway made it: SDKs that decode signatures send standard base64.</summary>
    public static JsonText FromCaller(JsonText signature)
    {
        if (!signature.HasValue || signature.Span[0] is not ((byte)'/' or (byte)'\\' or (byte)'s')) return signature;
        // Some JSON writers escape the slash.
        var text = signature.HasEscapes ? Encoding.UTF8.GetBytes(signature.ToString()) : signature.Span;
        if (text.SequenceEqual(UnknownForCaller.Span)) return Unknown;
        if (!text.StartsWith("//nano"u8) || text.ContainsAnyExcept(StandardCharacters)) return signature;
        var made = text.ToArray();
        made.AsSpan().Replace((byte)'+', (byte)'-');
        made.AsSpan().Replace((byte)'/', (byte)'_');
        return new JsonText(made);
    }

    /// <summary>Whether JSON contains sealed state in standard base64; a very cheap check.</summary>
    public static bool MayBeSealed(ReadOnlySpan<byte> json)
    {
        for (int at; (at = json.IndexOf("/nano"u8)) >= 0; json = json[(at + "/nano".Length)..])
        {
            var before = json[..at];
            var after = json[(at + "/nano".Length)..];
            if (after.Length > 0 && char.IsAsciiDigit((char)after[0]) && (before.EndsWith("/"u8) || before.EndsWith("/\\"u8))) return true;
        }
        return false;
    }

    /// <summary>Whether JSON may contain <see cref="UnknownForCaller"/>; a very cheap check.</summary>
    public static bool MayBeUnknown(ReadOnlySpan<byte> json) => json.IndexOf("/validator\""u8) >= 0;

    private static JsonText ToStandard(JsonText signature)
    {
        var standard = new byte[(signature.Span.Length + 3) / 4 * 4];
        signature.Span.CopyTo(standard);
        standard.AsSpan(signature.Span.Length).Fill((byte)'=');
        standard.AsSpan().Replace((byte)'-', (byte)'+');
        standard.AsSpan().Replace((byte)'_', (byte)'/');
        return new JsonText(standard);
    }

    /// <summary>
    /// For each text, the signature of the signature-only part that belongs to it. Such a part signs the last text after it and
    /// before the next such part. Null if there are none.
    /// </summary>
    public static JsonText[]? OfTexts(List<ContentPart> parts)
    {
        JsonText[]? signatures = null;
        var text = -1;
        for (var i = parts.Count - 1; i >= 0; i--)
        {
            if (parts[i] is TextPart { Text.HasValue: true } && text < 0) text = i;
            if (parts[i] is not ReasoningPart { Origin: GeminiDialect.DialectName, Text.HasValue: false, Signature.HasValue: true } signed) continue;
            signatures ??= new JsonText[parts.Count];
            // In its own position if there is no text for it.
            signatures[text < 0 ? i : text] = signed.Signature;
            text = -1;
        }
        return signatures;
    }
}
