using System.Text.Json;
using Nano.Chat;
using Nano.Providers.OpenAICompatible;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>Finds members that did not arrive at a provider and were not reported.</summary>
internal static class VendorLosses
{
    /// <summary>Other names with the same meaning: none of these is a loss.</summary>
    private static readonly Dictionary<string, string> Renamed = new() { ["max_completion_tokens"] = "max_tokens", ["max_tokens"] = "max_completion_tokens",
        ["seed"] = "random_seed" };

    public static IEnumerable<string> Silent(CompatibleProvider vendor, string name, JsonElement request)
    {
        foreach (var (model, _) in VendorRequests.ModelsOf(vendor))
        {
            var (body, losses) = VendorRequests.Send(vendor.Id, vendor.Quirks, model, request);
            foreach (var member in Silent(request, body, losses)) yield return $"{vendor.Id} {model} {name}: {member} is lost in silence ({losses})";
        }
    }

    /// <summary>Members that did not arrive and that no loss reports.</summary>
    public static IEnumerable<string> Silent(JsonElement request, JsonElement body, LossReport losses)
    {
        var named = losses.Dropped.Concat(losses.Emulated).ToList();
        return request.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null && !Arrived(member, request, body, named)).Select(member => member.Name);
    }

    private static bool Arrived(JsonProperty member, JsonElement request, JsonElement body, List<string> named)
    {
        if (named.Any(loss => loss == member.Name || loss.StartsWith(member.Name + ".", StringComparison.Ordinal))) return true;
        if (body.Member(member.Name) is { } there && JsonElement.DeepEquals(there, member.Value)) return true;
        if (Renamed.TryGetValue(member.Name, out var other) && body.Member(other) is { } renamed && JsonElement.DeepEquals(renamed, member.Value)) return true;
        // A member without an effect is not a loss.
        if (member.Value.ValueKind == JsonValueKind.False) return true;
        return member.Name switch
        {
            // For models with fixed sampling, 1 is the default.
            "temperature" or "top_p" => member.Value.GetDouble() == 1,
            "messages" => named.Contains("response_format") || Said(request) == Said(body),
            // The newer limit applies if both are present.
            "max_tokens" => request.Given("max_completion_tokens") is not null,
            // The gateway always sends usage.
            "stream_options" => true,
            "tool_choice" => (member.Value.IsText() && member.Value.GetString() == "required" && body.Text("tool_choice") == "any") || IsAuto(member.Value)
                || named.Contains("tools"),
            "function_call" => IsAuto(member.Value) || named.Contains("functions"),
            "parallel_tool_calls" => member.Value.ValueKind == JsonValueKind.True || named.Contains("tools") || request.Given("tools") is null,
            "tools" => named.Contains("tool_choice") || !member.Value.EnumerateArray().Any(),
            "n" => member.Value.GetDouble() == 1,
            "frequency_penalty" or "presence_penalty" or "top_logprobs" => member.Value.GetDouble() == 0 || body.Given("logprobs") is { ValueKind: JsonValueKind.Number },
            "logprobs" => member.Value.ValueKind == JsonValueKind.False || body.Given("logprobs") is { ValueKind: JsonValueKind.Number },
            "modalities" => member.Value.EnumerateArray().All(one => one.ValueEquals("text")),
            "logit_bias" or "metadata" => !member.Value.EnumerateObject().Any(),
            "stop" => member.Value.IsArray() && !member.Value.EnumerateArray().Any(),
            // {"type":"json_schema","schema":...}: the same schema.
            "response_format" => body.Given("response_format")?.Given("schema") is { } flat
                && JsonElement.DeepEquals(flat, member.Value.Given("json_schema")!.Value.Given("schema")!.Value),
            "reasoning_effort" or "reasoning" or "thinking" => IsSaid(member, body),
            _ => false,
        };
    }

    private static bool IsAuto(JsonElement choice) => choice.IsText() && choice.GetString() is "auto" or "none";

    /// <summary>The equivalent in the provider's form: off for off, the same effort, or on for on.</summary>
    private static bool IsSaid(JsonProperty member, JsonElement body)
    {
        var word = member.Name == "reasoning_effort" ? member.Value.GetString() : member.Value.Text("effort");
        var off = word == "none" || member.Value.Text("type") == "disabled" || member.Value.Given("enabled") is { ValueKind: JsonValueKind.False };
        if (off) return body.Given("thinking")?.Text("type") == "disabled" || body.Given("enable_thinking") is { ValueKind: JsonValueKind.False }
            || body.Text("reasoning_effort") == "none";
        if (word is not null) return body.Text("reasoning_effort") == word;
        return body.Given("thinking")?.Text("type") == "enabled" || body.Given("enable_thinking") is { ValueKind: JsonValueKind.True }
            || body.Given("reasoning_effort") is not null;
    }

    /// <summary>The content of a conversation in any shape: roles, texts, reasoning, calls and their results.</summary>
    private static string Said(JsonElement request)
    {
        var said = new List<string>();
        var calls = new Dictionary<string, int>();
        foreach (var message in request.Elements("messages"))
        {
            said.Add(message.Text("role") == "developer" ? "system" : message.Text("role") ?? "");
            var parts = message.Elements("content").ToList();
            said.Add("thought: " + ((message.Text("reasoning_content") is { } thought && thought != ChatMeaning.Filler ? thought : null) ?? message.Text("reasoning")
                ?? string.Concat(parts.SelectMany(part => part.Elements("thinking")).Select(text => text.Text("text")))));
            said.AddRange(parts.Where(part => part.Text("type") != "thinking").Select(part => part.Text("text") ?? part.GetRawText()));
            if (message.Text("content") is { Length: > 0 } content) said.Add(content);
            foreach (var call in message.Elements("tool_calls"))
            {
                if (call.Text("id") is { } id) calls.TryAdd(id, calls.Count);
                said.Add($"call {call.Member("function")?.GetRawText()} {calls.GetValueOrDefault(call.Text("id") ?? "", -1)}");
            }
            if (message.Text("tool_call_id") is { } answered) said.Add($"result of {calls.GetValueOrDefault(answered, -1)}");
        }
        return string.Join('\n', said);
    }
}
