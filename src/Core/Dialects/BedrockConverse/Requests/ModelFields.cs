using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Requests;

/// <summary>
/// Writes <c>additionalModelRequestFields</c>: settings without a Converse member are sent in the model developer's own form, and
/// models refuse requests with unknown members. A member that the caller sets itself is kept.
/// </summary>
internal sealed class ModelFields(ChatRequest request, ModelFamily family, ModelTraits? traits, long? maxTokens, JsonOutput output, LossReport losses)
{
    private const string Highest = "high";

    private bool _isOpen;

    /// <summary>
    /// The model refuses <c>temperature</c> and <c>topP</c>, and also <c>maxTokens</c>: Nova at its highest level
    /// (docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html, UKGovernmentBEIS/inspect_ai#3767).
    /// </summary>
    /// <inheritdoc cref="Write"/>
    public bool RefusesSampling(JsonSlice given) => family.Thinking == ReasoningSwitch.Nova && maxTokens is null
        && request.Reasoning is { } wish && !ClaudeReasoningPlan.IsOffWish(wish) && !given.Member("reasoningConfig"u8).HasValue && NearestTo(WordOf(wish)) == Highest;

    /// <param name="thinking">The plan for Claude; null for other models.</param>
    /// <param name="given">The caller's own <c>additionalModelRequestFields</c>.</param>
    public void Write(ClaudeReasoningPlan? thinking, JsonSlice given)
    {
        WriteTopK(given, isThinking: thinking?.IsOn == true);
        if (thinking is not null) WriteClaude(thinking, given);
        else if (request.Reasoning is { } wish) WriteReasoning(wish, given);
        WriteGiven(given);
        if (_isOpen) output.EndObject();
    }

    private void WriteTopK(JsonSlice given, bool isThinking)
    {
        if (request.Sampling.TopK.AsInt64() is not { } value) return;
        if (value < 0 || isThinking || traits?.SamplingParameters == false || family.TopK == TopKForm.None)
        {
            losses.Drop("top_k");
            return;
        }
        if (family.TopK == TopKForm.Flat)
        {
            if (!Begin("top_k"u8, given)) return;
            output.Number(value);
        }
        else if (Begin("inferenceConfig"u8, given))
        {
            output.BeginObject();
            output.Name("topK"u8);
            output.Number(value);
            output.EndObject();
        }
    }

    private void WriteClaude(ClaudeReasoningPlan thinking, JsonSlice given)
    {
        if (thinking.IsSaid && !given.Member("thinking"u8).HasValue)
        {
            Open();
            thinking.WriteThinking(output);
        }
        if (!thinking.HasEffort || !Begin("output_config"u8, given)) return;
        output.BeginObject();
        thinking.WriteEffort(output);
        output.EndObject();
    }

    private void WriteReasoning(ReasoningOptions wish, JsonSlice given)
    {
        losses.DropExtras(wish.Extras, BedrockConverseDialect.DialectName, "reasoning");
        var member = ClaudeReasoningPlan.MemberOf(wish);
        var isOff = ClaudeReasoningPlan.IsOffWish(wish);
        if (family.Thinking == ReasoningSwitch.None || (isOff && family.Thinking != ReasoningSwitch.Nova))
        {
            // A model that cannot reason satisfies "off" anyway.
            if (isOff && family.Reasons == false) losses.Emulate(member);
            else losses.Drop(member);
            return;
        }
        if (wish.IncludeReasoning == false) losses.Drop("reasoning.exclude");
        var level = isOff ? "" : LevelOf(wish, member);
        switch (family.Thinking)
        {
            case ReasoningSwitch.ReasoningEffort when Begin("reasoning_effort"u8, given):
                output.Text(level);
                break;
            case ReasoningSwitch.ReasoningConfig when Begin("reasoning_config"u8, given):
                if (level == "medium") losses.Emulate(member);
                output.Literal(level == "low" ? "low"u8 : "high"u8);
                break;
            case ReasoningSwitch.Nova when Begin("reasoningConfig"u8, given):
                output.BeginObject();
                output.Name("type"u8);
                output.Literal(isOff ? "disabled"u8 : "enabled"u8);
                if (!isOff)
                {
                    output.Name("maxReasoningEffort"u8);
                    output.Text(level);
                }
                output.EndObject();
                break;
        }
    }

    /// <summary>One of the three levels that these models support.</summary>
    private string LevelOf(ReasoningOptions wish, string member)
    {
        var word = WordOf(wish);
        var level = NearestTo(word);
        // The limit bounds what a response costs, so it is kept, and the level yields.
        if (family.Thinking == ReasoningSwitch.Nova && level == Highest && maxTokens is not null)
        {
            level = "medium";
            losses.Emulate(member);
        }
        else if (wish.Effort.HasValue ? level != word : wish.BudgetTokens is not null) losses.Emulate(member);
        return level;
    }

    private static string WordOf(ReasoningOptions wish) =>
        wish.Effort.HasValue ? wish.Effort.ToString() : wish.BudgetTokens is { } budget && !wish.Adaptive ? ClaudeReasoningPlan.WordFor(budget) : "medium";

    private static string NearestTo(string word) => word switch { "minimal" or "low" => "low", "medium" => "medium", _ => Highest };

    private void WriteGiven(JsonSlice given)
    {
        if (!given.IsObject) return;
        var cursor = new JsonCursor(given.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            Open();
            output.Name(cursor.Name);
            output.Raw(cursor.TakeValue());
        }
    }

    /// <summary>False, and nothing is written, if the caller has set the member.</summary>
    private bool Begin(ReadOnlySpan<byte> name, JsonSlice given)
    {
        if (given.Member(name).HasValue) return false;
        Open();
        output.Name(name);
        return true;
    }

    private void Open()
    {
        if (_isOpen) return;
        _isOpen = true;
        output.Name("additionalModelRequestFields"u8);
        output.BeginObject();
    }
}
