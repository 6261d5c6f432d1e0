using System.Text.Json;
using Nano.Dialects;

namespace Nano.Providers.Catalogue;

/// <summary>
/// Reads <c>models.json</c>. It is our own data, so anything unexpected is an error: an unknown, repeated or missing member, an
/// unknown value, two models with the same name. Nothing is skipped.
/// </summary>
/// <remarks>
/// It runs within the first request after a cold start, before anything is compiled. Its cost there is the number of methods,
/// not of bytes, so it uses few plain ones, without a document, lambdas or generics over structs.
/// </remarks>
internal static class CatalogueReader
{
    /// <exception cref="InvalidDataException">The data is wrong; the message names the model.</exception>
    public static List<ModelInfo> Read(ReadOnlySpan<byte> json)
    {
        var models = new List<ModelInfo>(96);
        // The place in error messages: the last id that was read.
        var place = "its beginning";
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            var members = new CatalogueMembers();
            members.Enter(ref reader);
            while (members.Next(ref reader) is { } name)
            {
                switch (name)
                {
                    case "unit": _ = CatalogueValues.Word(ref reader, "USD per million tokens"); break;
                    case "read": _ = CatalogueValues.Date(ref reader); break;
                    case "models": ReadModels(ref reader, models, ref place); break;
                    default: throw CatalogueMembers.Unknown(name);
                }
            }
            members.Require("unit", "read", "models");
            if (reader.Read()) throw new FormatException("there is something after it");
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException($"The model catalogue is wrong at {place}: {fault.Message}", fault);
        }
        return models;
    }

    private static void ReadModels(ref Utf8JsonReader reader, List<ModelInfo> models, ref string place)
    {
        CatalogueValues.EnterArray(ref reader);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            place = $"model {models.Count + 1}";
            models.Add(ReadModel(ref reader, ref place));
        }
        place = "its end";
    }

    private static ModelInfo ReadModel(ref Utf8JsonReader reader, ref string place)
    {
        string id = "", status = "", source = "", sampling = "";
        string[] aliases = [], otherSnapshots = [], input = [], output = [];
        long? context = null, maxOutput = null;
        bool? tools = null, schema = null, forced = null, system = null, prefill = null;
        DateOnly? released = null;
        var traits = new ModelTraits();
        var prices = new PriceReader();
        var members = new CatalogueMembers();
        members.Enter(ref reader);
        while (members.Next(ref reader) is { } name)
        {
            switch (name)
            {
                case "id": id = place = CatalogueValues.Text(ref reader); break;
                case "aliases": aliases = CatalogueValues.Words(ref reader); break;
                case "otherSnapshots": otherSnapshots = CatalogueValues.Words(ref reader); break;
                case "context": context = CatalogueValues.Whole(ref reader); break;
                case "maxOutput": maxOutput = CatalogueValues.Whole(ref reader); break;
                case "in": input = CatalogueValues.Words(ref reader); break;
                case "out": output = CatalogueValues.Words(ref reader); break;
                case "tools": tools = reader.GetBoolean(); break;
                case "schema": schema = reader.GetBoolean(); break;
                case "sampling": sampling = CatalogueValues.Word(ref reader, "yes", "no", "without-reasoning", "deprecated"); break;
                case "forcedToolChoice": forced = reader.GetBoolean(); break;
                case "midConversationSystem": system = reader.GetBoolean(); break;
                case "prefill": prefill = reader.GetBoolean(); break;
                case "reasoning": traits = ReadReasoning(ref reader); break;
                case "status": status = CatalogueValues.Word(ref reader, "current", "previous", "legacy", "preview"); break;
                case "released": released = CatalogueValues.Date(ref reader); break;
                case "prices": prices.ReadPeriods(ref reader); break;
                case "serviceTiers": prices.ReadServiceTiers(ref reader); break;
                case "peak": prices.ReadPeak(ref reader); break;
                case "source": source = CatalogueValues.Text(ref reader); break;
                default: throw CatalogueMembers.Unknown(name);
            }
        }
        members.Require("id", "in", "out", "tools", "schema", "status", "source");
        var slash = id.IndexOf('/');
        if (slash <= 0 || slash == id.Length - 1) throw new FormatException("id is not provider/model");
        return new ModelInfo
        {
            Name = id,
            Provider = id[..slash],
            Id = id[(slash + 1)..],
            Aliases = aliases,
            OtherSnapshots = otherSnapshots,
            Context = context,
            Input = input,
            Output = output,
            Status = status,
            Released = released,
            Source = source,
            Prices = prices.Done(),
            Traits = traits with
            {
                MaxOutputTokens = maxOutput,
                Input = input,
                // "deprecated" (Gemini from 3.6) is neither supported nor refused: it stays unknown, and the caller's values are sent.
                SamplingParameters = sampling switch { "yes" or "without-reasoning" => true, "no" => false, _ => null },
                SamplingOnlyWithoutReasoning = sampling == "without-reasoning",
                Tools = tools,
                JsonSchema = schema,
                ForcedToolChoice = forced,
                MidConversationSystem = system,
                Prefill = prefill,
            },
        };
    }

    /// <summary><c>false</c> for a model that does not reason; else how reasoning is requested.</summary>
    private static ModelTraits ReadReasoning(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.False) return new ModelTraits { Reasons = false };
        string[] efforts = [];
        var by = "";
        var (always, unasked) = (false, true);
        long? least = null, most = null;
        var members = new CatalogueMembers();
        members.Enter(ref reader);
        while (members.Next(ref reader) is { } name)
        {
            switch (name)
            {
                case "efforts": efforts = CatalogueValues.Words(ref reader); break;
                case "by": by = CatalogueValues.Word(ref reader, "level", "budget"); break;
                case "always": always = reader.GetBoolean(); break;
                case "unasked": unasked = reader.GetBoolean(); break;
                case "min": least = CatalogueValues.Whole(ref reader); break;
                case "max": most = CatalogueValues.Whole(ref reader); break;
                default: throw CatalogueMembers.Unknown(name);
            }
        }
        return new ModelTraits
        {
            Reasons = true,
            Efforts = efforts,
            ThinkingByLevel = by == "level",
            ThinkingAlwaysOn = always,
            ReasonsUnasked = unasked,
            MinThinkingBudget = least,
            MaxThinkingBudget = most,
        };
    }
}
