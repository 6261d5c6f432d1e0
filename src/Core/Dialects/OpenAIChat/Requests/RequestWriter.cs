using Nano.Chat;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Writes a chat completion request. A request that was read from this dialect is written unchanged.</summary>
internal static class RequestWriter
{
    private const string Own = OpenAIChatDialect.DialectName;

    /// <param name="quirks">
    /// Edits what is written, and decides which reasoning the provider accepts: that of another dialect's conversation is written back, as
    /// <c>reasoning_content</c> and <c>reasoning_details</c>. Null for none.
    /// </param>
    public static void Write(ChatRequest request, in RequestTarget target, ProviderQuirks? quirks, JsonOutput output, LossReport losses)
    {
        output.BeginObject();
        output.Name("model"u8);
        output.Text(target.Model);
        output.Name("messages"u8);
        output.BeginArray();
        if (request.Origin == Own)
            foreach (var message in request.Messages) OwnMessageWriter.Write(output, message);
        else
        {
            JsonWord.Ensure(request, losses);
            var media = new MediaForms(target.Traits?.Input, quirks?.Flags.Request?.Documents ?? DocumentForm.File);
            new ForeignMessageWriter(quirks, media, output, losses).Write(request.Messages);
        }
        output.EndArray();
        ToolWriter.Write(request, output, losses);
        Sampling(request, target, output, losses);
        OptionsWriter.ResponseFormat(request, output, losses);
        OptionsWriter.Reasoning(request, target, quirks, output, losses);
        Text(output, "user"u8, request.User);
        Stream(request, output);
        var extras = new RequestExtras(request, RequestExtraRules.Table);
        extras.Write(output);
        extras.Report(losses);
        output.EndObject();
    }

    private static void Sampling(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        var sampling = request.Sampling;
        var own = request.Origin == Own;
        // OpenAI's reasoning models accept only the newer name; most older compatible servers know only the older one.
        var older = own ? Has(request, RequestForm.MaxTokens) : target.Traits?.Reasons != true;
        Number(output, older ? "max_tokens"u8 : "max_completion_tokens"u8, sampling.MaxTokens);
        Number(output, "temperature"u8, sampling.Temperature);
        Number(output, "top_p"u8, sampling.TopP);
        if (own) Number(output, "top_k"u8, sampling.TopK);
        else if (sampling.TopK.HasValue) losses.Drop("top_k");
        Number(output, "frequency_penalty"u8, sampling.FrequencyPenalty);
        Number(output, "presence_penalty"u8, sampling.PresencePenalty);
        Number(output, "seed"u8, sampling.Seed);
        Number(output, "n"u8, sampling.Count);
        Boolean(output, "logprobs"u8, sampling.Logprobs);
        // Refused alone: "'logprobs' must be set to true if this parameter is used". In other dialects it then has no effect.
        if (own || sampling.Logprobs == true) Number(output, "top_logprobs"u8, sampling.TopLogprobs);
        if (sampling.Stop.Count == 1 && own && Has(request, RequestForm.StopText)) Text(output, "stop"u8, sampling.Stop[0]);
        else if (sampling.Stop.Count > 0 || (own && Has(request, RequestForm.StopList)))
        {
            output.Name("stop"u8);
            output.BeginArray();
            foreach (var stop in sampling.Stop) output.Text(stop);
            output.EndArray();
        }
    }

    private static void Stream(ChatRequest request, JsonOutput output)
    {
        var own = request.Origin == Own;
        if (own ? Has(request, RequestForm.Stream) : request.Stream)
        {
            output.Name("stream"u8);
            output.Boolean(request.Stream);
        }
        if (own ? !Has(request, RequestForm.StreamOptions) : !(request.Stream && request.StreamUsage)) return;
        output.Name("stream_options"u8);
        output.BeginObject();
        output.Name("include_usage"u8);
        output.Boolean(request.StreamUsage);
        output.EndObject();
    }

    private static bool Has(ChatRequest request, RequestForm form) => (request.Form & (int)form) != 0;

    private static void Number(JsonOutput output, ReadOnlySpan<byte> name, JsonSlice value)
    {
        if (!value.HasValue) return;
        output.Name(name);
        output.Raw(value);
    }

    private static void Boolean(JsonOutput output, ReadOnlySpan<byte> name, bool? value)
    {
        if (value is not { } known) return;
        output.Name(name);
        output.Boolean(known);
    }

    private static void Text(JsonOutput output, ReadOnlySpan<byte> name, JsonText value)
    {
        if (!value.IsPresent) return;
        output.Name(name);
        output.Text(value);
    }
}
