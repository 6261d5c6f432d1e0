using System.Text.Json.Nodes;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Reasoning;

/// <summary>OpenAI Responses without a store: encrypted reasoning must come back unaltered and right before the item that followed it.</summary>
public sealed class FakeResponses(string name) : FakeModel(name)
{
    public override string Path => "/openai/v1/responses";

    public override string? Refusal(JsonObject request, bool mayLack)
    {
        if ((bool?)request["store"] != false) return "store must be false";
        if (request["include"]?.AsArray().Any(i => (string?)i == "reasoning.encrypted_content") != true) return "no encrypted content was asked for";
        var items = request["input"]!.AsArray().Select(i => i!.AsObject()).ToList();
        for (var at = 0; at < items.Count;)
        {
            if (!IsMade(items[at]))
            {
                at++;
                continue;
            }
            var end = at;
            while (end < items.Count && IsMade(items[end])) end++;
            var turn = items[at..end];
            at = end;
            if (turn.FirstOrDefault(i => (string?)i["type"] == "function_call") is not { } call) continue;
            var (by, number) = Maker(call["arguments"]);
            var thoughts = turn.Where(i => (string?)i["type"] == "reasoning").ToList();
            if (by != Name)
            {
                if (thoughts.Count > 0) return "The encrypted content could not be verified.";
                continue;
            }
            if (mayLack && thoughts.Count == 0) continue;
            var said = turn.Select(Said).ToList();
            var right = Items(number).Select(Said).ToList();
            if (!said.SequenceEqual(right))
                return $"Item of type 'function_call' was provided without its required 'reasoning' item: {string.Join(" | ", said)} was {string.Join(" | ", right)}";
        }
        return null;
    }

    public override UpstreamScript Answer(int turn, bool stream)
    {
        var response = new JsonObject
        {
            ["id"] = $"resp_{turn}", ["object"] = "response", ["created_at"] = 1, ["status"] = "completed", ["model"] = Model, ["output"] = List(Items(turn)),
            ["usage"] = new JsonObject { ["input_tokens"] = 9, ["output_tokens"] = 9, ["total_tokens"] = 18 },
        };
        if (!stream) return UpstreamScript.Json(response.ToJsonString());
        var begun = response.DeepClone().AsObject();
        begun["status"] = "in_progress";
        begun["output"] = new JsonArray();
        var events = new List<string>();
        void Tell(string type, JsonObject data)
        {
            data["type"] = type;
            data["sequence_number"] = events.Count;
            events.Add(Sse(data, type));
        }
        Tell("response.created", new JsonObject { ["response"] = begun });
        foreach (var (i, item) in Items(turn).Index())
        {
            var added = item.DeepClone().AsObject();
            if (added.ContainsKey("summary")) added["summary"] = new JsonArray();
            if (added.ContainsKey("encrypted_content")) added["encrypted_content"] = "not yet";
            if (added.ContainsKey("arguments")) added["arguments"] = "";
            if (added.ContainsKey("content")) added["content"] = new JsonArray();
            Tell("response.output_item.added", new JsonObject { ["output_index"] = i, ["item"] = added });
            foreach (var piece in item["summary"]?.AsArray() ?? [])
                foreach (var delta in Pieces((string)piece!["text"]!))
                    Tell("response.reasoning_summary_text.delta", new JsonObject { ["output_index"] = i, ["summary_index"] = 0, ["delta"] = delta });
            foreach (var piece in item["content"]?.AsArray() ?? [])
                foreach (var delta in Pieces((string)piece!["text"]!))
                    Tell("response.output_text.delta", new JsonObject { ["output_index"] = i, ["content_index"] = 0, ["delta"] = delta });
            if (item["arguments"] is { } arguments)
                foreach (var delta in Pieces((string)arguments!))
                    Tell("response.function_call_arguments.delta", new JsonObject { ["output_index"] = i, ["delta"] = delta });
            Tell("response.output_item.done", new JsonObject { ["output_index"] = i, ["item"] = item.DeepClone() });
        }
        Tell("response.completed", new JsonObject { ["response"] = response });
        return UpstreamScript.Sse([.. events]);
    }

    private IReadOnlyList<JsonObject> Items(int turn) => turn switch
    {
        0 => [Reasoning(0, "Which city?"), Call(0, 0)],
        1 => [Reasoning(1, "Look."), Text("Let me look."), Call(1, 0)],
        2 => [Reasoning(2, "First"), Call(2, 0), Reasoning(12, "then"), Call(2, 1)],
        3 => [Reasoning(3, null), Call(3, 0)],
        _ => [Reasoning(4, "Done."), Text("done")],
    };

    private JsonObject Reasoning(int turn, string? summary) => new()
    {
        ["type"] = "reasoning", ["id"] = $"rs_{turn}",
        ["summary"] = summary is null ? new JsonArray() : new JsonArray(new JsonObject { ["type"] = "summary_text", ["text"] = summary }),
        // OpenAI's is base64 in the web alphabet, padded.
        ["encrypted_content"] = State("encrypted", turn).Replace('+', '-').Replace('/', '_'),
    };

    private static JsonObject Text(string text) => new()
    {
        ["type"] = "message", ["id"] = "msg_1", ["role"] = "assistant", ["status"] = "completed",
        ["content"] = new JsonArray(new JsonObject { ["type"] = "output_text", ["text"] = text, ["annotations"] = new JsonArray() }),
    };

    private JsonObject Call(int turn, int call) => new()
    {
        ["type"] = "function_call", ["id"] = $"fc_{turn}{call}", ["call_id"] = $"call_{turn}{call}", ["name"] = "look", ["arguments"] = Arguments(turn, call).ToJsonString(),
    };

    private static bool IsMade(JsonObject item) => (string?)item["role"] == "assistant" || (string?)item["type"] is "reasoning" or "function_call";

    private static string Said(JsonObject item) => (string?)item["type"] switch
    {
        "reasoning" => $"reasoning {item["encrypted_content"]}",
        "function_call" => $"call {item["call_id"]} {item["arguments"]}",
        _ => "message",
    };
}
