using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>Writes <c>generationConfig</c> for a request of another dialect.</summary>
internal static class ConfigWriter
{
    /// <summary>Google refuses more stop sequences (ai.google.dev/api/generate-content, GenerationConfig.stopSequences).</summary>
    private const int MaxStops = 5;

    public static void Write(
        ChatRequest request, in RequestExtras extras, in RequestTarget target, ModelGeneration model, in FormatWriter.Plan format, JsonOutput output, LossReport losses)
    {
        var before = output.Length;
        output.Name("generationConfig"u8);
        output.BeginObject();
        WriteSampling(request.Sampling, extras, target.Traits, model, output, losses);
        WritePenalties(request.Sampling, model, output, losses);
        FormatWriter.Write(format, output, losses);
        ReasoningWriter.Write(request.Reasoning, target.Traits, model, output, losses);
        WriteModalities(extras.Find("modalities"u8), extras.Find("audio"u8), output, losses);
        output.EndObject();
        if (output.WrittenSpan.EndsWith("\"generationConfig\":{}"u8)) output.TruncateTo(before);
    }

    private static void WriteSampling(SamplingOptions sampling, in RequestExtras extras, ModelTraits? traits, ModelGeneration model, JsonOutput output, LossReport losses)
    {
        Number(output, "maxOutputTokens"u8, sampling.MaxTokens);
        if (traits?.SamplingParameters == false)
        {
            if (sampling.Temperature.HasValue) losses.Drop("temperature");
            if (sampling.TopP.HasValue) losses.Drop("top_p");
            if (sampling.TopK.HasValue) losses.Drop("top_k");
        }
        else
        {
            Number(output, "temperature"u8, sampling.Temperature);
            Number(output, "topP"u8, sampling.TopP);
            Number(output, "topK"u8, sampling.TopK);
        }
        // An int32 there (ai.google.dev/api/generate-content#generationconfig).
        var seed = sampling.Seed.HasValue ? sampling.Seed : extras.Find("random_seed"u8);
        if (seed.AsInt64() is < int.MinValue or > int.MaxValue) losses.Drop("seed");
        else Number(output, "seed"u8, seed);
        // "Multiple candidates is not enabled for this model."
        if (model.IsThreeOrLater && sampling.Count.AsInt64() > 1) losses.Drop("n");
        else if (sampling.Count.AsInt64() != 1) Number(output, "candidateCount"u8, sampling.Count);
        WriteStops(sampling.Stop, output, losses);
        if (sampling.Logprobs is not true) return;
        output.Name("responseLogprobs"u8);
        output.Boolean(true);
        Number(output, "logprobs"u8, sampling.TopLogprobs);
    }

    private static void WritePenalties(SamplingOptions sampling, ModelGeneration model, JsonOutput output, LossReport losses)
    {
        if (model.TakesPenalties)
        {
            Number(output, "frequencyPenalty"u8, sampling.FrequencyPenalty);
            Number(output, "presencePenalty"u8, sampling.PresencePenalty);
            return;
        }
        // Zero is the default.
        if (sampling.FrequencyPenalty.HasValue && sampling.FrequencyPenalty.AsDouble() != 0) losses.Drop("frequency_penalty");
        if (sampling.PresencePenalty.HasValue && sampling.PresencePenalty.AsDouble() != 0) losses.Drop("presence_penalty");
    }

    private static void WriteStops(List<JsonText> stops, JsonOutput output, LossReport losses)
    {
        if (stops.Count == 0) return;
        if (stops.Count > MaxStops) losses.Drop("stop");
        output.Name("stopSequences"u8);
        output.BeginArray();
        for (var i = 0; i < stops.Count && i < MaxStops; i++) output.Text(stops[i]);
        output.EndArray();
    }

    /// <summary>Converts Chat's <c>modalities</c> and <c>audio</c>.</summary>
    private static void WriteModalities(JsonSlice modalities, JsonSlice audio, JsonOutput output, LossReport losses)
    {
        var speaks = false;
        if (modalities.IsArray && !modalities.Span.SequenceEqual("[\"text\"]"u8))
        {
            output.Name("responseModalities"u8);
            output.BeginArray();
            var cursor = new JsonCursor(modalities.Memory);
            cursor.EnterArray();
            while (cursor.NextElement())
            {
                var word = cursor.TakeText();
                speaks |= word.Is("audio"u8);
                if (word.HasValue && word.Span.Length <= 32) output.Text(word.ToString().ToUpperInvariant());
            }
            output.EndArray();
        }
        if (!audio.IsObject) return;
        var voice = audio.Member("voice"u8).AsText();
        if (audio.Member("format"u8).AsText() is { HasValue: true } form && !form.Is("pcm16"u8)) losses.Drop("audio.format");
        if (!speaks || !voice.HasValue)
        {
            if (!speaks) losses.Drop("audio");
            return;
        }
        output.Name("speechConfig"u8);
        output.BeginObject();
        output.Name("voiceConfig"u8);
        output.BeginObject();
        output.Name("prebuiltVoiceConfig"u8);
        output.BeginObject();
        output.Name("voiceName"u8);
        output.Text(voice);
        output.EndObject();
        output.EndObject();
        output.EndObject();
    }

    private static void Number(JsonOutput output, ReadOnlySpan<byte> name, JsonSlice value)
    {
        if (!value.HasValue) return;
        output.Name(name);
        output.Raw(value);
    }
}
