using System.Text.Json.Nodes;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Reasoning;

/// <summary>Messages: every block of a turn with thinking must come back unchanged and in place; other models' thinking is refused.</summary>
public sealed class FakeAnthropic(string name) : FakeModel(name)
{
    public override string Path => "/anthropic/";

    public override string? Refusal(JsonObject request, bool mayLack)
    {
        var messages = request["messages"]!.AsArray();
        var thinks = (string?)request["thinking"]?["type"];
        for (var i = 0; i < messages.Count; i++)
        {
            if ((string?)messages[i]!["role"] != "assistant") continue;
            var blocks = messages[i]!["content"]!.AsArray();
            if (blocks.FirstOrDefault(b => (string?)b!["type"] == "tool_use") is not { } call) continue;
            var (by, turn) = Maker(call["input"]);
            var thoughts = blocks.Where(b => (string?)b!["type"] is "thinking" or "redacted_thinking").ToList();
            if (by != Name)
            {
                if (thoughts.Count > 0) return $"messages.{i}.content.0: Invalid `signature` in `thinking` block";
                if (thinks == "enabled" && i >= messages.Count - 2) return $"messages.{i}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`";
                continue;
            }
            if (mayLack && thoughts.Count == 0)
            {
                if (thinks == "enabled" && i >= messages.Count - 2) return $"messages.{i}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`";
                continue;
            }
            if (!Same(blocks, List(Blocks(turn))))
                return $"messages.{i}: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified: {blocks.ToJsonString()} was {List(Blocks(turn)).ToJsonString()}";
        }
        return null;
    }

    public override UpstreamScript Answer(int turn, bool stream)
    {
        var blocks = Blocks(turn);
        var message = new JsonObject
        {
            ["id"] = $"msg_{turn}", ["type"] = "message", ["role"] = "assistant", ["model"] = Model, ["content"] = List(blocks),
            ["stop_reason"] = turn == LastTurn ? "end_turn" : "tool_use", ["stop_sequence"] = null, ["usage"] = new JsonObject { ["input_tokens"] = 9, ["output_tokens"] = 9 },
        };
        if (!stream) return UpstreamScript.Json(message.ToJsonString());
        var stop = (string?)message["stop_reason"];
        message["content"] = new JsonArray();
        message["stop_reason"] = null;
        var events = new List<string> { Sse(new JsonObject { ["type"] = "message_start", ["message"] = message }, "message_start") };
        foreach (var (i, block) in Blocks(turn).Index())
        {
            var start = block.DeepClone().AsObject();
            var deltas = new List<JsonObject>();
            switch ((string?)block["type"])
            {
                case "thinking":
                    (start["thinking"], start["signature"]) = ("", "");
                    deltas.AddRange(Pieces((string)block["thinking"]!).Select(p => new JsonObject { ["type"] = "thinking_delta", ["thinking"] = p }));
                    // In two pieces: the reader's contract allows it.
                    var signature = (string)block["signature"]!;
                    deltas.Add(new JsonObject { ["type"] = "signature_delta", ["signature"] = signature[..20] });
                    deltas.Add(new JsonObject { ["type"] = "signature_delta", ["signature"] = signature[20..] });
                    break;
                case "text":
                    start["text"] = "";
                    deltas.AddRange(Pieces((string)block["text"]!).Select(p => new JsonObject { ["type"] = "text_delta", ["text"] = p }));
                    break;
                case "tool_use":
                    start["input"] = new JsonObject();
                    deltas.AddRange(Pieces(block["input"]!.ToJsonString()).Select(p => new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = p }));
                    break;
            }
            events.Add(Sse(new JsonObject { ["type"] = "content_block_start", ["index"] = i, ["content_block"] = start }, "content_block_start"));
            events.AddRange(deltas.Select(d => Sse(new JsonObject { ["type"] = "content_block_delta", ["index"] = i, ["delta"] = d }, "content_block_delta")));
            events.Add(Sse(new JsonObject { ["type"] = "content_block_stop", ["index"] = i }, "content_block_stop"));
        }
        events.Add(Sse(new JsonObject { ["type"] = "message_delta", ["delta"] = new JsonObject { ["stop_reason"] = stop }, ["usage"] = new JsonObject { ["output_tokens"] = 9 } },
            "message_delta"));
        events.Add(Sse(new JsonObject { ["type"] = "message_stop" }, "message_stop"));
        return UpstreamScript.Sse([.. events]);
    }

    private IReadOnlyList<JsonObject> Blocks(int turn) => turn switch
    {
        0 => [Thinking(0, "Which city? \"Bergen\" \\ 🌧 \u00e9\n\tthen"), Call(0, 0)],
        1 => [Thinking(1, ""), Redacted(1), Text("Let me look."), Call(1, 0)],
        2 => [Thinking(2, "First"), Call(2, 0), Thinking(12, "and then"), Call(2, 1)],
        3 => [Text("Nearly."), Thinking(3, "One more."), Call(3, 0)],
        _ => [Thinking(4, "Done."), Text("done")],
    };

    private JsonObject Thinking(int turn, string text) => new() { ["type"] = "thinking", ["thinking"] = text, ["signature"] = State("thinking", turn, text) };

    private JsonObject Redacted(int turn) => new() { ["type"] = "redacted_thinking", ["data"] = State("redacted", turn) };

    private static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    private JsonObject Call(int turn, int call) => new() { ["type"] = "tool_use", ["id"] = $"toolu_{turn}_{call}", ["name"] = "look", ["input"] = Arguments(turn, call) };
}
