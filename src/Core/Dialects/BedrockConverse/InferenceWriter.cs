using Nano.Chat;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse;

/// <summary>
/// Writes <c>inferenceConfig</c>, the four members that all models share. What was given and cannot be said is named, unless
/// it asks for what happens anyway.
/// </summary>
internal sealed class InferenceWriter(SamplingOptions sampling, ModelFamily family, ModelTraits? traits, JsonOutput output, LossReport losses)
{
    private bool _isOpen;

    /// <summary>Without it a model makes as many tokens as it can.</summary>
    public long? MaxTokens { get; } = !sampling.MaxTokens.HasValue ? null
        : sampling.MaxTokens.AsInt64() ?? throw new DialectException(GatewayError.Invalid("'max_tokens' must be an integer.", "max_tokens"));

    public void Write(bool isThinking)
    {
        var isFixed = traits?.SamplingParameters == false || isThinking;
        if (MaxTokens is { } most)
        {
            Name("maxTokens"u8);
            output.Number(most);
        }
        WriteTemperature(isFixed);
        WriteTopP(isFixed, isThinking && traits?.SamplingParameters != false);
        WriteStops();
        if (_isOpen) output.EndObject();
        losses.DropUnlessIdle(sampling.FrequencyPenalty, "frequency_penalty", idle: 0);
        losses.DropUnlessIdle(sampling.PresencePenalty, "presence_penalty", idle: 0);
        losses.DropUnlessIdle(sampling.Seed, "seed");
        losses.DropUnlessIdle(sampling.Count, "n", idle: 1);
        if (sampling.Logprobs != true) return;
        losses.Drop("logprobs");
        losses.DropUnlessIdle(sampling.TopLogprobs, "top_logprobs");
    }

    // Chat's range is 0 to 2, here 0 to 1, and what is above is refused. The hottest there is comes nearest.
    private void WriteTemperature(bool isFixed)
    {
        if (sampling.Temperature.AsDouble() is not { } value)
        {
            if (sampling.Temperature.HasValue) losses.Drop("temperature");
            return;
        }
        if (isFixed && value != 1)
        {
            losses.Drop("temperature");
            return;
        }
        if (traits?.SamplingParameters == false) return;
        Name("temperature"u8);
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
        var isSecond = family.OneOfTemperatureAndTopP && sampling.Temperature.HasValue && !isFixed;
        if ((isFixed && !(takesNearOne && value >= 0.95)) || isSecond)
        {
            losses.Drop("top_p");
            return;
        }
        Name("topP"u8);
        output.Raw(sampling.TopP);
    }

    private void WriteStops()
    {
        var hasAny = false;
        foreach (var stop in sampling.Stop)
        {
            // Sequences of white space alone are refused.
            if (EscapedText.IsBlank(stop))
            {
                if (stop.HasValue) losses.Drop("stop");
                continue;
            }
            if (!hasAny)
            {
                Name("stopSequences"u8);
                output.BeginArray();
                hasAny = true;
            }
            output.Text(stop);
        }
        if (hasAny) output.EndArray();
    }

    private void Name(ReadOnlySpan<byte> name)
    {
        if (!_isOpen)
        {
            _isOpen = true;
            output.Name("inferenceConfig"u8);
            output.BeginObject();
        }
        output.Name(name);
    }
}
