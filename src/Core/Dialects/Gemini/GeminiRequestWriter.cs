using Nano.Chat;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Gemini;

/// <summary>
/// Writes a <c>generateContent</c> body. A request of this dialect is written as it stood; any other in Gemini's words:
/// instructions apart, turns of user and model, tools, and the rest in <c>generationConfig</c>.
/// </summary>
internal static class GeminiRequestWriter
{
    /// <summary>Leftovers of a Chat request that are carried elsewhere here, or mean nothing to another provider.</summary>
    private static readonly string[] Carried = ["modalities", "audio", "web_search_options", "stream_options"];

    public static void Write(ChatRequest request, in RequestTarget target, bool onVertex, JsonOutput output, LossReport losses)
    {
        if (request.Origin == GeminiDialect.DialectName)
        {
            GeminiOwnRequest.Write(request, output);
            return;
        }
        var model = new GeminiModel(target.Model, onVertex);
        var tools = new GeminiToolWriter(request, target, model, output, losses);
        var format = GeminiFormatWriter.Decide(request, target, model, tools.HasFunctions, losses);
        output.BeginObject();
        new GeminiTurnWriter(request, model, format, output, losses).Write();
        tools.Write();
        GeminiConfigWriter.Write(request, target, model, format, output, losses);
        output.EndObject();
        ReportRest(request, losses);
    }

    private static void ReportRest(ChatRequest request, LossReport losses)
    {
        if (request.User.HasValue) losses.Drop("user");
        if (request.ParallelToolCalls is false) losses.Drop("parallel_tool_calls");
        if (request.Extras is not { } extras) return;
        foreach (var member in extras.Members)
            if (!member.IsCarried && !MeansNothing(member) && !(member.Name.Is("random_seed"u8) && RandomSeed(request).IsPresent)) Report(member, losses);
    }

    /// <summary>Mistral's name for <c>seed</c>, which a Chat caller may use of any model; absent where there is none, or a seed as well.</summary>
    public static JsonSlice RandomSeed(ChatRequest request) =>
        !request.Sampling.Seed.HasValue && request.Extras.From("openai-chat", "random_seed"u8) is { IsNumber: true } seed ? seed : default;

    private static void Report(ExtraMember member, LossReport losses)
    {
        var name = member.Name.ToString();
        if (!Carried.Contains(name)) losses.Drop(name);
    }

    /// <summary>Absent, or what happens anyway.</summary>
    private static bool MeansNothing(ExtraMember member)
    {
        var value = member.Value;
        if (!value.HasValue || value.Span.SequenceEqual("{}"u8) || value.Span.SequenceEqual("[]"u8)) return true;
        if (member.Name.Is("store"u8)) return value.IsFalse;
        return member.Name.Is("service_tier"u8) && (value.AsText().Is("auto"u8) || value.AsText().Is("default"u8));
    }

    public static DialectException Refuse(string message, string? param = null) => new(GatewayError.Invalid(message, param));
}
