using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nano.Testing.Oracle;

/// <summary>Gathers one Gemini candidate.</summary>
internal sealed class CandidateBuilder(int index)
{
    private readonly ChoiceBuilder _choice = new(index);

    private JsonNode? _partial;
    private CallBuilder? _open;

    public int Index => index;

    /// <summary>The last finishReason: every chunk may contain one (vertexai-generatecontent-sse-basic-2b6404).</summary>
    public string? Reason { get; private set; }

    public void Take(JsonElement candidate)
    {
        foreach (var part in candidate.Member("content").Items("parts"))
        {
            if (part.Text("text") is { } text) (part.Flag("thought") ? _choice.Reasoning : _choice.Text).Append(text);
            if (part.Member("inlineData") is { } media && media.Text("mimeType")?.StartsWith("image/", StringComparison.Ordinal) == true)
                _choice.Images.Add(media.Text("data") ?? "");
            if (part.Member("functionCall") is { } call) Call(call);
        }
        Sources(candidate);
        // Vertex was recorded with enums as numbers, too (vertexai-generatecontent-one-basic-ca903b).
        if (candidate.Member("finishReason") is { } reason) Reason = reason.ValueKind == JsonValueKind.String ? reason.GetString() : reason.GetRawText();
    }

    public AnswerChoice Build()
    {
        Close();
        _choice.Finish = Finish(Reason!);
        return _choice.Build();
    }

    // Search results, fetched pages and citations each have their own member.
    private void Sources(JsonElement candidate)
    {
        foreach (var chunk in candidate.Member("groundingMetadata").Items("groundingChunks"))
            _choice.Source((chunk.Member("web") ?? chunk.Member("retrievedContext") ?? chunk.Member("maps")).Text("uri"));
        foreach (var source in candidate.Member("citationMetadata").Items("citationSources").Concat(candidate.Member("citationMetadata").Items("citations")))
            _choice.Source(source.Text("uri"));
        foreach (var page in candidate.Member("urlContextMetadata").Items("urlMetadata")) _choice.Source(page.Text("retrievedUrl"));
    }

    private void Call(JsonElement call)
    {
        if (call.Text("name") is { } name)
        {
            Close();
            _open = new CallBuilder { Id = call.Text("id"), Name = name };
            _choice.Calls.Add(_open);
            if (call.Member("args") is { } args) _open.Arguments.Append(args.GetRawText());
        }
        foreach (var piece in call.Items("partialArgs")) Put(piece);
        if (!call.Flag("willContinue")) Close();
    }

    private void Close()
    {
        if (_open is null) return;
        if (_partial is not null) _open.Arguments.Append(_partial.ToJsonString());
        else if (_open.Arguments.Length == 0) _open.Arguments.Append("{}");
        (_open, _partial) = (null, null);
    }

    // Arguments as pieces: {"jsonPath":"$.operations[0].action","stringValue":"add","willContinue":true}; pieces of one
    // string follow each other (gemini-generatecontent-sse-partools-43d385).
    private void Put(JsonElement piece)
    {
        var steps = Steps(piece.Text("jsonPath") ?? "$");
        _partial ??= new JsonObject();
        var node = _partial;
        for (var i = 0; i < steps.Count - 1; i++) node = Child(node, steps[i], () => steps[i + 1] is int ? new JsonArray() : new JsonObject());
        if (piece.Member("stringValue") is { } text)
        {
            var before = Get(node, steps[^1])?.GetValue<string>() ?? "";
            Set(node, steps[^1], JsonValue.Create(before + text.GetString()));
        }
        else if (piece.Member("numberValue") is { } number) Set(node, steps[^1], JsonNode.Parse(number.GetRawText()));
        else if (piece.Member("boolValue") is { } flag) Set(node, steps[^1], JsonValue.Create(flag.GetBoolean()));
        else Set(node, steps[^1], null);
    }

    private static JsonNode Child(JsonNode node, object step, Func<JsonNode> create)
    {
        if (Get(node, step) is { } child) return child;
        var made = create();
        Set(node, step, made);
        return made;
    }

    private static JsonNode? Get(JsonNode node, object step) =>
        step is int i ? (i < ((JsonArray)node).Count ? node[i] : null) : node[(string)step];

    private static void Set(JsonNode node, object step, JsonNode? value)
    {
        if (step is not int i) node[(string)step] = value;
        else
        {
            var list = (JsonArray)node;
            while (list.Count <= i) list.Add(null);
            list[i] = value;
        }
    }

    private static List<object> Steps(string path)
    {
        var steps = new List<object>();
        foreach (var name in path.TrimStart('$').Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var bracket = name.IndexOf('[');
            if (bracket != 0) steps.Add(bracket < 0 ? name : name[..bracket]);
            if (bracket < 0) continue;
            foreach (var number in name[bracket..].Split(['[', ']'], StringSplitOptions.RemoveEmptyEntries)) steps.Add(int.Parse(number));
        }
        return steps;
    }

    // https://ai.google.dev/api/generate-content#FinishReason and Vertex's MODEL_ARMOR. Chat cannot express the rest
    // (OTHER, unknown values): its clients know only a closed list, so those end as a plain stop.
    private string Finish(string reason) => reason switch
    {
        "MAX_TOKENS" => "length",
        "SAFETY" or "RECITATION" or "LANGUAGE" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "SPII" or "MODEL_ARMOR"
            or "IMAGE_SAFETY" or "IMAGE_PROHIBITED_CONTENT" or "IMAGE_RECITATION" => "content_filter",
        _ => _choice.Calls.Count > 0 ? "tool_calls" : "stop",
    };
}
