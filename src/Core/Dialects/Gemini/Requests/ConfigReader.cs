using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>Reads <c>generationConfig</c>. Members without a neutral name become extras named <c>generationConfig.x</c>.</summary>
internal static class ConfigReader
{
    public static void Read(JsonSlice config, ChatRequest request, ref int form, ref Extras? extras)
    {
        var sampling = request.Sampling;
        JsonText mimeType = default, schemaName = default;
        JsonSlice schema = default;
        var formatForm = 0;
        var cursor = new JsonCursor(config.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (RequestForms.ThinkingConfig.IsAt(ref cursor, ref form) && cursor.Token == JsonTokenType.StartObject)
            {
                var value = cursor.TakeValue();
                request.Reasoning = ReadThinking(value);
                if (request.Reasoning is null) Leave(ref extras, name, value);
            }
            else if (RequestForms.StopSequences.IsAt(ref cursor, ref form) && cursor.Token == JsonTokenType.StartArray)
            {
                var value = cursor.TakeValue();
                if (!TryReadTexts(value, sampling.Stop)) Leave(ref extras, name, value);
            }
            else if (RequestForms.ResponseLogprobs.IsAt(ref cursor, ref form) && cursor.Token is JsonTokenType.True or JsonTokenType.False)
            {
                sampling.Logprobs = cursor.TakeBoolean();
            }
            else if (RequestForms.ResponseMimeType.IsAt(ref cursor, ref form) && cursor.Token == JsonTokenType.String)
            {
                mimeType = cursor.TakeText();
                formatForm |= RequestForms.WithMimeType;
            }
            else
            {
                var isSchema = RequestForms.ResponseSchema.IsAt(ref cursor, ref form);
                var isJsonSchema = RequestForms.ResponseJsonSchema.IsAt(ref cursor, ref form);
                var slot = Slot(ref cursor, ref form);
                var value = cursor.TakeValue();
                if ((isSchema || isJsonSchema) && value.IsObject && !schema.IsPresent)
                {
                    (schema, schemaName) = (value, name);
                    formatForm |= isSchema ? RequestForms.WithSchema : RequestForms.WithJsonSchema;
                }
                else if (slot == Number.None || !value.IsNumber) Leave(ref extras, name, value);
                else Set(sampling, slot, value);
            }
        }
        ReadFormat(request, mimeType, schema, schemaName, formatForm, ref extras);
    }

    /// <summary>Writes the extras back as members of the open <c>generationConfig</c>.</summary>
    public static void WriteExtras(Extras? extras, JsonOutput output)
    {
        if (extras is null) return;
        var prefix = RequestForms.ConfigPrefix;
        foreach (var member in extras.Members)
        {
            if (!member.Name.StartsWith(prefix)) continue;
            output.Name(member.Name.Span[prefix.Length..]);
            output.Raw(member.Value);
        }
    }

    private static void ReadFormat(ChatRequest request, JsonText mimeType, JsonSlice schema, JsonText schemaName, int form, ref Extras? extras)
    {
        if (mimeType.IsPresent && !mimeType.Is("application/json"u8) && !mimeType.Is("text/plain"u8))
        {
            // text/x.enum and future types: only Gemini knows them.
            Leave(ref extras, MimeTypeName, new JsonSlice((byte[])[(byte)'"', .. mimeType.Span, (byte)'"']));
            if (schema.IsPresent) Leave(ref extras, schemaName, schema);
            return;
        }
        if (schema.IsPresent)
        {
            schema = SchemaTypes.Lower(schema, out var wereUpper);
            if (wereUpper) form |= RequestForms.UpperTypes;
            request.ResponseFormat = new ResponseFormat(ResponseFormatKind.JsonSchema) { Schema = schema, Form = form };
        }
        else if (mimeType.IsPresent)
        {
            var kind = mimeType.Is("application/json"u8) ? ResponseFormatKind.JsonObject : ResponseFormatKind.Text;
            request.ResponseFormat = new ResponseFormat(kind) { Form = form };
        }
    }

    private static ReasoningOptions? ReadThinking(JsonSlice config)
    {
        JsonText level = default;
        long? budget = null;
        bool? include = null;
        var form = 0;
        var cursor = new JsonCursor(config.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (RequestForms.IncludeReasoning.IsAt(ref cursor, ref form) && cursor.Token is JsonTokenType.True or JsonTokenType.False) include = cursor.TakeBoolean();
            else if (RequestForms.ThinkingLevel.IsAt(ref cursor, ref form) && cursor.Token == JsonTokenType.String) level = cursor.TakeText();
            else if (RequestForms.ThinkingBudget.IsAt(ref cursor, ref form) && cursor.Token == JsonTokenType.Number)
            {
                budget = cursor.TakeValue().AsInt64();
                if (budget is null or < -1) return null;
            }
            else return null;
        }
        if (level.IsPresent)
        {
            var upper = level.Span.ContainsAnyInRange((byte)'A', (byte)'Z');
            if (upper && (level.Span.ContainsAnyInRange((byte)'a', (byte)'z') || !System.Text.Ascii.IsValid(level.Span))) return null;
            if (upper)
            {
                var lower = new byte[level.Span.Length];
                System.Text.Ascii.ToLower(level.Span, lower, out _);
                (level, form) = (new JsonText(lower), form | RequestForms.UpperLevel);
            }
        }
        return new ReasoningOptions
        {
            Effort = level, BudgetTokens = budget == -1 ? null : budget, Adaptive = budget == -1,
            Enabled = budget == 0 ? false : null, IncludeReasoning = include, Form = form,
        };
    }

    private static bool TryReadTexts(JsonSlice list, List<JsonText> texts)
    {
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var value = cursor.TakeValue();
            if (!value.IsText)
            {
                texts.Clear();
                return false;
            }
            texts.Add(value.AsText());
        }
        return texts.Count > 0;
    }

    private enum Number { None, Temperature, TopP, TopK, MaxTokens, Count, Seed, FrequencyPenalty, PresencePenalty, TopLogprobs }

    private static Number Slot(ref JsonCursor cursor, ref int form)
    {
        if (cursor.NameIs("temperature"u8)) return Number.Temperature;
        if (RequestForms.MaxOutputTokens.IsAt(ref cursor, ref form)) return Number.MaxTokens;
        if (RequestForms.TopP.IsAt(ref cursor, ref form)) return Number.TopP;
        if (RequestForms.TopK.IsAt(ref cursor, ref form)) return Number.TopK;
        if (RequestForms.CandidateCount.IsAt(ref cursor, ref form)) return Number.Count;
        if (RequestForms.FrequencyPenalty.IsAt(ref cursor, ref form)) return Number.FrequencyPenalty;
        if (RequestForms.PresencePenalty.IsAt(ref cursor, ref form)) return Number.PresencePenalty;
        if (cursor.NameIs("seed"u8)) return Number.Seed;
        return cursor.NameIs("logprobs"u8) ? Number.TopLogprobs : Number.None;
    }

    private static void Set(SamplingOptions sampling, Number slot, JsonSlice value)
    {
        switch (slot)
        {
            case Number.Temperature: sampling.Temperature = value; break;
            case Number.TopP: sampling.TopP = value; break;
            case Number.TopK: sampling.TopK = value; break;
            case Number.MaxTokens: sampling.MaxTokens = value; break;
            case Number.Count: sampling.Count = value; break;
            case Number.Seed: sampling.Seed = value; break;
            case Number.FrequencyPenalty: sampling.FrequencyPenalty = value; break;
            case Number.PresencePenalty: sampling.PresencePenalty = value; break;
            case Number.TopLogprobs: sampling.TopLogprobs = value; break;
        }
    }

    private static readonly JsonText MimeTypeName = JsonText.From("responseMimeType");

    private static void Leave(ref Extras? extras, JsonText name, JsonSlice value) =>
        Extras.Add(ref extras, GeminiDialect.DialectName, new JsonText((byte[])[.. RequestForms.ConfigPrefix, .. name.Span]), value);
}
