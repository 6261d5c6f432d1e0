using Nano.Chat;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Requests;

/// <summary>
/// Writes the sampling members, clamped to Cohere's ranges: a value outside of them is a 400
/// (https://docs.cohere.com/reference/chat, https://docs.cohere.com/reference/errors).
/// </summary>
internal sealed class SamplingWriter(SamplingOptions sampling, JsonOutput output, LossReport losses)
{
    private const int MostStops = 5;

    /// <param name="seed">A seed under another name, used if the usual one is missing.</param>
    public void Write(JsonSlice seed)
    {
        MaxTokens();
        Within("temperature"u8, sampling.Temperature, "temperature", 0, 1);
        Within("p"u8, sampling.TopP, "top_p", 0.01, 0.99);
        TopK();
        Penalties();
        Stops();
        Seed(sampling.Seed.HasValue ? sampling.Seed : seed, sampling.Seed.HasValue ? "seed" : "random_seed");
        if (sampling.Count.HasValue && sampling.Count.AsInt64() != 1) losses.Drop("n");
        if (sampling.Logprobs == true)
        {
            output.Name("logprobs"u8);
            output.Boolean(true);
        }
        if (sampling.TopLogprobs.HasValue && sampling.TopLogprobs.AsDouble() != 0) losses.Drop("top_logprobs");
    }

    private void MaxTokens()
    {
        if (!sampling.MaxTokens.HasValue) return;
        output.Name("max_tokens"u8);
        output.Number(sampling.MaxTokens.AsInt64()
            ?? throw new DialectException(GatewayError.Invalid("'max_tokens' must be an integer.", "max_tokens")));
    }

    private void TopK()
    {
        if (!sampling.TopK.HasValue) return;
        // Other providers use -1 for "all", which is 0 here.
        if (sampling.TopK.AsInt64() is not { } k || k < 0) losses.Drop("top_k");
        else
        {
            output.Name("k"u8);
            output.Number(Math.Min(k, 500));
            if (k > 500) losses.Emulate("top_k");
        }
    }

    /// <summary>Penalties range from 0 to 1, and only one is accepted ("cannot specify both frequency_penalty and presence_penalty").</summary>
    private void Penalties()
    {
        var frequency = Penalty("frequency_penalty"u8, sampling.FrequencyPenalty, "frequency_penalty");
        if (!frequency) Penalty("presence_penalty"u8, sampling.PresencePenalty, "presence_penalty");
        else if (sampling.PresencePenalty.AsDouble() is { } other && other != 0) losses.Drop("presence_penalty");
    }

    private bool Penalty(ReadOnlySpan<byte> name, JsonSlice value, string member)
    {
        if (value.AsDouble() is not { } penalty || penalty == 0) return false;
        if (penalty < 0)
        {
            losses.Drop(member);
            return false;
        }
        Within(name, value, member, 0, 1);
        return true;
    }

    private void Stops()
    {
        var count = 0;
        foreach (var stop in sampling.Stop)
        {
            if (!stop.HasValue) continue;
            if (++count > MostStops)
            {
                losses.Drop("stop");
                break;
            }
            if (count == 1)
            {
                output.Name("stop_sequences"u8);
                output.BeginArray();
            }
            output.Text(stop);
        }
        if (count > 0) output.EndArray();
    }

    private void Seed(JsonSlice seed, string member)
    {
        if (!seed.HasValue) return;
        if (seed.AsInt64() is not >= 0)
        {
            losses.Drop(member);
            return;
        }
        output.Name("seed"u8);
        output.Raw(seed);
    }

    private void Within(ReadOnlySpan<byte> name, JsonSlice value, string member, double least, double most)
    {
        if (value.AsDouble() is not { } number) return;
        output.Name(name);
        if (number >= least && number <= most)
        {
            output.Raw(value);
            return;
        }
        losses.Emulate(member);
        output.Number(Math.Clamp(number, least, most));
    }
}
