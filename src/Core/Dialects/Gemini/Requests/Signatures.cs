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
