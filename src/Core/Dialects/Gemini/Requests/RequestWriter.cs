using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Writes a <c>generateContent</c> body. A request of this dialect is written unchanged; any other in Gemini's form:
/// separate instructions, turns of user and model, tools, and the rest in <c>generationConfig</c>.
/// </summary>
internal static class RequestWriter
{
    public static void Write(ChatRequest request, in RequestTarget target, bool onVertex, JsonOutput output, LossReport losses)
    {
        if (request.Origin == GeminiDialect.DialectName)
        {
            OwnRequest.Write(request, output);
            return;
        }
        var model = new ModelGeneration(target.Model, onVertex);
        var extras = new RequestExtras(request, RequestExtraRules.Table);
        var tools = new ToolWriter(request, extras.Find("web_search_options"u8), target, model, output, losses);
        var format = FormatWriter.Decide(request, target, model, tools.HasFunctions, losses);
        output.BeginObject();
        new TurnWriter(request, model, format, takesSystem: target.Traits?.SystemPrompt != false, output, losses).Write();
        tools.Write();
        ConfigWriter.Write(request, extras, target, model, format, output, losses);
        output.EndObject();
        if (request.User.HasValue) losses.Drop("user");
        if (request.ParallelToolCalls is false) losses.Drop("parallel_tool_calls");
        extras.Report(losses);
    }

    public static DialectException Refuse(string message, string? param = null) => new(GatewayError.Invalid(message, param));
}
