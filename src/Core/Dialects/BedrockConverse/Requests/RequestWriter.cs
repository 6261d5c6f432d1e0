using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Requests;

/// <summary>
/// Writes a request of another dialect. Turns follow Anthropic's rules (user first, alternating, a result for each call), so
/// they are planned in the same way. Then everything that depends on them is decided, and all of it is written.
/// </summary>
internal sealed class RequestWriter(ChatRequest request, RequestTarget target, JsonOutput output, LossReport losses)
{
    private const string Own = BedrockConverseDialect.DialectName;

    private readonly ModelFamily _family = ModelFamily.Of(target.Model);

    public void Write()
    {
        var traits = Traits();
        var filter = new PartFilter(losses, Own, takesVideo: true);
        var turns = new TurnPlanner(request, traits, filter, losses);
        turns.Plan();
        var budget = new StrictBudget();
        var format = FormatPlan.Make(
            request.ResponseFormat, Own, traits.JsonSchema != false, takesAnyObject: false, schema => OutputSchema.Fits(schema) && budget.Take(schema, isTool: false), losses);
        if (request.User.HasValue) losses.Drop("user");
        var extras = new RequestExtras(request, RequestExtraRules.Table);
        extras.Report(losses);
        var markers = new CachePlan(output, _family, losses);
        var tools = new ToolWriter(request, traits, budget, output, markers, losses);
        var maxTokens = SamplingWriter.MaxTokens(request.Sampling);
        // An unknown Claude is treated as a new one, whose reasoning has levels.
        var known = _family.Reasons == false || _family.ReasonsByBudget ? traits : target.Traits;
        var thinking = _family.Thinking == ReasoningSwitch.Claude
            ? ClaudeReasoningPlan.Make(request.Reasoning, Own, known, maxTokens ?? target.Traits?.MaxOutputTokens, turns, tools.IsForced, losses)
            : null;

        if (!_family.SystemPrompt) MoveSystem(turns, format);
        output.BeginObject();
        markers.Count(turns.System, turns.Turns, tools.CountCacheMarkers());
        var writer = new TurnWriter(_family, filter, output, markers, losses);
        writer.WriteSystem(turns.System, _family.SystemPrompt ? format.Instruction : null);
        writer.WriteTurns(turns.Turns);
        var given = extras.Find("additionalModelRequestFields"u8);
        var fields = new ModelFields(request, _family, target.Traits, maxTokens, output, losses);
        var drawn = fields.RefusesSampling(given) ? traits with { SamplingParameters = false } : target.Traits;
        SamplingWriter.Write(request.Sampling, maxTokens, _family, drawn, thinking?.IsOn == true, output, losses);
        tools.Write(turns.Turns);
        fields.Write(thinking, given);
        WriteFormat(format);
        WriteServiceTier(extras.Find("service_tier"u8));
        extras.Write(output);
        output.EndObject();
    }

    /// <summary>The catalogue's traits, with the family's values where Converse differs.</summary>
    private ModelTraits Traits() => (target.Traits ?? new ModelTraits()) with
    {
        // Converse has no such role.
        MidConversationSystem = false,
        JsonSchema = _family.JsonSchema ?? target.Traits?.JsonSchema,
        ForcedToolChoice = _family.ForcedToolChoice ? target.Traits?.ForcedToolChoice : false,
        Reasons = _family.Reasons ?? target.Traits?.Reasons,
    };

    /// <summary>For a model without system prompts: moves the system text to the start of the first user turn.</summary>
    private void MoveSystem(TurnPlanner turns, FormatPlan format)
    {
        var first = turns.Turns[0].Blocks;
        if (format.Instruction is { } instruction)
        {
            losses.Emulate("messages.content");
            using var text = new JsonOutput();
            instruction(text);
            first.Insert(0, new TurnBlock(TurnBlockKind.Content, new TextPart(new JsonText(text.WrittenSpan.ToArray())), default));
        }
        if (turns.System.Count == 0) return;
        losses.Emulate("messages.system");
        first.InsertRange(0, turns.System.Select(text => new TurnBlock(TurnBlockKind.Content, text, default)));
        turns.System.Clear();
    }

    private void WriteServiceTier(JsonSlice tier)
    {
        if (!tier.HasValue) return;
        output.Name("serviceTier"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Raw(tier);
        output.EndObject();
    }

    /// <summary>The schema is sent as text (<c>bedrock-converse-one-schema-886d11</c>).</summary>
    private void WriteFormat(FormatPlan format)
    {
        if (!format.Schema.IsPresent) return;
        using var schema = new JsonOutput(format.Schema.Span.Length + 256);
        OutputSchema.Write(format.Schema, schema, losses, FormatPlan.SchemaPath);
        output.Name("outputConfig"u8);
        output.BeginObject();
        output.Name("textFormat"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("json_schema"u8);
        output.Name("structure"u8);
        output.BeginObject();
        output.Name("jsonSchema"u8);
        output.BeginObject();
        var wish = request.ResponseFormat!;
        output.Name("name"u8);
        if (ToolIds.IsGood(wish.Name.Span, ToolWriter.MaxNameLength)) output.Text(wish.Name);
        else output.Literal("answer"u8);
        output.Name("schema"u8);
        output.TextOfJson(new JsonSlice(schema.Written));
        if (!EscapedText.IsBlank(wish.Description))
        {
            output.Name("description"u8);
            output.Text(wish.Description);
        }
        output.EndObject();
        output.EndObject();
        output.EndObject();
        output.EndObject();
    }
}
