using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Writes the sampling members that Messages and Converse share, by Claude's rules. Values that cannot be written
/// are reported, unless they request the default: no penalty, all of the probability, one choice, no logprobs.
/// </summary>
internal readonly struct BlockSampling(SamplingOptions sampling, ModelTraits? traits, bool isReasoning, JsonOutput output, LossReport losses)
{
    private static readonly JsonSlice One = JsonSlice.Constant("1");

    /// <summary>The model has fixed sampling: it accepts only the default.</summary>
    public bool IsFixed => traits?.SamplingParameters == false || isReasoning;

    /// <summary>Writes the temperature. Chat's range is 0 to 2, here it is 0 to 1; higher values are refused, so clamp to the maximum.</summary>
    public void WriteTemperature()
    {
        if (sampling.Temperature.AsDouble() is not { } value)
        {
            if (sampling.Temperature.HasValue) losses.Drop("temperature");
            return;
        }
        if (IsFixed && value != 1)
        {
            losses.Drop("temperature");
            return;
        }
        // Models without sampling parameters use the default and refuse the member.
        if (traits?.SamplingParameters == false) return;
        if (value > 1) losses.Emulate("temperature");
        output.Name("temperature"u8);
        output.Raw(value > 1 ? One : sampling.Temperature);
    }

    /// <param name="name">The member, which the two APIs spell differently.</param>
    /// <param name="besideTemperature">False: the model refuses it together with a temperature.</param>
    public void WriteTopP(ReadOnlySpan<byte> name, bool besideTemperature)
    {
        if (sampling.TopP.AsDouble() is not { } value || value == 1) return;
        var takesNearOne = isReasoning && traits?.SamplingParameters != false;
        if (IsFixed ? !(takesNearOne && value >= 0.95) : !besideTemperature && sampling.Temperature.HasValue)
        {
            losses.Drop("top_p");
            return;
        }
        output.Name(name);
        output.Raw(sampling.TopP);
    }

    /// <summary>Writes stop sequences, except those of only white space, which are refused.</summary>
    /// <inheritdoc cref="WriteTopP"/>
    public void WriteStops(ReadOnlySpan<byte> name)
    {
        if (sampling.Stop.Count == 0) return;
        var before = output.Length;
        output.Name(name);
        output.BeginArray();
        var start = output.Length;
        foreach (var stop in sampling.Stop)
        {
            if (!EscapedText.IsBlank(stop)) output.Text(stop);
            else if (stop.HasValue) losses.Drop("stop");
        }
        if (output.Length == start) output.TruncateTo(before);
        else output.EndArray();
    }

    /// <summary>Reports the members that neither API has.</summary>
    public void DropOthers()
    {
        losses.DropUnlessIdle(sampling.FrequencyPenalty, "frequency_penalty", idle: 0);
        losses.DropUnlessIdle(sampling.PresencePenalty, "presence_penalty", idle: 0);
        losses.DropUnlessIdle(sampling.Seed, "seed");
        losses.DropUnlessIdle(sampling.Count, "n", idle: 1);
        if (sampling.Logprobs != true) return;
        losses.Drop("logprobs");
        losses.DropUnlessIdle(sampling.TopLogprobs, "top_logprobs");
    }
}
