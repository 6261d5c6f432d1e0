using System.Text.Json.Nodes;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Reasoning;

/// <summary>How a provider of Chat handles the reasoning of earlier turns.</summary>
public enum Thoughts
{
    /// <summary>It sends none, and refuses members that it does not know (OpenAI, Mistral).</summary>
    Refused,
    /// <summary><c>reasoning</c> is accepted, <c>reasoning_content</c> refused (Groq).</summary>
    Reasoning,
    /// <summary>Its own <c>reasoning_details</c> come back unchanged, or not at all; others' are refused (OpenRouter).</summary>
    Details,
    /// <summary><c>reasoning_content</c> in turns with calls, its own unaltered (Moonshot).</summary>
    InToolTurns,
    /// <summary><c>reasoning_content</c> in every turn of the assistant, its own unaltered (DeepSeek).</summary>
    InEveryTurn,
}

/// <summary>A provider of Chat Completions.</summary>
/// <param name="longestId">The maximum length of call ids, in characters.</param>
public sealed class FakeChat(string name, Thoughts thoughts, int longestId = 64) : FakeModel(name)
{
    private static readonly string[] Known = ["role", "content", "tool_calls", "tool_call_id", "name", "refusal"];

    public override string Path => $"/{Name[..Name.IndexOf('/')]}/v1/chat/completions";

    public override bool LivesByIds => thoughts is Thoughts.Refused or Thoughts.Reasoning;

    public override string? Refusal(JsonObject request, bool mayLack)
    {
        string[] known = thoughts switch
        {
            Thoughts.Refused => Known,
            Thoughts.Reasoning => [.. Known, "reasoning"],
            Thoughts.Details => [.. Known, "reasoning", "reasoning_details"],
            _ => [.. Known, "reasoning_content"],
        };
        var ids = new HashSet<string>();
        foreach (var (i, message) in request["messages"]!.AsArray().Index())
        {
            foreach (var (member, _) in message!.AsObject())
                if (!known.Contains(member)) return $"Unknown parameter: 'messages[{i}].{member}'.";
            if ((string?)message["role"] == "tool" && !ids.Contains((string)message["tool_call_id"]!)) return $"messages[{i}] answers no call";
            if ((string?)message["role"] != "assistant") continue;
            foreach (var call in message["tool_calls"]?.AsArray() ?? [])
            {
                var id = (string)call!["id"]!;
                ids.Add(id);
                if (id.Length > longestId)
                    return $"Invalid 'messages[{i}].tool_calls[0].id': string too long. Expected a string with maximum length {longestId}, but got a string with length {id.Length} instead.";
                if (longestId == 9 && (id.Length != 9 || !id.All(char.IsAsciiLetterOrDigit))) return $"Tool call id was {id} but must be a-z, A-Z, 0-9, with a length of 9.";
                if (call["extra_content"] is not null) return $"Unknown parameter: 'messages[{i}].tool_calls[0].extra_content'.";
            }
            if (Refusal(message.AsObject(), i, mayLack) is { } refusal) return refusal;
        }
        return null;
    }

    private string? Refusal(JsonObject message, int i, bool mayLack)
    {
        var calls = message["tool_calls"]?.AsArray();
        if (thoughts is Thoughts.InEveryTurn or Thoughts.InToolTurns && (thoughts == Thoughts.InEveryTurn || calls is not null) && message["reasoning_content"] is not JsonValue)
            return thoughts == Thoughts.InEveryTurn
                ? "The reasoning_content in the thinking mode must be passed back to the API."
                : $"thinking is enabled but reasoning_content is missing in assistant tool call message at index {i}";
        if (calls is null) return null;
        var (by, turn) = Maker(calls[0]!["function"]!["arguments"]);
        if (thoughts == Thoughts.Details)
        {
            var details = message["reasoning_details"];
            if (by != Name || (mayLack && details is null)) return details is null ? null : $"messages[{i}].reasoning_details are not OpenRouter's";
            return Same(details, Message(turn)["reasoning_details"]) ? null : $"messages[{i}].reasoning_details were altered: {details?.ToJsonString()}";
        }
        if (thoughts is Thoughts.InEveryTurn or Thoughts.InToolTurns && by == Name && !mayLack && !Same(message["reasoning_content"], Message(turn)["reasoning_content"]))
            return $"messages[{i}].reasoning_content was altered: {message["reasoning_content"]?.ToJsonString()}";
        return null;
    }

    public override UpstreamScript Answer(int turn, bool stream)
    {
        var message = Message(turn);
        var finish = turn == LastTurn ? "stop" : "tool_calls";
        var usage = new JsonObject { ["prompt_tokens"] = 9, ["completion_tokens"] = 9, ["total_tokens"] = 18 };
        JsonObject Body(string kind, string member, JsonNode said, string? reason) => new()
        {
            ["id"] = $"chatcmpl-{turn}", ["object"] = kind, ["created"] = 1, ["model"] = Model,
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, [member] = said, ["finish_reason"] = reason }),
        };
        if (!stream)
        {
            var whole = Body("chat.completion", "message", message, finish);
            whole["usage"] = usage;
            return UpstreamScript.Json(whole.ToJsonString());
        }
        var deltas = new List<JsonObject> { new() { ["role"] = "assistant", ["content"] = "" } };
        foreach (var member in (string[])["reasoning_content", "reasoning", "content"])
            if (message[member] is JsonValue text) deltas.AddRange(Pieces((string)text!).Select(p => new JsonObject { [member] = p }));
        if (message["reasoning_details"] is { } details) deltas.Add(new JsonObject { ["reasoning_details"] = details.DeepClone() });
        foreach (var (i, call) in (message["tool_calls"]?.AsArray() ?? []).Index())
        {
            var begun = call!.DeepClone().AsObject();
            begun["index"] = i;
            deltas.Add(new JsonObject { ["tool_calls"] = new JsonArray(begun) });
        }
        var events = deltas.Select(d => Sse(Body("chat.completion.chunk", "delta", d, null))).ToList();
        events.Add(Sse(Body("chat.completion.chunk", "delta", new JsonObject(), finish)));
        var last = Body("chat.completion.chunk", "delta", new JsonObject(), null);
        last["choices"] = new JsonArray();
        last["usage"] = usage;
        events.Add(Sse(last));
        events.Add("data: [DONE]\n\n");
        return UpstreamScript.Sse([.. events]);
    }

    private JsonObject Message(int turn)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = turn == LastTurn ? "done" : turn == 1 ? "Let me look." : null };
        var text = $"thought {turn} of {Name} \"\\ 🌧";
        if (thoughts is Thoughts.InEveryTurn or Thoughts.InToolTurns) message["reasoning_content"] = text;
        if (thoughts is Thoughts.Reasoning or Thoughts.Details) message["reasoning"] = text;
        if (thoughts == Thoughts.Details)
            message["reasoning_details"] =
                new JsonArray(new JsonObject { ["type"] = "reasoning.text", ["text"] = text, ["signature"] = State("details", turn), ["format"] = "anthropic-claude-v1",
                ["index"] = 0 });
        if (turn == LastTurn) return message;
        var calls = turn == 2 ? 2 : 1;
        message["tool_calls"] = List(Enumerable.Range(0, calls).Select(k => new JsonObject
        {
            ["id"] = longestId == 9 ? $"abcdef{turn}{k}0" : $"call_{turn}{k}", ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = "look", ["arguments"] = Arguments(turn, k).ToJsonString() },
        }));
        return message;
    }
}
