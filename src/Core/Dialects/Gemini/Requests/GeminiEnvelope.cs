using Nano.Dialects.Gemini.Requests;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Gemini;

/// <summary>The envelope of a Gemini request, whose path names the model and whether the response is streamed.</summary>
internal sealed class GeminiEnvelope : Envelope
{
    /// <param name="model">From the path, decoded.</param>
    /// <param name="stream">The method is <c>streamGenerateContent</c>.</param>
    public GeminiEnvelope(string model, bool stream)
        : base(model) => Stream = stream;

    protected override bool HoldsWebSearch(JsonSlice tools) => WebSearch.IsIn(tools);

    protected override GatewayError? Take(ref JsonCursor cursor, ReadOnlyMemory<byte> body)
    {
        if (!cursor.NameIs("generationConfig"u8) && !cursor.NameIs("generation_config"u8)) return base.Take(ref cursor, body);
        var config = cursor.TakeValue();
        var thinking = config.Member("thinkingConfig"u8) is { IsPresent: true } camel ? camel : config.Member("thinking_config"u8);
        var budget = thinking.Member("thinkingBudget"u8) is { IsPresent: true } camelBudget ? camelBudget : thinking.Member("thinking_budget"u8);
        Reasoning = budget.AsInt64() == 0 ? ReasoningWish.Off : thinking.HasValue ? ReasoningWish.Asked : ReasoningWish.None;
        return null;
    }
}
