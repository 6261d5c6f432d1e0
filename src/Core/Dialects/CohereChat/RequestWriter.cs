using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.CohereChat;

/// <summary>
/// Writes a request of another dialect. What depends on several members is planned first (the response format gives way to
/// tools and documents), then all of it is written.
/// </summary>
internal sealed class RequestWriter(ChatRequest request, RequestTarget target, JsonOutput output, LossReport losses)
{
    public void Write()
    {
        var leftovers = new RequestLeftovers(request, losses);
        var tools = new ToolWriter(request, output, losses);
        var isBesideTools = tools.HasTools || leftovers.HasDocuments;
        var format = FormatWriter.Plan(request.ResponseFormat, target.Traits, isBesideTools, losses);
        var thinking = ThinkingPlan.Make(request.Reasoning, target.Traits, request.Sampling.MaxTokens.AsInt64(), losses);
        output.BeginObject();
        output.Name("model"u8);
        output.Text(target.Model);
        output.Name("messages"u8);
        new MessageWriter(request, target.Traits, output, losses).Write(format.Instruction);
        tools.Write(leftovers.SaysStrictTools);
        FormatWriter.Write(format, request.ResponseFormat, target.Traits, isBesideTools, output);
        thinking.Write(output);
        new SamplingWriter(request.Sampling, output, losses).Write(leftovers.Seed);
        if (request.User.HasValue) losses.Drop("user");
        leftovers.Write(output);
        if (request.Stream)
        {
            output.Name("stream"u8);
            output.Boolean(true);
        }
        output.EndObject();
    }
}
