using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>
/// Writes a request of another dialect. Plans the turns first (parts without a block are reported), then what depends
/// on them and on each other (output format, tools, reasoning), then writes everything.
/// </summary>
/// <param name="hosted">The version of a platform that hosts the API (<see cref="HostedMessagesDialect"/>); null at Anthropic.</param>
internal sealed class RequestWriter(ChatRequest request, RequestTarget target, JsonOutput output, LossReport losses, string? hosted = null)
{
    private const string Own = AnthropicMessagesDialect.DialectName;

    /// <summary>The limit to send if neither the caller nor the catalogue has one.</summary>
    private const long DefaultMaxTokens = 4096;

    private const int MaxUserIdLength = 256;

    public void Write()
    {
        var traits = target.Traits;
        var filter = new PartFilter(losses, Own);
        var turns = new TurnPlanner(request, traits, filter, losses);
        turns.Plan();
        var budget = new StrictBudget();
        var format = FormatPlan.Make(
            request.ResponseFormat, Own, traits?.JsonSchema != false, takesAnyObject: false, schema => OutputSchema.Fits(schema) && budget.Take(schema, isTool: false), losses);
        var extras = new RequestExtras(request, RequestExtraRules.Table);
        extras.Report(losses);
        var safetyIdentifier = extras.Find("safety_identifier"u8).AsText();
        if (safetyIdentifier.HasValue && request.User.HasValue) losses.Drop("safety_identifier");
        var markers = new CacheControls(output, losses);
        var tools = new ToolWriter(request, extras.Find("web_search_options"u8), traits, budget, output, markers, losses);
        var maxTokens = MaxTokens(traits);
        var thinking = ClaudeReasoningPlan.Make(request.Reasoning, Own, traits, maxTokens, turns, tools.IsForced, losses);

        output.BeginObject();
        HostedMessagesDialect.WriteHead(target, hosted, output);
        output.Name("max_tokens"u8);
        output.Number(maxTokens);
        markers.Count(turns.System, turns.Turns, tools.CountCacheMarkers());
        var writer = new TurnWriter(filter, output, markers, losses);
        writer.WriteSystem(turns.System, format.Instruction);
        writer.WriteTurns(turns.Turns);
        tools.Write();
        thinking.WriteThinking(output);
        WriteOutputConfig(thinking, format);
        SamplingWriter.Write(request.Sampling, traits, thinking.IsOn, output, losses);
        WriteUser(safetyIdentifier);
        WriteServiceTier(extras.Find("service_tier"u8).AsText());
        if (request.Stream)
        {
            output.Name("stream"u8);
            output.Boolean(true);
        }
        output.EndObject();
    }

    // Mandatory here. Never clamped: the provider refuses a value that the model does not support.
    private long MaxTokens(ModelTraits? traits) =>
        !request.Sampling.MaxTokens.HasValue ? traits?.MaxOutputTokens ?? DefaultMaxTokens
        : request.Sampling.MaxTokens.AsInt64()
            ?? throw new DialectException(GatewayError.Invalid("'max_tokens' must be an integer.", "max_tokens"));

    private void WriteOutputConfig(ClaudeReasoningPlan thinking, FormatPlan format)
    {
        if (!thinking.HasEffort && !format.Schema.IsPresent) return;
        output.Name("output_config"u8);
        output.BeginObject();
        thinking.WriteEffort(output);
        if (format.Schema.IsPresent)
        {
            output.Name("format"u8);
            output.BeginObject();
            output.Name("type"u8);
            output.Literal("json_schema"u8);
            output.Name("schema"u8);
            OutputSchema.Write(format.Schema, output, losses, FormatPlan.SchemaPath);
            output.EndObject();
        }
        output.EndObject();
    }

    private void WriteUser(JsonText safetyIdentifier)
    {
        var user = request.User.HasValue ? request.User : safetyIdentifier;
        if (!user.HasValue) return;
        if (user.Span.Length > MaxUserIdLength || PersonalId.IsPersonal(user))
        {
            losses.Drop(request.User.HasValue ? "user" : "safety_identifier");
            return;
        }
        output.Name("metadata"u8);
        output.BeginObject();
        output.Name("user_id"u8);
        output.Text(user);
        output.EndObject();
    }

    /// <summary>Only Anthropic has tiers (platform.claude.com/docs/en/api/service-tiers); hosting platforms do not.</summary>
    private void WriteServiceTier(JsonText tier)
    {
        if (!tier.HasValue) return;
        var own = tier.Is("auto"u8) ? "auto"u8 : tier.Is("default"u8) || tier.Is("standard_only"u8) ? "standard_only"u8 : default;
        if (own.IsEmpty || hosted is not null)
        {
            losses.Drop("service_tier");
            return;
        }
        output.Name("service_tier"u8);
        output.Literal(own);
    }
}
