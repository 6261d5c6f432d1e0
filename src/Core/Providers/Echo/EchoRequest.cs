using System.Globalization;
using System.Text.Unicode;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;

namespace Nano.Providers.Echo;

/// <summary>The parts of a Chat request that <c>nano/echo</c> understands. Slices borrow from the request's bytes.</summary>
internal sealed class EchoRequest
{
    /// <summary>The limit for <c>n</c>. OpenAI's is 128; here each choice repeats the whole response, whose length has its own limit.</summary>
    private const int MaxChoices = 8;

    /// <summary>OpenAI's bound for <c>stop</c>.</summary>
    private const int MaxStops = 4;

    /// <summary>Decoded bytes of one stop sequence.</summary>
    private const int MaxStop = 256;

    public bool Stream { get; private init; }

    /// <summary><c>stream_options.include_usage</c>.</summary>
    public bool IncludeUsage { get; private init; }

    /// <summary><c>n</c>.</summary>
    public int Choices { get; private init; }

    /// <summary>The smaller of the requested limit and the model's limit.</summary>
    public int MaxTokens { get; private init; }

    /// <summary><c>stop</c>, decoded.</summary>
    public IReadOnlyList<byte[]> Stops { get; private init; } = [];

    /// <summary>The request has an effort other than <c>none</c>.</summary>
    public bool Reasons { get; private init; }

    /// <summary><c>response_format</c> is <c>json_object</c>.</summary>
    public bool JsonObject { get; private init; }

    /// <summary>The schema of a <c>json_schema</c> format; absent for every other.</summary>
    public JsonSlice Schema { get; private init; }

    public required EchoConversation Conversation { get; init; }

    public required EchoTools Tools { get; init; }

    /// <summary>Refuses by <see cref="DialectException"/>, and malformed JSON by <see cref="System.Text.Json.JsonException"/>.</summary>
    public static EchoRequest Read(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span)) throw Refusal("The request body is not UTF-8.", null);
        var members = Members.Of(body);
        CheckModel(members.Model);
        CheckSampling(members);
        var conversation = EchoConversation.Read(members.Messages);
        var tools = EchoTools.Read(members.Tools, members.ToolChoice, members.ParallelToolCalls);
        var format = members.ResponseFormat.Member("type"u8).AsText();
        if (members.ResponseFormat.HasValue && !format.IsPresent) throw Refusal("'response_format' must be an object with a 'type'.", "response_format");
        return new EchoRequest
        {
            Stream = Flag(members.Stream, "stream"),
            IncludeUsage = members.StreamOptions.Member("include_usage"u8).IsTrue,
            Choices = (int)(Whole(members.N, "n", MaxChoices) ?? 1),
            MaxTokens = (int)Math.Min(EchoTokens.MaxOutput,
                Whole(members.MaxCompletionTokens, "max_completion_tokens", long.MaxValue)
                ?? Whole(members.MaxTokens, "max_tokens", long.MaxValue) ?? EchoTokens.MaxOutput),
            Stops = ReadStops(members.Stop),
            Reasons = members.ReasoningEffort.IsText && !members.ReasoningEffort.AsText().Is("none"u8),
            JsonObject = format.Is("json_object"u8),
            Schema = format.Is("json_schema"u8) ? ReadSchema(members.ResponseFormat) : default,
            Conversation = conversation,
            Tools = tools,
        };
    }

    public static DialectException Refusal(string message, string? param, string? code = null) => new(GatewayError.Invalid(message, param, code));

    private static void CheckModel(JsonSlice model)
    {
        if (!model.HasValue) throw Refusal("You must provide a model parameter.", "model", "missing_required_parameter");
        if (!model.IsText) throw Refusal("'model' must be a string.", "model");
        if (model.AsText().Is("echo"u8)) return;
        throw new DialectException(new GatewayError(GatewayErrorKind.NotFound, 404, $"This model does not exist. The built-in model is 'nano/{EchoProvider.Model}'.")
        {
            Param = "model",
            Code = "model_not_found",
        });
    }

    /// <summary>Parameters without an effect are still checked against OpenAI's bounds: a mistake should appear before the first real model.</summary>
    private static void CheckSampling(in Members members)
    {
        Within(members.Temperature, "temperature", 0, 2);
        Within(members.TopP, "top_p", 0, 1);
        Within(members.FrequencyPenalty, "frequency_penalty", -2, 2);
        Within(members.PresencePenalty, "presence_penalty", -2, 2);
        Within(members.TopLogprobs, "top_logprobs", 0, 20);
        Flag(members.Logprobs, "logprobs");
        Flag(members.Store, "store");
        if (members.Seed.HasValue && members.Seed.AsInt64() is null) throw Refusal("'seed' must be an integer.", "seed");
        if (members.User.HasValue && !members.User.IsText) throw Refusal("'user' must be a string.", "user");
        if (members.ReasoningEffort.HasValue && !members.ReasoningEffort.IsText) throw Refusal("'reasoning_effort' must be a string.", "reasoning_effort");
    }

    private static void Within(JsonSlice value, string name, double least, double most)
    {
        if (!value.HasValue) return;
        if (value.AsDouble() is not { } number) throw Refusal($"'{name}' must be a number.", name);
        if (!(number >= least && number <= most)) throw Refusal(string.Create(CultureInfo.InvariantCulture, $"'{name}' must be at least {least} and at most {most}."), name);
    }

    private static bool Flag(JsonSlice value, string name) => value.HasValue
        ? value.AsBoolean() ?? throw Refusal($"'{name}' must be a boolean.", name)
        : false;

    private static long? Whole(JsonSlice value, string name, long max)
    {
        if (!value.HasValue) return null;
        if (value.AsInt64() is not { } number) throw Refusal($"'{name}' must be an integer.", name);
        return number >= 1 && number <= max ? number : throw Refusal($"'{name}' must be at least 1{(max < long.MaxValue ? $" and at most {max}" : "")}.", name);
    }

    private static List<byte[]> ReadStops(JsonSlice stop)
    {
        var stops = new List<byte[]>();
        if (stop.IsText)
        {
            stops.Add(ReadStop(stop.AsText()));
        }
        else if (stop.IsArray)
        {
            var cursor = new JsonCursor(stop.Memory);
            while (cursor.NextElement())
            {
                if (stops.Count == MaxStops) throw Refusal($"'stop' may hold at most {MaxStops} sequences.", "stop");
                var text = cursor.TakeValue().AsText();
                stops.Add(text.IsPresent ? ReadStop(text) : throw Refusal("'stop' must hold strings.", "stop"));
            }
        }
        else if (stop.HasValue)
        {
            throw Refusal("'stop' must be a string or an array of strings.", "stop");
        }
        return stops;
    }

    private static JsonSlice ReadSchema(JsonSlice format)
    {
        var schema = format.Member("json_schema"u8);
        if (!schema.IsObject) throw Refusal("'response_format.json_schema' must be an object.", "response_format.json_schema");
        return schema.Member("schema"u8) is { IsPresent: true } given ? given : JsonSlice.Constant("{}");
    }

    private static byte[] ReadStop(JsonText text)
    {
        var decoded = new byte[text.Span.Length];
        var length = JsonEscaping.Unescape(text.Span, decoded);
        return length <= MaxStop ? decoded[..length] : throw Refusal($"A sequence in 'stop' may have at most {MaxStop} bytes.", "stop");
    }

    /// <summary>The top-level members, unchanged; readers treat null as absent.</summary>
    private ref struct Members
    {
        public JsonSlice Model, Messages, Stream, StreamOptions, N, MaxTokens, MaxCompletionTokens, Stop,
            Tools, ToolChoice, ParallelToolCalls, ReasoningEffort, ResponseFormat,
            Temperature, TopP, FrequencyPenalty, PresencePenalty, Seed, Logprobs, TopLogprobs, User, Store;

        public static Members Of(ReadOnlyMemory<byte> body)
        {
            var members = new Members();
            var cursor = new JsonCursor(body);
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                if (cursor.NameIs("model"u8)) members.Model = cursor.TakeValue();
                else if (cursor.NameIs("messages"u8)) members.Messages = cursor.TakeValue();
                else if (cursor.NameIs("stream"u8)) members.Stream = cursor.TakeValue();
                else if (cursor.NameIs("stream_options"u8)) members.StreamOptions = cursor.TakeValue();
                else if (cursor.NameIs("n"u8)) members.N = cursor.TakeValue();
                else if (cursor.NameIs("max_tokens"u8)) members.MaxTokens = cursor.TakeValue();
                else if (cursor.NameIs("max_completion_tokens"u8)) members.MaxCompletionTokens = cursor.TakeValue();
                else if (cursor.NameIs("stop"u8)) members.Stop = cursor.TakeValue();
                else if (cursor.NameIs("tools"u8)) members.Tools = cursor.TakeValue();
                else if (cursor.NameIs("tool_choice"u8)) members.ToolChoice = cursor.TakeValue();
                else if (cursor.NameIs("parallel_tool_calls"u8)) members.ParallelToolCalls = cursor.TakeValue();
                else if (cursor.NameIs("reasoning_effort"u8)) members.ReasoningEffort = cursor.TakeValue();
                else if (cursor.NameIs("response_format"u8)) members.ResponseFormat = cursor.TakeValue();
                else if (cursor.NameIs("temperature"u8)) members.Temperature = cursor.TakeValue();
                else if (cursor.NameIs("top_p"u8)) members.TopP = cursor.TakeValue();
                else if (cursor.NameIs("frequency_penalty"u8)) members.FrequencyPenalty = cursor.TakeValue();
                else if (cursor.NameIs("presence_penalty"u8)) members.PresencePenalty = cursor.TakeValue();
                else if (cursor.NameIs("seed"u8)) members.Seed = cursor.TakeValue();
                else if (cursor.NameIs("logprobs"u8)) members.Logprobs = cursor.TakeValue();
                else if (cursor.NameIs("top_logprobs"u8)) members.TopLogprobs = cursor.TakeValue();
                else if (cursor.NameIs("user"u8)) members.User = cursor.TakeValue();
                else if (cursor.NameIs("store"u8)) members.Store = cursor.TakeValue();
                else cursor.Skip();
            }
            cursor.ExpectEnd();
            return members;
        }
    }
}
