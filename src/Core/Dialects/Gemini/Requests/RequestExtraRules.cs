using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>The members of other dialects' requests that Gemini can express.</summary>
internal static class RequestExtraRules
{
    public static readonly ExtraTable Table = new ExtraTable(DialectNames.Gemini)
    {
        [DialectNames.OpenAIChat] = new(
            [
                // Usage is always sent.
                new("stream_options", ExtraUse.Ignore),
                new("modalities", ExtraUse.Convert), new("audio", ExtraUse.Convert), new("web_search_options", ExtraUse.Convert),
                // Mistral's name for seed, which a Chat caller may use with any model.
                new("random_seed", ExtraUse.Convert) { When = (request, value) => value.IsNumber && !request.Sampling.Seed.HasValue },
            ],
            IsIdle),
        [DialectNames.OpenAIResponses] = new(
            [new("stream_options", ExtraUse.Ignore), new("web_search_options", ExtraUse.Convert)], IdleResponsesMember.Is),
    }.ForOthers(new([], IsIdle));

    /// <summary>Whether the member requests nothing, or the default behaviour.</summary>
    private static bool IsIdle(JsonText name, JsonSlice value)
    {
        if (value.Span.SequenceEqual("{}"u8) || value.Span.SequenceEqual("[]"u8)) return true;
        if (name.Is("store"u8)) return value.IsFalse;
        if (name.Is("verbosity"u8)) return value.AsText().Is("medium"u8);
        return name.Is("service_tier"u8) && (value.AsText().Is("auto"u8) || value.AsText().Is("default"u8));
    }
}
