using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Requests;

/// <summary>
/// Writes <c>additionalModelRequestFields</c>: settings without a Converse member are sent in the model developer's own form, and
/// models refuse requests with unknown members. A member that the caller sets itself is kept.
/// </summary>
internal sealed class ModelFields(ChatRequest request, ModelFamily family, ModelTraits? traits, JsonOutput output, LossReport losses)
{
    private bool _isOpen;

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
        var isWord = wish.Effort.HasValue;
        var word = isWord ? wish.Effort.ToString() : wish.BudgetTokens is { } budget && !wish.Adaptive ? ClaudeReasoningPlan.WordFor(budget) : "medium";
        var level = word switch { "minimal" or "low" => "low", "medium" => "medium", _ => "high" };
        if (isWord ? level != word : wish.BudgetTokens is not null) losses.Emulate(member);
        return level;
    }

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
