using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Quirks;

/// <summary>Applies the <see cref="ResponsesQuirks"/> of one provider: a request gets no value that its model is known to refuse.</summary>
internal sealed class ModelLimits(ResponsesQuirks quirks) : IWireQuirks
{
    /// <summary>The value of <c>include</c> that requests log probabilities, which fixed sampling does not have.</summary>
    private static ReadOnlySpan<byte> Logprobs => "message.output_text.logprobs"u8;

    public ResponsesQuirks Flags => quirks;

    public bool AsksTraits(Envelope envelope) => envelope.NamesReasoning || envelope.NamesSampling;

    public bool EditsResponses => false;

    public bool MayEdit(ReadOnlySpan<byte> body, Envelope envelope, ModelTraits? traits) => traits is not null
        && ((quirks.LimitsEffort && traits.Reasons is not null && Limit(envelope.Effort, traits) != Verdict.Kept)
            || (quirks.RefusedByFixedSampling.Count > 0 && envelope.NamesSampling && (traits.SamplingParameters == false || traits.SamplingOnlyWithoutReasoning)));

    public bool TryEditRequest(ReadOnlyMemory<byte> body, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        if (target.Traits is not { } traits) return false;
        using var members = new BodyMembers(body, output);
        if (quirks.LimitsEffort && traits.Reasons is not null) Effort(members, traits, losses);
        if (quirks.RefusedByFixedSampling.Count > 0) FixedSampling(members, traits, losses);
        if (!members.IsChanged) return false;
        members.WriteTo(output);
        return true;
    }

    public bool TryEditResponse(ReadOnlyMemory<byte> body, JsonOutput output, bool isForReader) => false;

    public IEventEdit? CreateEventEdit(bool isForReader) => null;

    private enum Verdict
    {
        Kept,
        /// <summary>Another effort is nearest.</summary>
        Replaced,
        /// <summary>Reasoning cannot be switched off: the lowest effort is nearest.</summary>
        Lowest,
        /// <summary>The model accepts no effort.</summary>
        Removed,
        /// <summary>It does not reason, so it needs no effort to be off.</summary>
        OffAnyway,
    }

    private static Verdict Limit(JsonText effort, ModelTraits traits)
    {
        if (!effort.HasValue) return Verdict.Kept;
        var efforts = ModelEfforts.Of(traits);
        var word = effort.ToString();
        if (efforts.Contains(word)) return Verdict.Kept;
        if (word == "none") return traits.Reasons == false ? Verdict.OffAnyway : traits.ThinkingAlwaysOn && efforts.Count > 0 ? Verdict.Lowest : Verdict.Removed;
        return efforts.Count == 0 ? Verdict.Removed : ModelEfforts.Nearest(efforts, word) == word ? Verdict.Kept : Verdict.Replaced;
    }

    private static void Effort(BodyMembers members, ModelTraits traits, LossReport losses)
    {
        var reasoning = members.Find("reasoning"u8);
        var effort = reasoning.Member("effort"u8).AsText();
        var efforts = ModelEfforts.Of(traits);
        switch (Limit(effort, traits))
        {
            case Verdict.Kept:
                return;
            case Verdict.Replaced:
                Replace(members, reasoning, ModelEfforts.Nearest(efforts, effort.ToString()));
                losses.Emulate("reasoning.effort");
                return;
            case Verdict.Lowest:
                Replace(members, reasoning, efforts[0]);
                losses.Drop("reasoning.effort");
                return;
            case Verdict.Removed:
                Replace(members, reasoning, null);
                losses.Drop("reasoning.effort");
                return;
            default:
                Replace(members, reasoning, null);
                losses.Emulate("reasoning.effort");
                return;
        }
    }

    /// <summary>Models that accept no effort accept the other members of <c>reasoning</c> (router-for-me/CLIProxyAPI#3968).</summary>
    /// <param name="effort">Null to remove it.</param>
    private static void Replace(BodyMembers members, JsonSlice reasoning, string? effort)
    {
        var output = members.NewValue();
        output.BeginObject();
        var isEmpty = true;
        var cursor = new JsonCursor(reasoning.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            var isEffort = name.Is("effort"u8);
            if (isEffort && effort is null) continue;
            output.Name(name);
            if (isEffort) output.Text(effort!);
            else output.Raw(value);
            isEmpty = false;
        }
        output.EndObject();
        if (isEmpty) members.Remove("reasoning"u8);
        else members.Set("reasoning"u8, new JsonSlice(output.Written));
    }

    private void FixedSampling(BodyMembers members, ModelTraits traits, LossReport losses)
    {
        var effort = members.Find("reasoning"u8).Member("effort"u8).AsText();
        var isReasoning = effort.HasValue ? !effort.Is("none"u8) : traits.ReasonsUnasked;
        if (traits.SamplingParameters != false && !(traits.SamplingOnlyWithoutReasoning && isReasoning)) return;
        foreach (var name in quirks.RefusedByFixedSampling)
        {
            var value = members.Remove(name);
            if (value.HasValue && value.AsDouble() != 1 && !IdleMember.Is(JsonText.From(name), value)) losses.Drop(name);
        }
        WithoutLogprobs(members, losses);
    }

    private static void WithoutLogprobs(BodyMembers members, LossReport losses)
    {
        var include = members.Find("include"u8);
        if (!include.IsArray || include.Span.IndexOf(Logprobs) < 0) return;
        var output = members.NewValue();
        output.BeginArray();
        var cursor = new JsonCursor(include.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var value = cursor.TakeValue();
            if (value.AsText().Is(Logprobs)) losses.Drop("include");
            else output.Raw(value);
        }
        output.EndArray();
        members.Set("include"u8, new JsonSlice(output.Written));
    }
}
