using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages;

/// <summary>
/// Writes the members that steer how tokens are drawn. What was given and cannot be said is named, unless it asks for what
/// happens anyway: no penalty, all of the probability, one answer, no logprobs.
/// </summary>
internal sealed class SamplingWriter(SamplingOptions sampling, ModelTraits? traits, JsonOutput output, LossReport losses)
{
    public void Write(bool isThinking)
    {
        var fixedSampling = traits?.SamplingParameters == false || isThinking;
        WriteTemperature(fixedSampling);
        WriteTopP(fixedSampling, isThinking && traits?.SamplingParameters != false);
        WriteTopK(fixedSampling);
        WriteStops();
        losses.DropUnlessIdle(sampling.FrequencyPenalty, "frequency_penalty", idle: 0);
        losses.DropUnlessIdle(sampling.PresencePenalty, "presence_penalty", idle: 0);
        losses.DropUnlessIdle(sampling.Seed, "seed");
        losses.DropUnlessIdle(sampling.Count, "n", idle: 1);
        if (sampling.Logprobs != true) return;
        losses.Drop("logprobs");
        losses.DropUnlessIdle(sampling.TopLogprobs, "top_logprobs");
    }

    // Chat's range is 0 to 2, Anthropic's 0 to 1, and what is above is refused there. The hottest there is comes nearest.
    private void WriteTemperature(bool isFixed)
    {
        if (sampling.Temperature.AsDouble() is not { } value)
        {
            if (sampling.Temperature.HasValue) losses.Drop("temperature");
            return;
        }
        // Thinking takes the default and nothing else. Models without sampling use it anyway, and are not told.
        if (isFixed && value != 1)
        {
            losses.Drop("temperature");
            return;
        }
        if (traits?.SamplingParameters == false) return;
        output.Name("temperature"u8);
        if (value <= 1)
        {
            output.Raw(sampling.Temperature);
            return;
        }
        losses.Emulate("temperature");
        output.Number(1);
    }

    private void WriteTopP(bool isFixed, bool takesNearOne)
    {
        if (sampling.TopP.AsDouble() is not { } value || value == 1) return;
        // Models since Claude Opus 4.1 refuse temperature and top_p together, and Anthropic's advice is to set only one.
        if ((isFixed && !(takesNearOne && value >= 0.95)) || (sampling.Temperature.HasValue && !isFixed))
        {
            losses.Drop("top_p");
            return;
        }
        output.Name("top_p"u8);
        output.Raw(sampling.TopP);
    }

    private void WriteTopK(bool isFixed)
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

    private void WriteStops()
    {
        if (sampling.Stop.Count == 0) return;
        var before = output.Length;
        output.Name("stop_sequences"u8);
        output.BeginArray();
        var start = output.Length;
        foreach (var stop in sampling.Stop)
        {
            // Anthropic refuses sequences of white space alone.
            if (!EscapedText.IsBlank(stop)) output.Text(stop);
            else if (stop.HasValue) losses.Drop("stop");
        }
        if (output.Length == start) output.TruncateTo(before);
        else output.EndArray();
    }
}
