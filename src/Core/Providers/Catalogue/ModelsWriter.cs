using System.Globalization;
using Nano.Json;

namespace Nano.Providers.Catalogue;

/// <summary>
/// Responses of <c>GET /v1/models</c>, <c>GET /v1/models/{id}</c> and <c>GET /v1beta/models</c>, each in the form of the caller's
/// dialect. A model is named <c>provider/model</c>, a name that requests can use. Unknown values are omitted.
/// </summary>
internal static class ModelsWriter
{
    /// <summary><c>{"object":"list","data":[...]}</c></summary>
    public static void WriteOpenAIList(IReadOnlyList<ModelInfo> models, DateTimeOffset at, JsonOutput output)
    {
        output.BeginObject();
        output.Name("object"u8);
        output.Literal("list"u8);
        output.Name("data"u8);
        output.BeginArray();
        foreach (var model in models) WriteOpenAI(model, at, output);
        output.EndArray();
        output.EndObject();
    }

    /// <summary>One model: OpenAI's four members, then the gateway's.</summary>
    /// <param name="at">The moment whose prices are written.</param>
    public static void WriteOpenAI(ModelInfo model, DateTimeOffset at, JsonOutput output)
    {
        output.BeginObject();
        Text("id"u8, model.Name, output);
        output.Name("object"u8);
        output.Literal("model"u8);
        output.Name("created"u8);
        output.Number(Released(model).ToUnixTimeSeconds());
        Text("owned_by"u8, model.Provider, output);
        Text("status"u8, model.Status, output);
        Number("context_length"u8, model.Context, output);
        Number("max_output_tokens"u8, model.MaxOutputTokens, output);
        WriteFacts(model, at, output);
        output.EndObject();
    }

    /// <summary><c>{"data":[...],"has_more":false,"first_id":...,"last_id":...}</c></summary>
    public static void WriteAnthropicList(IReadOnlyList<ModelInfo> models, DateTimeOffset at, JsonOutput output)
    {
        output.BeginObject();
        output.Name("data"u8);
        output.BeginArray();
        foreach (var model in models) WriteAnthropic(model, at, output);
        output.EndArray();
        output.Name("has_more"u8);
        output.Boolean(false);
        output.Name("first_id"u8);
        if (models.Count > 0) output.Text(models[0].Name); else output.Null();
        output.Name("last_id"u8);
        if (models.Count > 0) output.Text(models[^1].Name); else output.Null();
        output.EndObject();
    }

    /// <summary>One model: Anthropic's members, then the gateway's.</summary>
    /// <param name="at">The prices of this moment are written.</param>
    public static void WriteAnthropic(ModelInfo model, DateTimeOffset at, JsonOutput output)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("model"u8);
        Text("id"u8, model.Name, output);
        Text("display_name"u8, model.Id, output);
        Text("created_at"u8, Released(model).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), output);
        Number("max_input_tokens"u8, model.Context, output);
        Number("max_tokens"u8, model.MaxOutputTokens, output);
        WriteFacts(model, at, output);
        output.EndObject();
    }

    /// <summary><c>{"models":[...]}</c></summary>
    public static void WriteGeminiList(IReadOnlyList<ModelInfo> models, DateTimeOffset at, JsonOutput output)
    {
        output.BeginObject();
        output.Name("models"u8);
        output.BeginArray();
        foreach (var model in models) WriteGemini(model, at, output);
        output.EndArray();
        output.EndObject();
    }

    /// <summary>One model: Google's members, then the gateway's.</summary>
    /// <param name="at">The prices of this moment are written.</param>
    public static void WriteGemini(ModelInfo model, DateTimeOffset at, JsonOutput output)
    {
        output.BeginObject();
        Text("name"u8, "models/" + model.Name, output);
        Text("displayName"u8, model.Id, output);
        Number("inputTokenLimit"u8, model.Context, output);
        Number("outputTokenLimit"u8, model.MaxOutputTokens, output);
        output.Name("supportedGenerationMethods"u8);
        output.BeginArray();
        output.Literal(model.Embeds ? "embedContent"u8 : "generateContent"u8);
        output.Literal(model.Embeds ? "batchEmbedContents"u8 : "streamGenerateContent"u8);
        output.EndArray();
        if (model.Traits.Reasons is { } reasons)
        {
            output.Name("thinking"u8);
            output.Boolean(reasons);
        }
        WriteFacts(model, at, output);
        output.EndObject();
    }

    /// <summary>Known capabilities and prices.</summary>
    private static void WriteFacts(ModelInfo model, DateTimeOffset at, JsonOutput output)
    {
        if (model.Status != ModelInfo.Listed) WriteCapabilities(model, output);
        else if (model.Embeds) WriteEmbeds(output);
        if (model.Prices is not null) WritePricing(model.Prices, at, output);
    }

    private static void WriteCapabilities(ModelInfo model, JsonOutput output)
    {
        output.Name("capabilities"u8);
        output.BeginObject();
        Words("input"u8, model.Input, output);
        Words("output"u8, model.Output, output);
        Flag("tools"u8, model.Traits.Tools, output);
        Flag("json_schema"u8, model.Traits.JsonSchema, output);
        Flag("reasoning"u8, model.Traits.Reasons, output);
        if (model.Traits.Efforts.Count > 0) Words("reasoning_effort"u8, model.Traits.Efforts, output);
        output.EndObject();
    }

    /// <summary>The members of a model that embeds, according to its name.</summary>
    private static void WriteEmbeds(JsonOutput output)
    {
        output.Name("capabilities"u8);
        output.BeginObject();
        Words("output"u8, [ModelInfo.Embedding], output);
        output.EndObject();
    }

    /// <summary>The rates of the standard tier, off peak, in USD per million tokens.</summary>
    private static void WritePricing(ModelPrices prices, DateTimeOffset at, JsonOutput output)
    {
        if (prices.PeriodAt(at) is not { } period) return;
        output.Name("pricing"u8);
        output.BeginObject();
        output.Name("unit"u8);
        output.Literal("USD per million tokens"u8);
        WriteRates(period.Base, output);
        if (period.Steps.Count > 0)
        {
            output.Name("above"u8);
            output.BeginArray();
            foreach (var step in period.Steps)
            {
                output.BeginObject();
                output.Name("input_tokens"u8);
                output.Number(step.AboveInputTokens);
                WriteRates(step.Rates, output);
                output.EndObject();
            }
            output.EndArray();
        }
        output.EndObject();
    }

    private static void WriteRates(Rates rates, JsonOutput output)
    {
        Price("input"u8, rates.Input, output);
        Price("output"u8, rates.Output, output);
        Price("cache_read"u8, rates.CacheRead, output);
        Price("cache_write"u8, rates.CacheWrite, output);
        Price("long_cache_write"u8, rates.LongCacheWrite, output);
        Price("audio_input"u8, rates.AudioInput, output);
        Price("audio_output"u8, rates.AudioOutput, output);
    }

    /// <summary>Both dialects require a time; Anthropic's reference specifies the epoch for an unknown release date.</summary>
    private static DateTimeOffset Released(ModelInfo model) =>
        model.Released is { } day ? new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero) : DateTimeOffset.UnixEpoch;

    private static void Text(ReadOnlySpan<byte> name, string value, JsonOutput output)
    {
        output.Name(name);
        output.Text(value);
    }

    private static void Number(ReadOnlySpan<byte> name, long? value, JsonOutput output)
    {
        if (value is not { } number) return;
        output.Name(name);
        output.Number(number);
    }

    private static void Price(ReadOnlySpan<byte> name, decimal? value, JsonOutput output)
    {
        if (value is not { } price) return;
        Span<byte> digits = stackalloc byte[40];
        price.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
        output.Name(name);
        output.Raw(digits[..length]);
    }

    private static void Flag(ReadOnlySpan<byte> name, bool? value, JsonOutput output)
    {
        if (value is not { } flag) return;
        output.Name(name);
        output.Boolean(flag);
    }

    private static void Words(ReadOnlySpan<byte> name, IReadOnlyList<string> words, JsonOutput output)
    {
        output.Name(name);
        output.BeginArray();
        foreach (var word in words) output.Text(word);
        output.EndArray();
    }
}
