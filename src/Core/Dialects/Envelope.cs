using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects;

/// <summary>The reasoning settings of a request that affect its routing.</summary>
public enum ReasoningWish
{
    /// <summary>Nothing: the model's default applies.</summary>
    None,
    /// <summary>Reasoning is switched off.</summary>
    Off,
    /// <summary>An effort or a budget is set, or a setting that only a conversion can read.</summary>
    Asked,
}

/// <summary>The features of a request that determine which of a model's dialects can express it.</summary>
/// <param name="Tools">The request has tools that the model may call.</param>
/// <param name="Reasoning">The caller's reasoning settings.</param>
/// <param name="WebSearch">The provider is to search the web. Without a dialect for that, the search is dropped.</param>
internal readonly record struct RequestNeeds(bool Tools, ReasoningWish Reasoning, bool WebSearch = false);

/// <summary>
/// The few top-level members of a request body that the gateway needs for routing, with their positions, found in one scan
/// that also validates the body as one JSON object. Everything else is forwarded or converted later. Each inbound dialect
/// has its own class. Filled by <see cref="Read"/> and not changed afterwards.
/// </summary>
internal abstract class Envelope
{
    private bool _hasModel;
    private bool _hasStream;
    private bool _hasTools;
    private bool _hasWebSearch;

    /// <summary>For a path that names the model: requests are routed to that model, whatever the body contains.</summary>
    /// <param name="model">Decoded; empty when the path names none.</param>
    protected Envelope(string model = "")
    {
        if (model.Length > 0) Model = JsonText.From(model);
    }

    /// <summary>The model as the caller named it; absent when there is none.</summary>
    public JsonText Model { get; protected set; }

    /// <summary>The range of the model's value in the body, quotes included; empty if the body does not contain it (Gemini has it in the path).</summary>
    public Range ModelSpan { get; private set; }

    /// <summary>The range of the value of Chat's <c>models</c> in the body; null if there is none, or if the dialect has no such member.</summary>
    public virtual Range? Models => null;

    /// <summary>The caller wants a stream.</summary>
    public bool Stream { get; protected set; }

    /// <summary>The request has tools that the model may call.</summary>
    public virtual bool HasTools => _hasTools;

    public virtual ReasoningWish Reasoning { get; protected set; }

    public RequestNeeds Needs => new(HasTools, Reasoning, _hasWebSearch);

    /// <summary>The body has a member about reasoning, whatever its value.</summary>
    public virtual bool NamesReasoning => false;

    /// <summary>The reasoning effort of a dialect that has only one member for it; absent if there is none.</summary>
    public virtual JsonText Effort => default;

    /// <summary>The body has a member that some models refuse: one about sampling, or the older limit of tokens.</summary>
    public virtual bool NamesSampling => false;

    /// <summary>A streamed response reports usage to the caller: always, unless the dialect lets callers decide.</summary>
    public virtual bool WantsStreamUsage => true;

    /// <summary>The body has the dialect's member <c>stream</c>.</summary>
    public bool NamesStream => _hasStream;

    /// <summary>The dialect has the member <c>stream_options</c>, which shapes streams only.</summary>
    public virtual bool HasStreamOptions => false;

    /// <summary>Providers that speak the dialect store responses unless a request disables it.</summary>
    public virtual bool MayKeepResponse => false;

    /// <summary>The caller asks the provider to store the response, and will refer to it by its id.</summary>
    public virtual bool KeepsResponse => false;

    /// <summary>The provider generates the response whether its caller stays or not, and the caller retrieves it by its id.</summary>
    public virtual bool IsBackground => false;

    /// <summary>The caller reads tool calls only in Chat's older <c>function_call</c>.</summary>
    public virtual bool ReadsFunctionCall => false;

    /// <summary>
    /// Scans a body. Refuses a body that is not a JSON object or not UTF-8, is nested too deeply, has half of a surrogate pair in a name or
    /// in a compared value, or contains a routing member twice: with two, one model could be authorised and another
    /// run.
    /// </summary>
    public GatewayError? Read(ReadOnlyMemory<byte> body)
    {
        if (body.Length == 0) return GatewayError.Invalid("The request body is empty; send a JSON object.");
        if (!Utf8.IsValid(body.Span)) return GatewayError.Invalid("The request body is not valid UTF-8.");
        try
        {
            return Scan(body);
        }
        catch (JsonException e)
        {
            return GatewayError.Invalid(Explain(Fault(body.Span) ?? e, body.Span), code: "invalid_json");
        }
    }

    /// <summary>The body has no model: only the path names it.</summary>
    protected bool IsNamedByPathAlone => !_hasModel;

    /// <summary>The pieces of the provider's request: the body with another model name. A body without a model is sent unchanged.</summary>
    /// <param name="body">The bytes that <see cref="Read"/> has scanned.</param>
    /// <param name="model">The provider's model name as a JSON string, quotes included.</param>
    /// <param name="askForUsage">The provider reports a stream's usage only when asked; a dialect without such a member ignores it.</param>
    public virtual BodySplice Splice(ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> model, bool askForUsage) => BodySplice.WithModel(body, ModelSpan, model);

    private GatewayError? Scan(ReadOnlyMemory<byte> body)
    {
        var cursor = new JsonCursor(body);
        if (cursor.Token != JsonTokenType.StartObject) return GatewayError.Invalid("The request body must be a JSON object.", code: "invalid_json");
        while (cursor.NextMember())
        {
            if (!cursor.IsNameText) return NotText(cursor.Name, body.Span);
            if (Take(ref cursor, body) is { } refused) return refused;
        }
        cursor.ExpectEnd();
        return null;
    }

    /// <summary>
    /// Reads one top-level member: <paramref name="cursor"/> is at its value, and must have used it up afterwards.
    /// Overrides read their dialect's own members and leave the others to their base.
    /// </summary>
    protected virtual GatewayError? Take(ref JsonCursor cursor, ReadOnlyMemory<byte> body)
    {
        if (!cursor.NameIs("tools"u8))
        {
            cursor.Skip();
            return null;
        }
        var tools = cursor.TakeValue();
        _hasTools |= HoldsSomething(tools.Span);
        _hasWebSearch |= HoldsWebSearch(tools);
        return null;
    }

    /// <summary>Whether the value of <c>tools</c> has the dialect's own web search. Only for dialects whose search others can express.</summary>
    protected virtual bool HoldsWebSearch(JsonSlice tools) => false;

    /// <summary>For dialects that name the model in the body.</summary>
    protected GatewayError? TakeModel(ref JsonCursor cursor, ReadOnlyMemory<byte> body)
    {
        if (_hasModel) return Twice("model");
        _hasModel = true;
        if (cursor.Token != JsonTokenType.String) return GatewayError.Invalid("'model' must be a string.", "model");
        var model = cursor.TakeText();
        if (JsonEscaping.IndexOfHalf(model.Span) >= 0) return NotText(model, body.Span);
        ModelSpan = cursor.TakeRange();
        if (!Model.IsPresent) Model = model;
        return null;
    }

    /// <summary>For dialects that ask for a stream in the body.</summary>
    protected GatewayError? TakeStream(ref JsonCursor cursor)
    {
        if (_hasStream) return Twice("stream");
        _hasStream = true;
        if (cursor.Token is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
            return GatewayError.Invalid("'stream' must be true or false.", "stream");
        Stream = cursor.Token == JsonTokenType.True;
        return null;
    }

    /// <summary>An array that is not empty.</summary>
    protected static bool HoldsSomething(ReadOnlySpan<byte> value) =>
        value[0] == (byte)'[' && value[1..].IndexOfAnyExcept(" \t\r\n"u8) is var first && value[1 + first] != (byte)']';

    protected static GatewayError Twice(string member) =>
        GatewayError.Invalid($"'{member}' is given more than once.", member, "duplicate_member");

    /// <summary>A name or a compared value must be valid text. Values that are only forwarded are not checked.</summary>
    /// <param name="text">It is a part of <paramref name="body"/>.</param>
    protected static GatewayError NotText(JsonText text, ReadOnlySpan<byte> body)
    {
        body.Overlaps(text.Span, out var start);
        var at = start + JsonEscaping.IndexOfHalf(text.Span);
        var line = body[..at].Count((byte)'\n');
        var column = at - 1 - body[..at].LastIndexOf((byte)'\n');
        return GatewayError.Invalid($"The request body is not valid JSON text (line {line + 1}, byte {column + 1}): a member name or value contains half of a surrogate pair.",
            code: "invalid_json");
    }

    /// <summary>What the library's reader finds in JSON that is not well-formed: it knows the position, and what it expected there.</summary>
    private static JsonException? Fault(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, JsonCursor.ReaderOptions);
            while (reader.Read()) { }
            return null;
        }
        catch (JsonException e)
        {
            return e;
        }
    }

    private static string Explain(JsonException e, ReadOnlySpan<byte> body)
    {
        var text = new StringBuilder("The request body is not valid JSON");
        if (e.LineNumber is { } line) text.Append(" (line ").Append(line + 1).Append(", byte ").Append(e.BytePositionInLine + 1).Append(')');
        // The reader reports the depth only in its message, and also when the body merely ends too early.
        if (e.Message.Contains("configured depth", StringComparison.OrdinalIgnoreCase)) text.Append(": it is nested more than ").Append(JsonCursor.MaxDepth).Append(" deep");
        else if (IsAtEnd(e, body)) text.Append(": it ends before it is complete");
        else text.Append(": ").Append(Reason(e.Message));
        return text.Append('.').ToString();
    }

    /// <summary>The reader's message without the position after it: <c>'}' is an invalid start of a property name. Expected a '"'</c>.</summary>
    private static ReadOnlySpan<char> Reason(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var reason = (end < 0 ? message : message.AsSpan(0, end)).TrimEnd(". ");
        // The rest is advice for the developer who uses the reader.
        var advice = reason.IndexOf(" which is not supported in this mode");
        return (advice < 0 ? reason : reason[..advice]).TrimEnd(", ");
    }

    private static bool IsAtEnd(JsonException e, ReadOnlySpan<byte> body) =>
        e.LineNumber == body.Count((byte)'\n') && e.BytePositionInLine >= body.Length - 1 - body.LastIndexOf((byte)'\n');
}
