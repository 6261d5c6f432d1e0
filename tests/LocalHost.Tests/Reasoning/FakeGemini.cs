using System.Text.Json.Nodes;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Reasoning;

/// <summary>generateContent of Gemini 3: the first call of a step has its own signature, texts theirs, and other models' calls Google's placeholder.</summary>
public sealed class FakeGemini(string name) : FakeModel(name)
{
    private const string NoSignature = "skip_thought_signature_validator";

    public override string Path => "/google/";

    public override bool Owns(UpstreamRequest request, JsonObject body) => request.Target.Contains($"/models/{Model}:", StringComparison.Ordinal);

    public override string? Refusal(JsonObject request, bool mayLack)
    {
        foreach (var (i, content) in request["contents"]!.AsArray().Index())
        {
            if ((string?)content!["role"] != "model") continue;
            var parts = content["parts"]!.AsArray().Select(p => p!.AsObject()).Where(p => p["thought"] is null).ToList();
            var calls = parts.Where(p => p["functionCall"] is not null).ToList();
            if (calls.Count == 0) continue;
            var (by, turn) = Maker(calls[0]["functionCall"]!["args"]);
            var isLacking = mayLack && (string?)calls[0]["thoughtSignature"] == NoSignature;
            if (by != Name || isLacking)
            {
                if ((string?)calls[0]["thoughtSignature"] != NoSignature)
                    return $"Function call is missing a thought_signature in functionCall parts, or has another model's (contents[{i}]).";
                if (parts.Any(p => (string?)p["thoughtSignature"] is not (null or NoSignature))) return $"Corrupted thought signature (contents[{i}]).";
                continue;
            }
            var right = Parts(turn).Where(p => p["thought"] is null).ToList();
            if (parts.Count != right.Count) return $"contents[{i}] has {parts.Count} parts instead of {right.Count}";
            foreach (var (at, part) in parts.Index())
            {
                if (!Same(part["thoughtSignature"], right[at]["thoughtSignature"]))
                    return $"Corrupted thought signature (contents[{i}].parts[{at}]): {part.ToJsonString()} was {right[at].ToJsonString()}.";
                if (!Same(part["text"], right[at]["text"]) || !Same(part["functionCall"]?["args"], right[at]["functionCall"]?["args"]))
                    return $"contents[{i}].parts[{at}] is not what it was";
                if (right[at]["functionCall"]?["id"] is { } id && !Same(id, part["functionCall"]!["id"]))
                    return $"contents[{i}].parts[{at}] has another id: {part["functionCall"]!["id"]}";
            }
        }
        return null;
    }

    public override UpstreamScript Answer(int turn, bool stream)
    {
        JsonObject Chunk(IEnumerable<JsonNode> parts, bool last)
        {
            var candidate = new JsonObject { ["content"] = new JsonObject { ["role"] = "model", ["parts"] = List(parts) }, ["index"] = 0 };
            if (last) candidate["finishReason"] = "STOP";
            return new JsonObject
            {
                ["candidates"] = new JsonArray(candidate), ["modelVersion"] = Model, ["responseId"] = $"r{turn}",
                ["usageMetadata"] = new JsonObject { ["promptTokenCount"] = 9, ["candidatesTokenCount"] = 9, ["totalTokenCount"] = 18 },
            };
        }
        var parts = Parts(turn);
        return stream
            ? UpstreamScript.Sse([.. parts.Select((p, i) => Sse(Chunk([p], i == parts.Count - 1)))])
            : UpstreamScript.Json(Chunk(parts, last: true).ToJsonString());
    }

    private IReadOnlyList<JsonObject> Parts(int turn) => turn switch
    {
        0 => [Thought("Which city?"), Call(0, 0, signed: true)],
        1 => [Text("Let me look.", State("text", 1)), Call(1, 0, signed: true)],
        2 => [Thought("Both."), Call(2, 0, signed: true), Call(2, 1, signed: false)],
        // Older models send no ids.
        3 => [Call(3, 0, signed: true, hasId: false)],
        _ => [Thought("Done."), Text("done", State("text", 4))],
    };

    private static JsonObject Thought(string text) => new() { ["text"] = text, ["thought"] = true };

    private static JsonObject Text(string text, string signature) => new() { ["text"] = text, ["thoughtSignature"] = signature };

    private JsonObject Call(int turn, int call, bool signed, bool hasId = true)
    {
        var function = new JsonObject { ["name"] = "look", ["args"] = Arguments(turn, call) };
        if (hasId) function["id"] = $"g{turn}{call}";
        var part = new JsonObject { ["functionCall"] = function };
        if (signed) part["thoughtSignature"] = State("call", turn);
        return part;
    }
}
