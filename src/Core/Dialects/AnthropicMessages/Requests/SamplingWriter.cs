using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>Writes the members that control sampling.</summary>
internal static class SamplingWriter
{
    public static void Write(SamplingOptions sampling, ModelTraits? traits, bool isReasoning, JsonOutput output, LossReport losses)
    {
        var shared = new BlockSampling(sampling, traits, isReasoning, output, losses);
        shared.WriteTemperature();
        // Models since Claude Opus 4.1 refuse temperature and top_p together, and Anthropic's advice is to set only one.
        shared.WriteTopP("top_p"u8, besideTemperature: false);
        WriteTopK(sampling, shared.IsFixed, output, losses);
        shared.WriteStops("stop_sequences"u8);
        shared.DropOthers();
    }

    private static void WriteTopK(SamplingOptions sampling, bool isFixed, JsonOutput output, LossReport losses)
    {
        if (sampling.TopK.AsInt64() is not { } value) return;
        if (isFixed || value < 0)
        {
            losses.Drop("top_k");
            return;
        }
        output.Name("top_k"u8);
        output.Number(value);
    }
}
