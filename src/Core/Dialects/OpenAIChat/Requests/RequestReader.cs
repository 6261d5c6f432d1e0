using System.Text.Json;
using Nano.Chat;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>
/// Reads a chat completion request in one scan. Unmodelled members become extras, as does every
/// <c>null</c>. A member of the wrong shape is a 400 that names it.
/// </summary>
internal struct RequestReader
{
    private readonly ChatRequest _request = new(OpenAIChatDialect.DialectName);
    private readonly LegacyCalls _legacy = new();
    private RequestForm _form = 0;
    private Extras? _extras = null;
    private bool _hasMessages = false;
    private int _functions = 0;
    private JsonText _maxTokensName = default;

    public RequestReader()
    {
    }

    public static ChatRequest Read(ReadOnlyMemory<byte> body)
    {
        var cursor = new JsonCursor(body);
        if (cursor.Token != JsonTokenType.StartObject) throw new DialectException(GatewayError.Invalid("The request body must be a JSON object."));
        var reader = new RequestReader();
        cursor.EnterObject();
        while (cursor.NextMember()) reader.Member(ref cursor);
        cursor.ExpectEnd();
        return reader.Build();
    }

    private ChatRequest Build()
    {
        if (!_request.Model.HasValue) throw Missing("model", "you must provide a model");
        if (!_hasMessages) throw Missing("messages", "you must provide the conversation");
        if (_request.Messages.Count == 0)
            throw new DialectException(GatewayError.Invalid("Invalid 'messages': empty array. Expected at least one message.", "messages", "empty_array"));
        _request.Form = (int)_form;
        _request.Extras = _extras;
        _request.TakesOneCall = _functions > 0 && _functions == _request.Tools.Count;
        return _request;
    }

    private void Member(ref JsonCursor cursor)
    {
        if (cursor.NameIs("messages"u8)) Messages(ref cursor);
        else if (cursor.NameIs("model"u8)) _request.Model = Text(ref cursor, "model");
        else if (cursor.IsNull) Keep(ref cursor);
        else if (cursor.NameIs("stream"u8)) (_request.Stream, _form) = (Boolean(ref cursor, "stream"), _form | RequestForm.Stream);
        else if (cursor.NameIs("tools"u8)) Tools(ref cursor);
        else if (cursor.NameIs("functions"u8)) Functions(ref cursor);
        else if (cursor.NameIs("tool_choice"u8)) Kept(ref cursor, ToolChoiceReader.Read);
        else if (cursor.NameIs("function_call"u8)) Kept(ref cursor, ToolChoiceReader.ReadLegacy);
        else if (cursor.NameIs("parallel_tool_calls"u8)) _request.ParallelToolCalls = Boolean(ref cursor, "parallel_tool_calls");
        else if (cursor.NameIs("response_format"u8)) Kept(ref cursor, ResponseFormatReader.Read);
        else if (cursor.NameIs("reasoning_effort"u8)) Kept(ref cursor, ReasoningOptionsReader.ReadEffort);
        else if (cursor.NameIs("reasoning"u8)) Kept(ref cursor, ReasoningOptionsReader.Read);
        else if (cursor.NameIs("thinking"u8)) Kept(ref cursor, ReasoningOptionsReader.ReadThinking);
        else if (cursor.NameIs("stream_options"u8)) StreamOptions(ref cursor);
        else if (cursor.NameIs("user"u8)) _request.User = Text(ref cursor, "user");
        else if (!Sampling(ref cursor)) Keep(ref cursor);
    }

    private bool Sampling(ref JsonCursor cursor)
    {
        var sampling = _request.Sampling;
        if (cursor.NameIs("temperature"u8)) sampling.Temperature = Number(ref cursor, "temperature");
        else if (cursor.NameIs("top_p"u8)) sampling.TopP = Number(ref cursor, "top_p");
        else if (cursor.NameIs("top_k"u8)) sampling.TopK = Number(ref cursor, "top_k");
        else if (cursor.NameIs("max_completion_tokens"u8)) MaxTokens(ref cursor, legacy: false);
        else if (cursor.NameIs("max_tokens"u8)) MaxTokens(ref cursor, legacy: true);
        else if (cursor.NameIs("frequency_penalty"u8)) sampling.FrequencyPenalty = Number(ref cursor, "frequency_penalty");
        else if (cursor.NameIs("presence_penalty"u8)) sampling.PresencePenalty = Number(ref cursor, "presence_penalty");
        else if (cursor.NameIs("seed"u8)) sampling.Seed = Number(ref cursor, "seed");
        else if (cursor.NameIs("n"u8)) sampling.Count = Number(ref cursor, "n");
        else if (cursor.NameIs("logprobs"u8)) sampling.Logprobs = Boolean(ref cursor, "logprobs");
        else if (cursor.NameIs("top_logprobs"u8)) sampling.TopLogprobs = Number(ref cursor, "top_logprobs");
        else if (cursor.NameIs("stop"u8)) Stop(ref cursor);
        else return false;
        return true;
    }

    private void Messages(ref JsonCursor cursor)
    {
        Expect(cursor.Token == JsonTokenType.StartArray, "messages", "an array of messages");
        _hasMessages = true;
        _request.Messages.Clear();
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var place = new Place("messages", i);
            place.Expect(cursor.Token == JsonTokenType.StartObject, "", "an object");
            _request.Messages.Add(MessageReader.Read(ref cursor, place, _legacy));
        }
    }

    private void Tools(ref JsonCursor cursor)
    {
        Expect(cursor.Token == JsonTokenType.StartArray, "tools", "an array of tools");
        _form |= RequestForm.Tools;
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++) _request.Tools.Add(ToolReader.Read(cursor.TakeValue(), new Place("tools", i)));
    }

    private void Functions(ref JsonCursor cursor)
    {
        Expect(cursor.Token == JsonTokenType.StartArray, "functions", "an array of functions");
        _form |= RequestForm.Functions;
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++, _functions++)
            _request.Tools.Add(ToolReader.ReadFunction(cursor.TakeValue(), new Place("functions", i)));
    }

    /// <summary>OpenAI refuses a request with both limits (<c>openai-chat-one-error-b2b0be</c>); here the newer one applies.</summary>
    private void MaxTokens(ref JsonCursor cursor, bool legacy)
    {
        var name = cursor.Name;
        var value = Number(ref cursor, legacy ? "max_tokens" : "max_completion_tokens");
        if (_request.Sampling.MaxTokens.IsPresent)
        {
            if (legacy)
            {
                Extras.Add(ref _extras, OpenAIChatDialect.DialectName, name, value);
                return;
            }
            Extras.Add(ref _extras, OpenAIChatDialect.DialectName, _maxTokensName, _request.Sampling.MaxTokens);
        }
        _form = legacy ? _form | RequestForm.MaxTokens : _form & ~RequestForm.MaxTokens;
        _request.Sampling.MaxTokens = value;
        _maxTokensName = name;
    }

    private void Stop(ref JsonCursor cursor)
    {
        var stop = _request.Sampling.Stop;
        stop.Clear();
        _form &= ~(RequestForm.StopText | RequestForm.StopList);
        if (cursor.Token == JsonTokenType.String)
        {
            stop.Add(cursor.TakeText());
            _form |= RequestForm.StopText;
            return;
        }
        Expect(cursor.Token == JsonTokenType.StartArray, "stop", "a string or an array of strings");
        _form |= RequestForm.StopList;
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            Expect(cursor.Token == JsonTokenType.String, "stop", "a string or an array of strings");
            stop.Add(cursor.TakeText());
        }
    }

    private void StreamOptions(ref JsonCursor cursor)
    {
        Expect(cursor.Token == JsonTokenType.StartObject, "stream_options", "an object");
        var name = cursor.Name;
        var start = cursor.Position;
        var members = 0;
        JsonSlice usage = default;
        cursor.EnterObject();
        for (; cursor.NextMember(); members++)
            if (cursor.NameIs("include_usage"u8)) usage = cursor.TakeValue();
            else cursor.Skip();
        _request.StreamUsage = usage.IsTrue;
        if (members == 1 && (usage.IsTrue || usage.IsFalse)) _form |= RequestForm.StreamOptions;
        else Extras.Add(ref _extras, OpenAIChatDialect.DialectName, name, cursor.ValueSince(start));
    }

    private delegate bool Read1(JsonSlice value, ChatRequest request);

    /// <summary>Reads a member whose unusual forms stay extras.</summary>
    private void Kept(ref JsonCursor cursor, Read1 read)
    {
        var name = cursor.Name;
        var value = cursor.TakeValue();
        if (!read(value, _request)) Extras.Add(ref _extras, OpenAIChatDialect.DialectName, name, value);
    }

    private void Keep(ref JsonCursor cursor)
    {
        var name = cursor.Name;
        Extras.Add(ref _extras, OpenAIChatDialect.DialectName, name, cursor.TakeValue());
    }

    private static JsonText Text(ref JsonCursor cursor, string member)
    {
        Expect(cursor.Token is JsonTokenType.String or JsonTokenType.Null, member, "a string");
        return cursor.TakeText();
    }

    private static bool Boolean(ref JsonCursor cursor, string member)
    {
        Expect(cursor.Token is JsonTokenType.True or JsonTokenType.False, member, "a boolean");
        return cursor.Token == JsonTokenType.True;
    }

    private static JsonSlice Number(ref JsonCursor cursor, string member)
    {
        Expect(cursor.Token == JsonTokenType.Number, member, "a number");
        return cursor.TakeValue();
    }

    private static void Expect(bool holds, string member, string what)
    {
        if (!holds) throw new DialectException(GatewayError.Invalid($"Invalid '{member}': it must be {what}.", member, "invalid_type"));
    }

    private static DialectException Missing(string member, string what) =>
        new(GatewayError.Invalid($"Missing required parameter: '{member}': {what}.", member, "missing_required_parameter"));
}
