using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>Turns a Chat request into a provider's: applies each quirk to the few members that it affects.</summary>
internal readonly ref struct RequestEditor(RequestQuirks quirks, BodyMembers members, RequestTarget target, LossReport losses)
{
    /// <inheritdoc cref="IWireQuirks.TryEditRequest"/>
    public static bool TryEdit(RequestQuirks quirks, ReadOnlyMemory<byte> body, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        using var members = new BodyMembers(body, output);
        new RequestEditor(quirks, members, target, losses).Edit();
        if (!members.IsChanged) return false;
        members.WriteTo(output);
        return true;
    }

    private void Edit()
    {
        if (quirks.RefusesNulls) members.RemoveNulls();
        // Reasoning first: the members that it leaves may be refused ones.
        var words = ReasoningEdit.Apply(quirks, members, target, losses);
        Thinking();
        if (quirks.OlderMaxTokens) MaxTokens();
        if (quirks.NewerMaxTokensWhenReasoning && target.Traits?.Reasons == true) NewerMaxTokens();
        Exclusive();
        foreach (var name in quirks.Refused) LeaveOut(name);
        if (target.Traits is { Reasons: true } traits)
            foreach (var name in quirks.RefusedByReasoningModels)
                if (!traits.StopSequences || name != "stop") LeaveOut(name);
        foreach (var (models, refused) in quirks.RefusedByModels)
            if (System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(models, target.Model, ignoreCase: false)) LeaveOut(refused);
        FixedSampling();
        foreach (var (from, to) in quirks.Renamed) members.Rename(from, to);
        Sampling();
        if (words is { NoForcedCalls: true }) ToolEdit.ForcedCalls(words, members, losses);
        ToolEdit.Apply(quirks, members, losses);
        FormatEdit.Apply(quirks, members, losses);
        MessagesEdit.Apply(quirks, members, losses);
        if (quirks.Taken is { } taken) members.RemoveAllBut(taken, losses);
    }

    /// <summary>Drops what a model with fixed sampling refuses; 1 is its default.</summary>
    private void FixedSampling()
    {
        if (quirks.RefusedByFixedSampling.Count == 0 || target.Traits is not { } traits) return;
        var effort = members.Find("reasoning_effort"u8).AsText();
        var isReasoning = effort.HasValue ? !effort.Is("none"u8) : traits.ReasonsUnasked;
        if (traits.SamplingParameters != false && !(traits.SamplingOnlyWithoutReasoning && isReasoning)) return;
        foreach (var name in quirks.RefusedByFixedSampling)
        {
            var value = members.Remove(name);
            if (value.HasValue && value.AsDouble() != 1 && !IdleMember.Is(JsonText.From(name), value)) losses.Drop(name);
        }
    }

    private void NewerMaxTokens()
    {
        // If both are present, the newer one applies.
        if (members.Has("max_completion_tokens"u8)) members.Remove("max_tokens"u8);
        else if (members.Find("max_tokens"u8).IsPresent)
        {
            members.Remove("max_completion_tokens"u8);
            members.Rename("max_tokens", "max_completion_tokens");
        }
    }

    private void LeaveOut(string name)
    {
        var value = members.Remove(name);
        if (value.IsPresent && !IdleMember.Is(JsonText.From(name), value)) losses.Drop(name);
    }

    private void Thinking()
    {
        var thinking = members.Find("thinking"u8);
        if (!thinking.IsObject) return;
        var isShort = thinking.Member("budget_tokens"u8).AsInt64() is { } budget && budget < quirks.LeastThinkingBudget;
        var keeps = quirks.ThinkingKeptBy is { } models && thinking.Member("keep"u8).HasValue && !Begins(target.Model, models);
        if (!isShort && !keeps) return;
        if (isShort) losses.Emulate("thinking.budget_tokens");
        if (keeps) losses.Drop("thinking.keep");
        var output = members.NewValue();
        output.BeginObject();
        var cursor = new JsonCursor(thinking.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (keeps && name.Is("keep"u8)) continue;
            output.Name(name);
            if (isShort && name.Is("budget_tokens"u8)) output.Number(quirks.LeastThinkingBudget!.Value);
            else output.Raw(value);
        }
        output.EndObject();
        members.Set("thinking"u8, new JsonSlice(output.Written));
    }

    private static bool Begins(string model, IReadOnlyList<string> beginnings)
    {
        foreach (var beginning in beginnings)
            if (model.StartsWith(beginning, StringComparison.Ordinal)) return true;
        return false;
    }

    private void MaxTokens()
    {
        var limit = members.Find("max_completion_tokens"u8);
        if (!limit.IsPresent) return;
        // If both are present, the newer one applies, as at OpenAI.
        if (limit.HasValue) members.Remove("max_tokens"u8);
        if (members.Find("max_tokens"u8).IsPresent) members.Remove("max_completion_tokens"u8);
        else members.Rename("max_completion_tokens", "max_tokens");
    }

    private void Exclusive()
    {
        foreach (var (kept, refused) in quirks.Exclusive)
            if (members.Has(System.Text.Encoding.UTF8.GetBytes(kept))) LeaveOut(refused);
    }

    private void Sampling()
    {
        Stops();
        Temperature();
        if (!quirks.LogprobsIsNumber) return;
        var alternatives = members.Remove("top_logprobs"u8);
        if (members.Find("logprobs"u8).IsTrue) members.Set("logprobs"u8, alternatives.AsInt64() is > 0 ? alternatives : new JsonSlice("1"u8.ToArray()));
        else if (members.Find("logprobs"u8).IsFalse) members.Remove("logprobs"u8);
    }

    private void Stops()
    {
        var stop = members.Find("stop"u8);
        if (quirks.MostStops is not { } most || !stop.IsArray) return;
        var output = members.NewValue();
        output.BeginArray();
        var count = 0;
        var cursor = new JsonCursor(stop.Memory);
        cursor.EnterArray();
        for (; cursor.NextElement(); count++)
        {
            var text = cursor.TakeValue();
            if (count < most) output.Raw(text);
        }
        if (count <= most) return;
        output.EndArray();
        members.Set("stop"u8, new JsonSlice(output.Written));
        losses.Drop("stop");
    }

    private void Temperature()
    {
        var several = members.Find("n"u8).AsInt64() > 1;
        if (members.Find("temperature"u8).AsDouble() is not { } value) return;
        if (value > quirks.HighestTemperature) Change(quirks.HighestTemperature.Value);
        else if (several && value < quirks.LowestTemperatureOfSeveral) Change(quirks.LowestTemperatureOfSeveral.Value);
    }

    private void Change(double temperature)
    {
        var output = members.NewValue();
        output.Number(temperature);
        members.Set("temperature"u8, new JsonSlice(output.Written));
        losses.Emulate("temperature");
    }
}
