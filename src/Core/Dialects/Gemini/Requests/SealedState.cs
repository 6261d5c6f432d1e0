using Nano.Dialects.Gemini.Requests;
using Nano.Dialects.Shared;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.Gemini;

/// <summary>
/// Gemini keeps state in the <c>thoughtSignature</c> of parts and in the ids of function calls. Reasoning with another model's signature is
/// removed as a whole. Other parts lose only the signature; on calls Google's placeholder replaces it. Empty parts
/// (<see cref="BareThought"/>) are removed as well.
/// </summary>
internal sealed class SealedState(JsonOutput output) : SealedStateRemover(output)
{
    public static bool MayContain(ReadOnlySpan<byte> body) => MayContainSeal(body) || BareThought.MayBeIn(body) || Signatures.MayBeUnknown(body);

    public static bool MayContainSeal(ReadOnlySpan<byte> body) => StateSeal.IndexOf(body) >= 0 || Signatures.MayBeSealed(body);

    protected override bool MayHold(ReadOnlySpan<byte> value) => MayContain(value);

    protected override void Request(ReadOnlyMemory<byte> body) => TopLevel(body, "contents"u8, contents => Elements(contents, Content));

    private void Content(JsonSlice content)
    {
        // A turn without parts is refused.
        if (content.Member("parts"u8) is { IsArray: true } parts && OnlySealed(parts)) return;
        Members(content, (name, value) =>
        {
            if (!name.Is("parts"u8) || !value.IsArray) return false;
            Output.Name(name);
            Elements(value, Part);
            return true;
        });
    }

    private void Part(JsonSlice part)
    {
        if (BareThought.Is(part))
        {
            HasChanged = true;
            return;
        }
        if (IsSealedReasoning(part) && Lose()) return;
        Members(part, (name, value) =>
        {
            if (name.Is("thoughtSignature"u8) || name.Is("thought_signature"u8)) return IsSealed(value.AsText()) ? Lose() && Replace(name, part) : Restore(name, value);
            var isCall = name.Is("functionCall"u8) || name.Is("function_call"u8);
            if (!value.IsObject || !(isCall || name.Is("functionResponse"u8) || name.Is("function_response"u8))) return false;
            Output.Name(name);
            Members(value, (inner, id) => inner.Is("id"u8) && Id(inner, id, isCall));
            return true;
        });
    }

    /// <summary>Google documents only one form of its placeholder.</summary>
    private bool Restore(JsonText name, JsonSlice value)
    {
        var given = value.AsText();
        var restored = Signatures.FromCaller(given);
        if (restored.Span.SequenceEqual(given.Span)) return false;
        HasChanged = true;
        Output.Name(name);
        Output.Text(restored);
        return true;
    }

    private static bool IsSealed(JsonText signature) => StateSeal.IndexOf(Signatures.FromCaller(signature).Span) >= 0;

    /// <summary>Gemini 3 refuses a call without any signature.</summary>
    private bool Replace(JsonText name, JsonSlice part)
    {
        if (!part.Member("functionCall"u8).IsPresent && !part.Member("function_call"u8).IsPresent) return true;
        Output.Name(name);
        Output.Text(Signatures.Unknown);
        return true;
    }

    private bool OnlySealed(JsonSlice parts)
    {
        bool anySealed = false, anyBare = false;
        var cursor = new JsonCursor(parts.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var part = cursor.TakeValue();
            if (BareThought.Is(part)) anyBare = true;
            else if (IsSealedReasoning(part)) anySealed = true;
            else return false;
        }
        HasChanged |= anyBare;
        return anySealed ? Lose() : anyBare;
    }

    /// <summary>Whether a part is reasoning, or has only a signature.</summary>
    private static bool IsSealedReasoning(JsonSlice part)
    {
        if (!part.IsObject || !IsSealed(Signature(part).AsText())) return false;
        if (part.Member("thought"u8).IsTrue) return true;
        var members = 0;
        var cursor = new JsonCursor(part.Memory);
        cursor.EnterObject();
        for (; cursor.NextMember(); cursor.Skip()) members++;
        return members == 1;
    }

    private static JsonSlice Signature(JsonSlice part) => part.Member("thoughtSignature"u8) is { IsPresent: true } signature ? signature : part.Member("thought_signature"u8);
}
