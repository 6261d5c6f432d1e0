using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>
/// <c>reasoning_details</c>, OpenRouter's form of reasoning with state, which others have adopted
/// (https://openrouter.ai/docs/use-cases/reasoning-tokens): <c>reasoning.text</c> with a signature, <c>reasoning.summary</c>,
/// <c>reasoning.encrypted</c>. <c>format</c> identifies the owner of the state.
/// </summary>
internal static class ReasoningDetails
{
    private static readonly JsonText Type = JsonText.From("type");
    private static readonly JsonText Format = JsonText.From("format");

    /// <summary>False, and nothing is added, if the list contains anything but objects.</summary>
    /// <param name="details">An array.</param>
    /// <param name="parts">Receives the parts.</param>
    /// <param name="inPieces">
    /// The details are a stream's fragments that a client gathered: several with the same <c>index</c> are one. They
    /// are joined, so the original list cannot be restored from the parts.
    /// </param>
    public static bool TryRead(JsonSlice details, List<ContentPart> parts, out bool inPieces)
    {
        inPieces = IsInPieces(details);
        var run = new List<ReasoningPart>();
        var before = parts.Count;
        long? at = null;
        var cursor = new JsonCursor(details.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            if (cursor.Token != JsonTokenType.StartObject)
            {
                parts.RemoveRange(before, parts.Count - before);
                return false;
            }
            var part = Read(ref cursor, inPieces ? null : i, out var index);
            if (run.Count > 0 && !(inPieces && index is not null && index == at && GoesOn(run[^1], part))) End(run, parts);
            run.Add(part);
            at = index;
        }
        End(run, parts);
        return true;
    }

    private static bool IsInPieces(JsonSlice details)
    {
        long? at = null;
        var cursor = new JsonCursor(details.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var detail = cursor.TakeValue();
            var index = detail.IsObject ? detail.Member("index"u8).AsInt64() : null;
            if (index is not null && index == at) return true;
            at = index;
        }
        return false;
    }

    /// <summary>A signature ends the text that it signs, and sealed state is whole.</summary>
    private static bool GoesOn(ReasoningPart before, ReasoningPart part)
    {
        const ReasoningForm Kind = ReasoningForm.Summary | ReasoningForm.Encrypted;
        return before.Origin == part.Origin && (before.Form & (int)Kind) == (part.Form & (int)Kind) && !Has(part.Form, ReasoningForm.Encrypted)
            && !before.Signature.HasValue && !before.Opaque.IsPresent && !part.Opaque.IsPresent;
    }

    private static void End(List<ReasoningPart> run, List<ContentPart> parts)
    {
        if (run.Count == 1) parts.Add(run[0]);
        else if (run.Count > 1) parts.Add(Join(run));
        run.Clear();
    }

    private static ReasoningPart Join(List<ReasoningPart> run)
    {
        var length = 0;
        foreach (var piece in run) length += piece.Text.Span.Length;
        var text = new byte[length];
        var rest = text.AsSpan();
        var extras = run[0].Extras;
        foreach (var piece in run)
        {
            piece.Text.Span.CopyTo(rest);
            rest = rest[piece.Text.Span.Length..];
            if (piece.Extras is null || piece.Extras == extras) continue;
            foreach (var member in piece.Extras.Members)
                if (extras?.Find(member.Name.Span).IsPresent != true) Extras.Add(ref extras, OpenAIChatDialect.DialectName, member.Name, member.Value);
        }
        return new ReasoningPart(run[0].Origin)
        {
            Text = new JsonText(text),
            Signature = run[^1].Signature,
            Form = run[0].Form & ~(int)(ReasoningForm.TextNull | ReasoningForm.SignatureNull),
            Extras = extras,
        };
    }

    /// <summary>The format name of a dialect's state; empty if there is none.</summary>
    public static ReadOnlySpan<byte> FormatOf(string origin) => origin switch
    {
        DialectNames.AnthropicMessages => "anthropic-claude-v1"u8,
        DialectNames.Gemini => "google-gemini-v1"u8,
        DialectNames.OpenAIResponses => "openai-responses-v1"u8,
        DialectNames.BedrockConverse => "amazon-bedrock-v1"u8,
        _ => default,
    };

    /// <param name="output">Positioned in the list.</param>
    /// <param name="part">A part of any origin.</param>
    /// <param name="index">Its position in the list.</param>
    public static void Write(JsonOutput output, ReasoningPart part, int index)
    {
        var form = part.Form;
        if (part.Origin != OpenAIChatDialect.DialectName && (form & (int)ReasoningForm.Detail) == 0)
            form = (int)(ReasoningForm.Detail | ReasoningForm.IndexIsOrdinal
                | (FormatOf(part.Origin).IsEmpty ? 0 : ReasoningForm.FormatKnown) | (part.Opaque.IsPresent ? ReasoningForm.Encrypted : 0));
        output.BeginObject();
        // A special type is in the extras.
        if (!part.Extras.From(OpenAIChatDialect.DialectName, "type"u8).IsPresent)
        {
            output.Name("type"u8);
            output.Literal(Has(form, ReasoningForm.Summary) ? "reasoning.summary"u8 : Has(form, ReasoningForm.Encrypted) ? "reasoning.encrypted"u8 : "reasoning.text"u8);
        }
        if (part.Text.IsPresent && !Has(form, ReasoningForm.TextApart)) Text(output, Has(form, ReasoningForm.Summary) ? "summary"u8 : "text"u8, part.Text);
        else if (Has(form, ReasoningForm.TextNull)) Null(output, Has(form, ReasoningForm.Summary) ? "summary"u8 : "text"u8);
        if (part.Signature.IsPresent) Text(output, "signature"u8, part.Signature);
        else if (Has(form, ReasoningForm.SignatureNull)) Null(output, "signature"u8);
        if (part.Opaque.IsPresent) Text(output, "data"u8, part.Opaque);
        if (Has(form, ReasoningForm.IdNull)) Null(output, "id"u8);
        if (Has(form, ReasoningForm.FormatNull)) Null(output, "format"u8);
        else if (Has(form, ReasoningForm.FormatKnown))
        {
            output.Name("format"u8);
            output.Literal(FormatOf(part.Origin));
        }
        if (Has(form, ReasoningForm.IndexIsOrdinal))
        {
            output.Name("index"u8);
            output.Number(index);
        }
        part.Extras.WriteTo(output, OpenAIChatDialect.DialectName);
        output.EndObject();
    }

    /// <param name="cursor">Positioned on the detail.</param>
    /// <param name="ordinal">Its position in the list; null if the index need not be kept.</param>
    /// <param name="index">Its index.</param>
    private static ReasoningPart Read(ref JsonCursor cursor, int? ordinal, out long? index)
    {
        index = null;
        JsonText text = default, summary = default, signature = default, data = default;
        JsonSlice type = default, format = default;
        Extras? extras = null;
        var form = ReasoningForm.Detail;
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (value.IsText && name.Is("text"u8)) text = value.AsText();
            else if (value.IsText && name.Is("summary"u8)) summary = value.AsText();
            else if (value.IsText && name.Is("signature"u8)) signature = value.AsText();
            else if (value.IsText && name.Is("data"u8)) data = value.AsText();
            else if (name.Is("type"u8)) type = value;
            else if (name.Is("format"u8)) format = value;
            else if (name.Is("index"u8) && value.AsInt64() is { } at && (ordinal is null || at == ordinal))
            {
                index = at;
                form |= ReasoningForm.IndexIsOrdinal;
            }
            else if (name.Is("id"u8) && value.IsNull) form |= ReasoningForm.IdNull;
            else if (name.Is("signature"u8) && value.IsNull) form |= ReasoningForm.SignatureNull;
            else if (name.Is("text"u8) && value.IsNull) form |= ReasoningForm.TextNull;
            else Extras.Add(ref extras, OpenAIChatDialect.DialectName, name, value);
        }
        var origin = OpenAIChatDialect.DialectName;
        var word = type.AsText();
        if (word.Is("reasoning.summary"u8)) form |= ReasoningForm.Summary;
        else if (word.Is("reasoning.encrypted"u8)) form |= ReasoningForm.Encrypted;
        else if (type.HasValue && !word.Is("reasoning.text"u8)) Extras.Add(ref extras, origin, Type, type);
        if (format.IsNull) form |= ReasoningForm.FormatNull;
        else if (format.IsPresent && OriginOf(format.AsText()) is { } known) (origin, form) = (known, form | ReasoningForm.FormatKnown);
        else if (format.IsPresent) Extras.Add(ref extras, origin, Format, format);
        var isSummary = (form & ReasoningForm.Summary) != 0;
        return new ReasoningPart(origin)
        {
            Text = isSummary ? summary : text,
            Signature = signature,
            Opaque = data,
            Form = (int)form,
            Extras = extras,
        };
    }

    private static string? OriginOf(JsonText format) =>
        format.Is("anthropic-claude-v1"u8) ? DialectNames.AnthropicMessages
        : format.Is("google-gemini-v1"u8) ? DialectNames.Gemini
        : format.Is("openai-responses-v1"u8) ? DialectNames.OpenAIResponses
        : format.Is("amazon-bedrock-v1"u8) ? DialectNames.BedrockConverse
        : null;

    private static bool Has(int form, ReasoningForm flag) => (form & (int)flag) != 0;

    private static void Text(JsonOutput output, ReadOnlySpan<byte> name, JsonText text)
    {
        output.Name(name);
        output.Text(text);
    }

    private static void Null(JsonOutput output, ReadOnlySpan<byte> name)
    {
        output.Name(name);
        output.Null();
    }
}
