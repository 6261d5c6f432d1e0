using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Requests;

/// <summary>
/// Writes a request of another dialect. Plans what depends on several members first (tools and documents take precedence over the
/// response format), then writes everything.
/// </summary>
internal sealed class RequestWriter(ChatRequest request, RequestTarget target, JsonOutput output, LossReport losses)
{
    public void Write()
    {
        var extras = new RequestExtras(request, RequestExtraRules.Table);
        extras.Report(losses);
        var documents = extras.Find("documents"u8);
        var hasDocuments = documents.IsArray && documents.Span.ContainsAnyExcept("[] \t\r\n"u8);
        var tools = new ToolWriter(request, output, losses);
        var isBesideTools = tools.HasTools || hasDocuments;
        var format = FormatWriter.Plan(request.ResponseFormat, target.Traits, isBesideTools, losses);
        var thinking = ReasoningPlan.Make(request.Reasoning, target.Traits, request.Sampling.MaxTokens.AsInt64(), losses);
        output.BeginObject();
        output.Name("model"u8);
        output.Text(target.Model);
        output.Name("messages"u8);
        new MessageWriter(request, target.Traits, output, losses).Write(format.Instruction);
        tools.Write(isStrictSet: extras.Find("strict_tools"u8).IsPresent);
        FormatWriter.Write(format, request.ResponseFormat, target.Traits, isBesideTools, output);
        thinking.Write(output);
        new SamplingWriter(request.Sampling, output, losses).Write(extras.Find("random_seed"u8));
        if (request.User.HasValue) losses.Drop("user");
        extras.Write(output);
        if (request.Stream)
        {
            output.Name("stream"u8);
            output.Boolean(true);
        }
        output.EndObject();
    }
}
