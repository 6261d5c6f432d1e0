using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects;

/// <summary>What a request says of reasoning, as far as it decides where it goes.</summary>
public enum ReasoningWish
{
    /// <summary>Nothing: the model does what it does by itself.</summary>
    None,
    /// <summary>Chat's <c>reasoning_effort</c> is <c>none</c>.</summary>
    Off,
    /// <summary>It names an effort, or has one of the objects <c>reasoning</c> and <c>thinking</c>, which only a conversion can read.</summary>
    Asked,
}

/// <summary>
/// The few top-level members of a request body that the gateway must know whatever the dialect, with their places, found
/// in one scan that also proves the body to be one valid JSON object. Everything else is forwarded or converted later.
/// </summary>
internal readonly struct Envelope
{
    /// <summary>The model as the caller named it; absent when the body has none.</summary>
    public JsonText Model { get; private init; }

    /// <summary>Where the model's value stands, quotes included.</summary>
    public Range ModelSpan { get; private init; }

    public bool Stream { get; private init; }

    /// <summary><c>stream_options.include_usage</c> is true.</summary>
    public bool StreamUsage { get; private init; }

    /// <summary>Where the value of <c>stream_options</c> stands; empty when there is none.</summary>
    public Range StreamOptionsSpan { get; private init; }

    public bool HasStreamOptions { get; private init; }

    /// <summary><c>tools</c>, or Chat's older <c>functions</c>, holds something.</summary>
    public bool HasTools { get; private init; }

    /// <summary>Chat's older <c>functions</c> holds something, and <c>tools</c> does not.</summary>
    public bool HasOnlyFunctions { get; private init; }

    public ReasoningWish Reasoning { get; private init; }

    /// <summary>
    /// Scans a body. Refuses what is no JSON object, is not UTF-8, is nested too deeply, or names <c>model</c>,
    /// <c>stream</c> or <c>stream_options</c> twice: with two, one model would be authorised and another run.
    /// </summary>
    public static GatewayError? TryRead(ReadOnlyMemory<byte> body, out Envelope envelope)
    {
        envelope = default;
        if (body.Length == 0) return GatewayError.Invalid("The request body is empty; send a JSON object.");
        if (!Utf8.IsValid(body.Span)) return GatewayError.Invalid("The request body is not valid UTF-8.");
        try
        {
            return Scan(body, out envelope);
        }
        catch (JsonException e)
        {
            return GatewayError.Invalid(Explain(e, body.Span), code: "invalid_json");
        }
    }

    private static GatewayError? Scan(ReadOnlyMemory<byte> body, out Envelope envelope)
    {
        envelope = default;
        var reader = new Utf8JsonReader(body.Span, JsonCursor.ReaderOptions);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return GatewayError.Invalid("The request body must be a JSON object.", code: "invalid_json");

        bool hasModel = false, hasStream = false, hasOptions = false, stream = false, usage = false, hasTools = false, hasFunctions = false, asks = false;
        var wish = ReasoningWish.None;
        JsonText model = default;
        Range modelSpan = default, optionsSpan = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("model"u8))
            {
                if (hasModel) return Twice("model");
                hasModel = true;
                reader.Read();
                if (reader.TokenType != JsonTokenType.String) return GatewayError.Invalid("'model' must be a string.", "model");
                modelSpan = (int)reader.TokenStartIndex..(int)reader.BytesConsumed;
                model = new JsonText(body[((int)reader.TokenStartIndex + 1)..((int)reader.BytesConsumed - 1)]);
            }
            else if (reader.ValueTextEquals("stream"u8))
            {
                if (hasStream) return Twice("stream");
                hasStream = true;
                reader.Read();
                if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
                    return GatewayError.Invalid("'stream' must be true or false.", "stream");
                stream = reader.TokenType == JsonTokenType.True;
            }
            else if (reader.ValueTextEquals("stream_options"u8))
            {
                if (hasOptions) return Twice("stream_options");
                hasOptions = true;
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                optionsSpan = start..(int)reader.BytesConsumed;
                usage = new JsonSlice(body[optionsSpan]).Member("include_usage"u8).IsTrue;
            }
            else if (reader.ValueTextEquals("tools"u8) || reader.ValueTextEquals("functions"u8))
            {
                var isOlder = reader.ValueTextEquals("functions"u8);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                var holds = HoldsSomething(body.Span[start..(int)reader.BytesConsumed]);
                if (isOlder) hasFunctions |= holds;
                else hasTools |= holds;
            }
            else if (reader.ValueTextEquals("reasoning_effort"u8))
            {
                reader.Read();
                wish = reader.TokenType == JsonTokenType.Null ? ReasoningWish.None
                    : reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("none"u8) ? ReasoningWish.Off
                    : ReasoningWish.Asked;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("reasoning"u8) || reader.ValueTextEquals("thinking"u8))
            {
                reader.Read();
                asks |= reader.TokenType != JsonTokenType.Null;
                reader.Skip();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        if (reader.Read()) return GatewayError.Invalid("The request body holds more than one JSON value.", code: "invalid_json");
        envelope = new Envelope
        {
            Model = model,
            ModelSpan = modelSpan,
            Stream = stream,
            StreamUsage = usage,
            StreamOptionsSpan = optionsSpan,
            HasStreamOptions = hasOptions,
            HasTools = hasTools || hasFunctions,
            HasOnlyFunctions = hasFunctions && !hasTools,
            Reasoning = asks ? ReasoningWish.Asked : wish,
        };
        return null;
    }

    /// <summary>An array that is not empty.</summary>
    private static bool HoldsSomething(ReadOnlySpan<byte> value) =>
        value[0] == (byte)'[' && value[1..].IndexOfAnyExcept(" \t\r\n"u8) is var first && value[1 + first] != (byte)']';

    private static GatewayError Twice(string member) =>
        GatewayError.Invalid($"'{member}' is given more than once.", member, "duplicate_member");

    private static string Explain(JsonException e, ReadOnlySpan<byte> body)
    {
        var text = new StringBuilder("The request body is not valid JSON");
        if (e.LineNumber is { } line) text.Append(" (line ").Append(line + 1).Append(", byte ").Append(e.BytePositionInLine + 1).Append(')');
        // The reader tells the depth only in words, and names one also where the body merely ends too early.
        if (e.Message.Contains("configured depth", StringComparison.OrdinalIgnoreCase)) text.Append(": it is nested more than ").Append(JsonCursor.MaxDepth).Append(" deep");
        else if (IsAtEnd(e, body)) text.Append(": it ends before it is complete");
        else text.Append(": ").Append(Reason(e.Message));
        return text.Append('.').ToString();
    }

    /// <summary>What the reader says, without the place behind it: <c>'}' is an invalid start of a property name. Expected a '"'</c>.</summary>
    private static ReadOnlySpan<char> Reason(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? message : message.AsSpan(0, end)).TrimEnd(". ");
    }

    private static bool IsAtEnd(JsonException e, ReadOnlySpan<byte> body) =>
        e.LineNumber == body.Count((byte)'\n') && e.BytePositionInLine >= body.Length - 1 - body.LastIndexOf((byte)'\n');
}
