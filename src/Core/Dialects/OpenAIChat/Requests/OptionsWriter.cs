using Nano.Chat;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Writes <c>response_format</c> and the reasoning options.</summary>
internal static class OptionsWriter
{
    private const string Own = OpenAIChatDialect.DialectName;

    public static void ResponseFormat(ChatRequest request, JsonOutput output, LossReport losses)
    {
        if (request.ResponseFormat is not { } format) return;
        losses.DropExtras(format.Extras, Own, "response_format");
        if (format.Kind == ResponseFormatKind.Text && request.Origin != Own) return;
        output.Name("response_format"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(format.Kind switch
        {
            ResponseFormatKind.JsonSchema => "json_schema"u8,
            ResponseFormatKind.JsonObject => "json_object"u8,
            _ => "text"u8,
        });
        // If the object has unmodelled members, the whole object is in the extras.
        if (format.Kind == ResponseFormatKind.JsonSchema && !format.Extras.From(Own, "json_schema"u8).IsPresent) Schema(request, format, output, losses);
        format.Extras.WriteTo(output, Own);
        output.EndObject();
    }

    private static void Schema(ChatRequest request, ResponseFormat format, JsonOutput output, LossReport losses)
    {
        var own = request.Origin == Own;
        output.Name("json_schema"u8);
        output.BeginObject();
        if (format.Name.IsPresent || !own)
        {
            output.Name("name"u8);
            // Mandatory here; Anthropic and Gemini have no such member.
            if (format.Name.HasValue || own) output.Text(format.Name);
            else output.Literal("response"u8);
        }
        if (format.Description.IsPresent)
        {
            output.Name("description"u8);
            output.Text(format.Description);
        }
        if (format.Schema.IsPresent)
        {
            output.Name("schema"u8);
            output.Raw(format.Schema);
        }
        if (StrictSchema.Of(request, format.Strict, format.Schema, out var isLost) is { } strict)
        {
            // The model sees the schema, and nothing enforces it.
            if (isLost) losses.Emulate("response_format");
            output.Name("strict"u8);
            output.Boolean(strict);
        }
        output.EndObject();
    }

    /// <param name="quirks">They may find the model's nearest setting, and then read one of Chat's forms; null for none.</param>
    public static void Reasoning(ChatRequest request, in RequestTarget target, ProviderQuirks? quirks, JsonOutput output, LossReport losses)
    {
        if (request.Reasoning is not { } reasoning) return;
        losses.DropExtras(reasoning.Extras, Own, "reasoning");
        if (request.Origin != Own) Foreign(reasoning, target, quirks, output, losses);
        else if (reasoning.Form == (int)ReasoningOptionsForm.Effort) Text(output, "reasoning_effort"u8, reasoning.Effort);
        else if (reasoning.Form == (int)ReasoningOptionsForm.Thinking) Thinking(reasoning, output);
        else
        {
            output.Name("reasoning"u8);
            output.BeginObject();
            Text(output, "effort"u8, reasoning.Effort);
            Number(output, "max_tokens"u8, reasoning.BudgetTokens);
            Boolean(output, "enabled"u8, reasoning.Enabled);
            Boolean(output, "exclude"u8, !reasoning.IncludeReasoning);
            reasoning.Extras.WriteTo(output, Own);
            output.EndObject();
        }
    }

    private static void Thinking(ReasoningOptions reasoning, JsonOutput output)
    {
        output.Name("thinking"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(reasoning.Adaptive ? "adaptive"u8 : reasoning.Enabled == true ? "enabled"u8 : "disabled"u8);
        Number(output, "budget_tokens"u8, reasoning.BudgetTokens);
        if (reasoning.IncludeReasoning is { } told)
        {
            output.Name("display"u8);
            output.Literal(told ? "summarized"u8 : "omitted"u8);
        }
        reasoning.Extras.WriteTo(output, Own);
        output.EndObject();
    }

    /// <summary>Chat has only efforts. A budget becomes the nearest effort, and an effort that the model does not have becomes the nearest one that it has.</summary>
    private static void Foreign(ReasoningOptions reasoning, in RequestTarget target, ProviderQuirks? quirks, JsonOutput output, LossReport losses)
    {
        var traits = target.Traits;
        if (traits?.Reasons == false)
        {
            if (reasoning.Enabled != false) losses.Drop("reasoning");
            return;
        }
        var word = reasoning switch
        {
            { Enabled: false } => "none",
            { Effort.HasValue: true } => reasoning.Effort.ToString(),
            { BudgetTokens: { } budget } => ModelEfforts.OfBudget(budget),
            _ => null,
        };
        // A model that reasons unasked needs no setting, unless its provider has a switch.
        if (word is null && (!reasoning.IsOn || (traits is { Reasons: true, ReasonsUnasked: true } && quirks?.SwitchesReasoning(target) != true))) return;
        if (quirks?.ConvertsReasoning(target) == true)
        {
            Convertible(reasoning, word, output, losses);
            return;
        }
        // Nothing is known about the model, so it may not take an effort.
        if (word is null && traits?.Reasons != true) return;
        word ??= ModelEfforts.Usual;
        var effort = traits is not { Efforts.Count: > 0 } || traits.Efforts.Contains(word) ? word : word == "none" ? null : ModelEfforts.Nearest(traits.Efforts, word);
        if (effort is null)
        {
            losses.Drop("reasoning");
            return;
        }
        if (!reasoning.Effort.HasValue && word != "none") losses.Emulate("reasoning");
        else if (effort != word) losses.Emulate("reasoning_effort");
        output.Name("reasoning_effort"u8);
        output.Text(effort);
    }

    /// <summary>In the form that the provider's quirks read, and whose name they use for a loss.</summary>
    /// <param name="word">The effort; null for reasoning without a setting for how much.</param>
    private static void Convertible(ReasoningOptions reasoning, string? word, JsonOutput output, LossReport losses)
    {
        if (!reasoning.Effort.HasValue || reasoning.Enabled == false)
        {
            output.Name("reasoning"u8);
            output.BeginObject();
            if (word is null or "none") Boolean(output, "enabled"u8, word is null);
            else
            {
                losses.Emulate("reasoning");
                Number(output, "max_tokens"u8, reasoning.BudgetTokens);
            }
            output.EndObject();
            return;
        }
        output.Name("reasoning_effort"u8);
        output.Text(word!);
    }

    private static void Number(JsonOutput output, ReadOnlySpan<byte> name, long? value)
    {
        if (value is not { } known) return;
        output.Name(name);
        output.Number(known);
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
