using System.Text.Json;
using Nano.Chat;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>Reads a request in one scan. Unmodelled members become extras; the whole body is kept for its own dialect.</summary>
internal struct RequestReader
{
    /// <summary>The name of the extra with the whole body.</summary>
    public static readonly JsonText Whole = JsonText.From("request");

    private const string Own = OpenAIResponsesDialect.DialectName;

    private readonly ChatRequest _request = new(Own);
    private Extras? _extras = null;
    private JsonSlice _input = default, _instructions = default;

    public RequestReader()
    {
    }

    public static ChatRequest Read(ReadOnlyMemory<byte> body)
    {
        var cursor = new JsonCursor(body);
        if (cursor.Token != JsonTokenType.StartObject) throw new DialectException(GatewayError.Invalid("The request body must be a JSON object."));
        var reader = new RequestReader();
        Extras.AddCarried(ref reader._extras, Own, Whole, new JsonSlice(body), lost: null);
        cursor.EnterObject();
        while (cursor.NextMember()) reader.Member(ref cursor);
        cursor.ExpectEnd();
        return reader.Build();
    }

    private readonly ChatRequest Build()
    {
        if (!_request.Model.HasValue) throw Missing("model", "you must provide a model");
        if (_instructions.AsText() is { HasValue: true } instructions)
        {
            var system = new ChatMessage(ChatRole.System);
            system.Parts.Add(new TextPart(instructions));
            _request.Messages.Add(system);
        }
        else if (_instructions.IsArray) InputReader.Read(_instructions, _request.Messages);
        if (_input.HasValue) InputReader.Read(_input, _request.Messages);
        _request.StreamUsage = true;
        _request.Extras = _extras;
        return _request;
    }

    private void Member(ref JsonCursor cursor)
    {
        if (cursor.NameIs("input"u8)) _input = Take(ref cursor, "input", "a string or an array of items", JsonTokenType.String, JsonTokenType.StartArray);
        else if (cursor.NameIs("model"u8)) _request.Model = Take(ref cursor, "model", "a string", JsonTokenType.String).AsText();
        else if (cursor.IsNull) cursor.Skip();
        else if (cursor.NameIs("instructions"u8)) _instructions = Take(ref cursor, "instructions", "a string", JsonTokenType.String, JsonTokenType.StartArray);
        else if (cursor.NameIs("stream"u8)) _request.Stream = Take(ref cursor, "stream", "a boolean", JsonTokenType.True, JsonTokenType.False).IsTrue;
        else if (cursor.NameIs("tools"u8)) ToolReader.ReadAll(Take(ref cursor, "tools", "an array of tools", JsonTokenType.StartArray), _request);
        else if (cursor.NameIs("tool_choice"u8)) Kept(ref cursor, ToolReader.ReadChoice);
        else if (cursor.NameIs("parallel_tool_calls"u8))
            _request.ParallelToolCalls = Take(ref cursor, "parallel_tool_calls", "a boolean", JsonTokenType.True, JsonTokenType.False).IsTrue;
        else if (cursor.NameIs("text"u8)) Text(ref cursor);
        else if (cursor.NameIs("reasoning"u8)) Reasoning(ref cursor);
        else if (cursor.NameIs("max_output_tokens"u8)) _request.Sampling.MaxTokens = Take(ref cursor, "max_output_tokens", "a number", JsonTokenType.Number);
        else if (cursor.NameIs("temperature"u8)) _request.Sampling.Temperature = Take(ref cursor, "temperature", "a number", JsonTokenType.Number);
        else if (cursor.NameIs("top_p"u8)) _request.Sampling.TopP = Take(ref cursor, "top_p", "a number", JsonTokenType.Number);
        else if (cursor.NameIs("top_logprobs"u8)) _request.Sampling.TopLogprobs = Take(ref cursor, "top_logprobs", "a number", JsonTokenType.Number);
        else if (cursor.NameIs("user"u8)) _request.User = Take(ref cursor, "user", "a string", JsonTokenType.String).AsText();
        else if (cursor.NameIs("include"u8)) Include(ref cursor);
        else Keep(ref cursor);
    }

    /// <summary><c>{"format":{type,name,schema,strict},"verbosity":...}</c>.</summary>
    private void Text(ref JsonCursor cursor)
    {
        var text = Take(ref cursor, "text", "an object", JsonTokenType.StartObject);
        var inner = new JsonCursor(text.Memory);
        inner.EnterObject();
        while (inner.NextMember())
        {
            var name = inner.Name;
            var value = inner.TakeValue();
            if (value.IsObject && name.Is("format"u8) && FormatReader.Read(value) is { } format) _request.ResponseFormat = format;
            else if (value.HasValue) Extras.Add(ref _extras, Own, name, value);
        }
    }

    /// <summary><c>{"effort":...,"summary":...}</c>: a summary is a request for readable reasoning.</summary>
    private void Reasoning(ref JsonCursor cursor)
    {
        var reasoning = Take(ref cursor, "reasoning", "an object", JsonTokenType.StartObject);
        JsonText effort = default;
        var summary = false;
        var inner = new JsonCursor(reasoning.Memory);
        inner.EnterObject();
        while (inner.NextMember())
        {
            var name = inner.Name;
            var value = inner.TakeValue();
            if (name.Is("effort"u8)) effort = value.AsText();
            else if (name.Is("summary"u8) || name.Is("generate_summary"u8)) summary |= value.HasValue;
            else if (value.HasValue) Extras.Add(ref _extras, Own, JsonText.From($"reasoning.{name}"), value);
        }
        if (!effort.HasValue && !summary) return;
        _request.Reasoning = new ReasoningOptions
        {
            Effort = effort,
            Enabled = effort.Is("none"u8) ? false : null,
            IncludeReasoning = summary ? true : null,
        };
    }

    /// <summary>Reasoning state is always returned, and other dialects also have log probabilities; the rest requests this dialect's own members.</summary>
    private void Include(ref JsonCursor cursor)
    {
        var list = Take(ref cursor, "include", "an array of strings", JsonTokenType.StartArray);
        var isOwn = false;
        var inner = new JsonCursor(list.Memory);
        inner.EnterArray();
        while (inner.NextElement())
        {
            var item = inner.TakeValue().AsText();
            if (item.Is("message.output_text.logprobs"u8)) _request.Sampling.Logprobs = true;
            else if (!item.Is("reasoning.encrypted_content"u8)) isOwn = true;
        }
        if (isOwn) Extras.Add(ref _extras, Own, JsonText.From("include"), list);
    }

    private delegate bool Read1(JsonSlice value, ChatRequest request);

    /// <summary>Reads a member whose unusual forms stay extras.</summary>
    private void Kept(ref JsonCursor cursor, Read1 read)
    {
        var name = cursor.Name;
        var value = cursor.TakeValue();
        if (!read(value, _request)) Extras.Add(ref _extras, Own, name, value);
    }

    private void Keep(ref JsonCursor cursor)
    {
        var name = cursor.Name;
        Extras.Add(ref _extras, Own, name, cursor.TakeValue());
    }

    private static JsonSlice Take(ref JsonCursor cursor, string member, string what, JsonTokenType kind, JsonTokenType other = JsonTokenType.None)
    {
        if (cursor.Token != kind && cursor.Token != other && !cursor.IsNull)
            throw new DialectException(GatewayError.Invalid($"Invalid '{member}': it must be {what}.", member, "invalid_type"));
        return cursor.TakeValue();
    }

    private static DialectException Missing(string member, string what) =>
        new(GatewayError.Invalid($"Missing required parameter: '{member}': {what}.", member, "missing_required_parameter"));
}
