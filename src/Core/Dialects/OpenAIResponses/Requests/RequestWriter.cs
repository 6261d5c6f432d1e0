using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>
/// Writes a request of another dialect (https://platform.openai.com/docs/api-reference/responses/create). The provider
/// stores nothing unless the caller requests it: reasoning is returned encrypted (<c>reasoning.encrypted_content</c>), and
/// the caller keeps it.
/// </summary>
internal sealed class RequestWriter(ChatRequest request, RequestTarget target, JsonOutput output, LossReport losses)
{
    /// <summary>The smallest limit that OpenAI accepts.</summary>
    private const long LeastTokens = 16;

    public void Write()
    {
        var extras = new RequestExtras(request, RequestExtraRules.Table);
        extras.Report(losses);
        var reasoning = ReasoningPlan.Make(request.Reasoning, target.Traits, losses);
        output.BeginObject();
        output.Name("model"u8);
        output.Text(target.Model);
        output.Name("input"u8);
        JsonWord.Ensure(request, losses);
        new InputWriter(request, output, losses).Write();
        new ToolWriter(request, output, losses).Write(extras);
        reasoning.Write(output);
        TextOptionsWriter.Write(request, extras.Find("verbosity"u8), output, losses);
        Sampling(request.Sampling, reasoning);
        Include(reasoning);
        output.Name("store"u8);
        // Chat stores a response only on request; Responses stores it by default.
        output.Boolean(extras.Find("store"u8).IsTrue);
        if (request.User.HasValue)
        {
            output.Name("user"u8);
            output.Text(request.User);
        }
        if (request.Stream)
        {
            output.Name("stream"u8);
            output.Boolean(true);
        }
        extras.Write(output);
        WriteStreamOptions(extras.Find("stream_options"u8).Member("include_obfuscation"u8));
        output.EndObject();
    }

    private void Sampling(SamplingOptions sampling, ReasoningPlan reasoning)
    {
        MaxTokens(sampling.MaxTokens);
        var isFixed = target.Traits is { } traits && (traits.SamplingParameters == false || (traits.SamplingOnlyWithoutReasoning && !reasoning.IsOff));
        Drawn("temperature"u8, sampling.Temperature, "temperature", isFixed);
        Drawn("top_p"u8, sampling.TopP, "top_p", isFixed);
        losses.DropUnlessIdle(sampling.TopK, "top_k");
        losses.DropUnlessIdle(sampling.FrequencyPenalty, "frequency_penalty", idle: 0);
        losses.DropUnlessIdle(sampling.PresencePenalty, "presence_penalty", idle: 0);
        losses.DropUnlessIdle(sampling.Seed, "seed");
        losses.DropUnlessIdle(sampling.Count, "n", idle: 1);
        foreach (var stop in sampling.Stop)
            if (stop.HasValue) losses.Drop("stop");
        if (sampling.Logprobs != true) return;
        if (isFixed)
        {
            losses.Drop("logprobs");
            losses.DropUnlessIdle(sampling.TopLogprobs, "top_logprobs");
        }
        else Value("top_logprobs"u8, sampling.TopLogprobs);
    }

    private void MaxTokens(JsonSlice most)
    {
        if (!most.HasValue) return;
        var tokens = most.AsInt64() ?? throw new DialectException(GatewayError.Invalid("'max_tokens' must be an integer.", "max_tokens"));
        output.Name("max_output_tokens"u8);
        if (tokens is >= LeastTokens or <= 0)
        {
            output.Number(tokens);
            return;
        }
        losses.Emulate("max_tokens");
        output.Number(LeastTokens);
    }

    /// <summary>Models that reason have fixed sampling: they accept only the default.</summary>
    private void Drawn(ReadOnlySpan<byte> name, JsonSlice value, string member, bool isFixed)
    {
        if (!isFixed) Value(name, value);
        else losses.DropUnlessIdle(value, member, idle: 1);
    }

    private void Include(ReasoningPlan reasoning)
    {
        var logprobs = request.Sampling.Logprobs == true && !losses.Dropped.Contains("logprobs");
        if (!reasoning.KeepsState && !logprobs) return;
        output.Name("include"u8);
        output.BeginArray();
        if (reasoning.KeepsState) output.Literal("reasoning.encrypted_content"u8);
        if (logprobs) output.Literal("message.output_text.logprobs"u8);
        output.EndArray();
    }

    private void WriteStreamOptions(JsonSlice obfuscation)
    {
        if (!obfuscation.HasValue) return;
        output.Name("stream_options"u8);
        output.BeginObject();
        output.Name("include_obfuscation"u8);
        output.Raw(obfuscation);
        output.EndObject();
    }

    private void Value(ReadOnlySpan<byte> name, JsonSlice value)
    {
        if (!value.HasValue) return;
        output.Name(name);
        output.Raw(value);
    }
}
