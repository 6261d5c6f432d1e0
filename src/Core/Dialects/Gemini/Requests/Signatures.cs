using Nano.Chat;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>Thought signatures that go back to where Gemini had put them (ai.google.dev/gemini-api/docs/thought-signatures).</summary>
internal static class Signatures
{
    /// <summary>
    /// Stands for a call's signature that is not known. It is no loss to be told: the request holds no signature, and in strict
    /// mode no conversation with tools could go on from a client that does not keep them, or move here from another model.
    /// </summary>
    public static readonly JsonText Unknown = new(StateOpener.NoSignature.ToArray());

    /// <summary>
    /// Which text each signature without text of its own belongs to: the last one behind it and before the next such
    /// signature. Null when there is no such signature.
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
            // At its own place where no text takes it.
            signatures[text < 0 ? i : text] = signed.Signature;
            text = -1;
        }
        return signatures;
    }
}
