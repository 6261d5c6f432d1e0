using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Reports what the caller's dialect cannot express in other dialects' responses, whole or streamed. Members without information for
/// a caller, since its own dialect expresses the same by its form, are skipped: see the lists below. Streams repeat the same members
/// in every event: a name costs a string once, later only a comparison.
/// </summary>
/// <param name="own">The dialect that is written.</param>
internal sealed class ForeignExtras(LossReport losses, string own)
{
    /// <summary>The number of names in a report, plus one to show that there were more.</summary>
    private const int MostNames = 65;

    // Members that every dialect implies (Anthropic's type and role, Chat's object), that are modelled (Gemini's createTime), that describe
    // the server, not the response (Chat's system_fingerprint, ids of requests), or that are sent elsewhere (service_tier, in usage).
    private static readonly JsonText[] OfResponse =
    [
        JsonText.From("type"), JsonText.From("role"), JsonText.From("createTime"), JsonText.From("object"), JsonText.From("created"),
        JsonText.From("system_fingerprint"), JsonText.From("service_tier"), JsonText.From("request_id"), JsonText.From("x_groq"),
    ];

    // Padding that gives events with texts of any length the same length.
    private static readonly JsonText[] OfMessage = [JsonText.From("padding")];

    // Annotations contain these.
    private static readonly JsonText[] Sources = [JsonText.From("citationMetadata"), JsonText.From("urlContextMetadata")];
    private static readonly JsonText[] GroundingSources = [JsonText.From("groundingChunks"), JsonText.From("groundingSupports")];

    // The average follows from the list.
    private static readonly JsonText[] Logprobs = [JsonText.From("logprobsResult"), JsonText.From("avgLogprobs")];

    // Gemini's reader keeps these whole, beside their part.
    private static readonly JsonText[] OfContent = [JsonText.From("functionCall"), JsonText.From("inlineData"), JsonText.From("fileData")];

    // Counts in the normal form, or sums and shares of them; and the location of the inference, which is in every response of
    // Anthropic and would make each of them lossy.
    private static readonly JsonText[] OfUsage =
    [
        JsonText.From("totalTokenCount"), JsonText.From("toolUsePromptTokenCount"), JsonText.From("promptTokensDetails"),
        JsonText.From("candidatesTokensDetails"), JsonText.From("serviceTier"), JsonText.From("cache_creation"),
        JsonText.From("output_tokens_details"), JsonText.From("service_tier"),
        JsonText.From("promptTokenCount"), JsonText.From("candidatesTokenCount"), JsonText.From("thoughtsTokenCount"),
        JsonText.From("cachedContentTokenCount"), JsonText.From("input_tokens"), JsonText.From("output_tokens"),
        JsonText.From("cache_read_input_tokens"), JsonText.From("cache_creation_input_tokens"),
        JsonText.From("inference_geo"), JsonText.From("trafficType"), JsonText.From("input_tokens_details"), JsonText.From("total_tokens"),
        JsonText.From("tokens"), JsonText.From("billed_units"), JsonText.From("cached_tokens"), JsonText.From("prompt_tokens"),
        JsonText.From("completion_tokens"), JsonText.From("prompt_tokens_details"), JsonText.From("completion_tokens_details"),
        JsonText.From("num_cached_tokens"), JsonText.From("prompt_cache_hit_tokens"), JsonText.From("prompt_cache_miss_tokens"),
        JsonText.From("cache_write_tokens"), JsonText.From("reasoning_tokens"),
    ];

    // Members of a source that an annotation contains, and the kind of its position.
    private static readonly JsonText[] OfSource =
    [
        JsonText.From("type"), JsonText.From("url"), JsonText.From("source"), JsonText.From("title"), JsonText.From("document_title"), JsonText.From("cited_text"),
        JsonText.From("uri"), JsonText.From("startIndex"), JsonText.From("endIndex"), JsonText.From("start_index"), JsonText.From("end_index"), JsonText.From("text"),
        // Cohere's: each source becomes a separate annotation.
        JsonText.From("start"), JsonText.From("end"), JsonText.From("sources"), JsonText.From("content_index"),
        // Google's: the chunk around the source, and a fetched page.
        JsonText.From("web"), JsonText.From("retrievedContext"), JsonText.From("maps"), JsonText.From("retrievedUrl"), JsonText.From("urlRetrievalStatus"),
        // Converse's.
        JsonText.From("location"), JsonText.From("sourceContent"), JsonText.From("url_citation"),
    ];

    private static readonly JsonText Grounding = JsonText.From("groundingMetadata");

    private static readonly JsonText StopName = JsonText.From("stop_sequence"), FinishName = JsonText.From("finish_reason"), Confidence = JsonText.From("confidenceScores");

    private readonly List<(string Path, byte[] Name)> _told = [];

    public void Answer(Extras? extras) => Tell(extras, "", OfResponse);

    public void Message(Extras? extras) => Tell(extras, "message", OfMessage);

    public void Content(Extras? extras) => Tell(extras, "content", OfContent);

    /// <param name="extras">The choice's extras.</param>
    /// <param name="isCited">Whether its sources are sent as annotations.</param>
    /// <param name="hasLogprobs">Whether its log probabilities are sent.</param>
    public void Choice(Extras? extras, bool isCited, bool hasLogprobs)
    {
        if (extras is null || extras.Origin == own) return;
        for (var i = 0; i < extras.Members.Count; i++)
        {
            var member = extras.Members[i];
            if (!member.Value.HasValue || (isCited && IsOneOf(member.Name, Sources)) || (hasLogprobs && IsOneOf(member.Name, Logprobs))
                || IsOneOf(member.Name, OfResponse)) continue;
            if (member.Name.Is(Grounding.Span) && member.Value.IsObject) GroundingOf(member.Value, isCited);
            else Lose("choices", member.Name);
        }
    }

    /// <summary>Reports members of a source that an annotation lacks: page, licence, and Anthropic's <c>encrypted_index</c>, which clients must return.</summary>
    public void Source(Citation citation)
    {
        if (citation.Origin == own || !citation.Native.IsObject) return;
        var cursor = new JsonCursor(citation.Native.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (cursor.TakeValue().HasValue && !IsOneOf(name, OfSource)) Lose("annotations", name);
        }
    }

    /// <summary>Reports the stop sequence that ended the response.</summary>
    public void StopSequence(JsonText sequence)
    {
        if (sequence.HasValue) Lose("choices", StopName);
    }

    /// <summary>Reports that the caller's dialect has no value for the finish reason.</summary>
    public void Finish() => Lose("choices", FinishName);

    /// <summary>Reports counts in usage, except zeros.</summary>
    public void Usage(Extras? extras)
    {
        if (extras is null || extras.Origin == own) return;
        for (var i = 0; i < extras.Members.Count; i++)
        {
            var member = extras.Members[i];
            if (!IsNothing(member.Value) && !IsOneOf(member.Name, OfUsage)) Lose("usage", member.Name);
        }
    }

    /// <summary>The same for a stream, whose usage is the original JSON.</summary>
    public void Usage(JsonSlice usage)
    {
        if (!usage.IsObject) return;
        var cursor = new JsonCursor(usage.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (!IsNothing(cursor.TakeValue()) && !IsOneOf(name, OfUsage)) Lose("usage", name);
        }
    }

    /// <summary>Reports those of one event of a stream, as for a whole response.</summary>
    public void Event(in ChatEvent item)
    {
        if (item.Kind == ChatEventKind.Citation && item.Citation is { } citation) Source(citation);
        if (item.Extras is null) return;
        if (item.Kind == ChatEventKind.Start && item.Part < 0) Answer(item.Extras);
        else if (item.Kind == ChatEventKind.Finish) Ending(item.Extras);
        // Sources and log probabilities are separate events.
        else if (item.Kind == ChatEventKind.Start) Choice(item.Extras, isCited: true, hasLogprobs: true);
        else Content(item.Extras);
    }

    /// <summary>Reports those of a whole response with one choice, except usage.</summary>
    public void Whole(ChatResponse response, ChatChoice? choice)
    {
        Answer(response.Extras);
        if (choice is not null) Choice(choice);
    }

    /// <summary>Reports those of a choice, its message and its parts.</summary>
    public void Choice(ChatChoice choice)
    {
        var isCited = false;
        foreach (var part in choice.Message.Parts)
        {
            if (part is TextPart { Citations: { Count: > 0 } citations })
            {
                isCited = true;
                foreach (var citation in citations) Source(citation);
            }
            if (part is not OpaquePart) Content(part.Extras);
        }
        Message(choice.Message.Extras);
        Choice(choice.Extras, isCited, choice.Logprobs.IsPresent);
    }

    /// <summary>Reports those of the event that ends a response: <c>stop_details</c> is the choice's, the rest the response's, as in whole responses.</summary>
    public void Ending(Extras? extras)
    {
        if (extras is null || extras.Origin == own) return;
        for (var i = 0; i < extras.Members.Count; i++)
        {
            var member = extras.Members[i];
            if (member.Value.HasValue) Lose(member.Name.Is("stop_details"u8) ? "choices" : "", member.Name);
        }
    }

    /// <summary>Reports queries and Google's own search box (<c>searchEntryPoint</c>), which cannot be expressed.</summary>
    private void GroundingOf(JsonSlice metadata, bool isCited)
    {
        var cursor = new JsonCursor(metadata.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (IsNothing(value)) continue;
            if (!isCited || !IsOneOf(name, GroundingSources)) Lose("choices.groundingMetadata", name);
            else if (HasConfidence(value)) Lose("choices.groundingMetadata.groundingSupports", Confidence);
        }
    }

    private static bool HasConfidence(JsonSlice supports)
    {
        if (!supports.IsArray) return false;
        var cursor = new JsonCursor(supports.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            if (!IsNothing(cursor.TakeValue().Member("confidenceScores"u8))) return true;
        return false;
    }

    private void Tell(Extras? extras, string path, ReadOnlySpan<JsonText> carried)
    {
        if (extras is null || extras.Origin == own) return;
        for (var i = 0; i < extras.Members.Count; i++)
        {
            var member = extras.Members[i];
            if (member.IsCarried) Tell(member.Lost, path, default);
            else if (member.Value.HasValue && !IsOneOf(member.Name, carried) && !IsUsualCaller(member)) Lose(path, member.Name);
        }
    }

    /// <summary>Whether the call's caller is the model itself, as for every usual call.</summary>
    private static bool IsUsualCaller(in ExtraMember member) => member.Name.Is("caller"u8) && member.Value.Member("type"u8).AsText().Is("direct"u8);

    private void Lose(string path, JsonText name)
    {
        if (_told.Count >= MostNames) return;
        foreach (var told in _told)
            if (told.Path == path && name.Span.SequenceEqual(told.Name)) return;
        _told.Add((path, name.Span.ToArray()));
        losses.Drop(path.Length == 0 ? name.ToString() : $"{path}.{name}");
    }

    private static bool IsOneOf(JsonText name, ReadOnlySpan<JsonText> names)
    {
        foreach (var known in names)
            if (name.Is(known.Span)) return true;
        return false;
    }

    /// <summary>Whether a value is null, zero, or contains only such values.</summary>
    private static bool IsNothing(JsonSlice value)
    {
        if (!value.HasValue || value.AsDouble() == 0) return true;
        var cursor = new JsonCursor(value.Memory);
        if (value.IsArray)
        {
            cursor.EnterArray();
            return !cursor.NextElement();
        }
        if (!value.IsObject) return false;
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var member = cursor.TakeValue();
            if (member.HasValue && member.AsDouble() != 0) return false;
        }
        return true;
    }
}
