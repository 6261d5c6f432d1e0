using System.Text.Json;
using Nano.Json;

namespace Nano.Governance;

/// <summary>An estimate of what a request may use, before it is sent.</summary>
/// <param name="Input">Tokens; an estimate from the size of the body.</param>
/// <param name="Output">Tokens; the request's own limit, else the limit of the policy or the model.</param>
internal readonly record struct UsageEstimate(long Input, long Output);

/// <summary>The parts of a request that decide how much it may use. Measured while its body is available: a converted body is released before it is sent.</summary>
/// <param name="Input">Tokens; an estimate from the size of the body.</param>
/// <param name="Limit">Tokens of output that the request allows; null when it sets no limit.</param>
/// <param name="Choices">Responses that it asks for.</param>
internal readonly record struct RequestSize(long Input, long? Limit, long Choices)
{
    /// <summary>The output limit if the request, the policy and the catalogue have none.</summary>
    private const long DefaultOutput = 4096;

    /// <summary>Bytes of JSON per token: a low number for English text, and about right for other scripts in UTF-8.</summary>
    private const int BytesPerToken = 4;

    /// <summary>A longer string without a space near its beginning is encoded media.</summary>
    private const int MinMedia = 4096;

    /// <summary>Tokens of an image or a document of typical size.</summary>
    private const int MediaTokens = 1600;

    private const int MostChoices = 128;

    /// <param name="body">A request that was scanned: one JSON object.</param>
    /// <param name="attribution">Takes the user that the request names; null to ignore it.</param>
    public static RequestSize Of(ReadOnlyMemory<byte> body, RequestAttribution? attribution = null)
    {
        long? limit = null;
        long choices = 1;
        try
        {
            Read(new JsonCursor(body), isTop: true, attribution, ref limit, ref choices);
        }
        catch (JsonException)
        {
            // The provider will refuse it, and the reservation is released.
        }
        return new RequestSize(CountInput(body.Span), limit, choices);
    }

    /// <param name="policyOutput">The policy's default; null for none.</param>
    /// <param name="modelOutput">The model's maximum; null when it is not known.</param>
    public UsageEstimate Estimate(long? policyOutput, long? modelOutput)
    {
        var output = Limit ?? policyOutput ?? modelOutput ?? DefaultOutput;
        if (Limit is null && policyOutput is not null && modelOutput < output) output = modelOutput.Value;
        return new UsageEstimate(Input, output * Choices);
    }

    /// <summary>The members of all dialects that limit the output or multiply it.</summary>
    private static void Read(JsonCursor cursor, bool isTop, RequestAttribution? attribution, ref long? limit, ref long choices)
    {
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("max_tokens"u8) || cursor.NameIs("max_completion_tokens"u8) || cursor.NameIs("max_output_tokens"u8) || cursor.NameIs("maxOutputTokens"u8))
            {
                if (cursor.TakeValue().AsInt64() is >= 0 and var tokens) limit = Math.Max(limit ?? 0, Math.Min(tokens, 1_000_000_000));
            }
            else if (cursor.NameIs("n"u8) || cursor.NameIs("candidateCount"u8))
            {
                if (cursor.TakeValue().AsInt64() is > 1 and var count) choices = Math.Max(choices, Math.Min(count, MostChoices));
            }
            else if (isTop && (cursor.NameIs("generationConfig"u8) || cursor.NameIs("generation_config"u8)) && cursor.TakeValue() is { IsObject: true } config)
            {
                Read(new JsonCursor(config.Memory), isTop: false, null, ref limit, ref choices);
            }
            else if (attribution?.Take(ref cursor) is true)
            {
                continue;
            }
            else if (!isTop || !(cursor.NameIs("generationConfig"u8) || cursor.NameIs("generation_config"u8)))
            {
                cursor.Skip();
            }
        }
    }

    private static long CountInput(ReadOnlySpan<byte> body)
    {
        long bytes = 0, media = 0;
        while (body.Length > 0)
        {
            var end = body.IndexOf((byte)'"');
            var part = end < 0 ? body : body[..end];
            if (part.Length >= MinMedia && part[..256].IndexOf((byte)' ') < 0) media++;
            else bytes += part.Length + 1;
            body = end < 0 ? [] : body[(end + 1)..];
        }
        return bytes / BytesPerToken + media * MediaTokens + 1;
    }
}
