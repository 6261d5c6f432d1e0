using System.Text.Json.Nodes;

namespace Nano.LocalHost.Tests.Reasoning;

/// <summary>How a Chat client turns a response into its next request.</summary>
public enum Keeps
{
    /// <summary>The message unchanged.</summary>
    Everything,
    /// <summary>Text, and for calls the members that OpenAI documents.</summary>
    IdsOnly,
    /// <summary>A stream, assembled: texts joined, details appended to each other.</summary>
    Gathered,
    /// <summary>A stream of which only ids and texts are assembled.</summary>
    GatheredIds,
    /// <summary>A stream in which, for every member that OpenAI does not document, the last piece wins (npm <c>openai</c>).</summary>
    LastPieces,
}

public static class ConversationClient
{
    public static bool Streams(Keeps keeps) => keeps >= Keeps.Gathered;

    /// <summary>The assistant's turn, as this client sends it back.</summary>
    public static JsonObject Turn(string answer, Keeps keeps)
    {
        var message = Streams(keeps) ? Gather(answer, keeps) : JsonNode.Parse(answer)!["choices"]![0]!["message"]!.DeepClone().AsObject();
        if (keeps is not (Keeps.IdsOnly or Keeps.GatheredIds)) return message;
        var kept = new JsonObject { ["role"] = "assistant", ["content"] = message["content"]?.DeepClone() };
        if (message["tool_calls"] is JsonArray calls)
            kept["tool_calls"] = new JsonArray([.. calls.Select(c => new JsonObject
            {
                ["id"] = c!["id"]!.DeepClone(), ["type"] = "function", ["function"] = c["function"]!.DeepClone(),
            })]);
        return kept;
    }

    private static JsonObject Gather(string stream, Keeps keeps)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = null };
        foreach (var line in stream.Split('\n').Where(l => l.StartsWith("data: {", StringComparison.Ordinal)))
        {
            if (JsonNode.Parse(line["data: ".Length..])!["choices"] is not JsonArray { Count: > 0 } choices) continue;
            foreach (var (member, value) in choices[0]!["delta"]!.AsObject())
            {
                if (member == "role" || value is null) continue;
                if (member == "tool_calls") Calls(message, value.AsArray());
                else if (value is JsonValue text && (member == "content" || keeps != Keeps.LastPieces)) message[member] = (string?)message[member] + (string?)text;
                else if (value is JsonArray list && keeps != Keeps.LastPieces)
                {
                    var all = message[member]?.AsArray();
                    if (all is null) message[member] = all = [];
                    foreach (var item in list) all.Add(item!.DeepClone());
                }
                else message[member] = value.DeepClone();
            }
        }
        return message;
    }

    private static void Calls(JsonObject message, JsonArray deltas)
    {
        var calls = message["tool_calls"]?.AsArray();
        if (calls is null) message["tool_calls"] = calls = [];
        foreach (var delta in deltas)
        {
            var index = (int)delta!["index"]!;
            while (calls.Count <= index) calls.Add(new JsonObject { ["function"] = new JsonObject { ["arguments"] = "" } });
            var call = calls[index]!.AsObject();
            foreach (var (member, value) in delta.AsObject())
            {
                if (member == "index") continue;
                if (member != "function") call[member] = value?.DeepClone();
                else
                    foreach (var (name, said) in value!.AsObject())
                        call["function"]![name] = name == "arguments" ? (string?)call["function"]![name] + (string?)said : said?.DeepClone();
            }
        }
    }
}
