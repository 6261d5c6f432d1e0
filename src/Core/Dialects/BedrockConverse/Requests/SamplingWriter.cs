using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Requests;

/// <summary>Writes <c>inferenceConfig</c>, the four members that all models share.</summary>
internal static class SamplingWriter
{
    /// <summary>Null if the caller sets no limit: the model's maximum then applies.</summary>
    public static long? MaxTokens(SamplingOptions sampling) => !sampling.MaxTokens.HasValue ? null
        : sampling.MaxTokens.AsInt64() ?? throw new DialectException(GatewayError.Invalid("'max_tokens' must be an integer.", "max_tokens"));

    public static void Write(
        SamplingOptions sampling, long? maxTokens, ModelFamily family, ModelTraits? traits, bool isReasoning, JsonOutput output, LossReport losses)
    {
        var before = output.Length;
        output.Name("inferenceConfig"u8);
        output.BeginObject();
        var start = output.Length;
        if (maxTokens is { } most)
        {
            output.Name("maxTokens"u8);
            output.Number(most);
        }
        var shared = new BlockSampling(sampling, traits, isReasoning, output, losses);
        shared.WriteTemperature();
        shared.WriteTopP("topP"u8, besideTemperature: !family.OneOfTemperatureAndTopP);
        if (family.StopSequences) shared.WriteStops("stopSequences"u8);
        else if (sampling.Stop.Exists(stop => stop.HasValue)) losses.Drop("stop");
        if (output.Length == start) output.TruncateTo(before);
        else output.EndObject();
        shared.DropOthers();
    }
}
