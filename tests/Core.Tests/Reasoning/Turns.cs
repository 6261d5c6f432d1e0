using System.Text;
using System.Text.Json.Nodes;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Tests.Reasoning;

/// <summary>The round trip of an assistant turn: sealed, written as Chat, returned by a client, read and opened.</summary>
internal static class Turns
{
    public const string Dialect = "anthropic-messages";

    public static readonly StateKey Key = new("the-gateways-own-key-0123456789");

    public static StateSeal Home { get; } = Key.Of("anthropic one");

    private static readonly OpenAIChatDialect Chat = new();

    /// <summary>A line for each part: its kind, and its form for a provider.</summary>
    public static IReadOnlyList<string> Lines(IEnumerable<ContentPart> parts) => [.. parts.Select(part => part switch
    {
        ReasoningPart { Opaque.HasValue: true } r => $"redacted {r.Opaque} of {r.Origin}",
        ReasoningPart { Signature.HasValue: true } r => $"{(r.SignsText ? "of text" : $"thinking '{r.Text}'")} {r.Signature} of {r.Origin}",
        ReasoningPart r => $"shown '{r.Text}' of {r.Origin}",
        TextPart t => $"text '{t.Text}'",
        ToolCallPart c => $"call {c.Id} {c.Name} {c.Signature}".TrimEnd(),
        OpaquePart o => $"opaque {o.Value}",
        _ => part.GetType().Name,
    })];

    /// <summary>The caller's form of a response with these parts.</summary>
    public static JsonObject Told(StateSeal seal, params ContentPart[] parts)
    {
        var message = new ChatMessage(ChatRole.Assistant);
        message.Parts.AddRange(parts);
        var answer = new ChatResponse(Dialect) { Choices = { new ChatChoice(0, message) { Finish = FinishReason.ToolCalls } } };
        ResponseSealer.Seal(answer, seal, "seed");
        using var output = new JsonOutput();
        Chat.WriteResponse(answer, new ResponseContext { FallbackId = "seed", Model = "m", Created = 1 }, output, new LossReport());
        return JsonNode.Parse(output.WrittenSpan)!["choices"]![0]!["message"]!.DeepClone().AsObject();
    }

    /// <summary>The turn returned by a client that keeps only ids.</summary>
    public static JsonObject IdsOnly(JsonObject told)
    {
        var kept = new JsonObject { ["role"] = "assistant", ["content"] = told["content"]?.DeepClone() };
        if (told["tool_calls"] is not JsonArray calls) return kept;
        kept["tool_calls"] = calls.DeepClone();
        foreach (var call in kept["tool_calls"]!.AsArray()) call!.AsObject().Remove("extra_content");
        return kept;
    }

    /// <summary>The turn as sent to a provider, and the losses.</summary>
    public static (IReadOnlyList<string> Lines, string Losses) Opened(JsonObject turn, StateSeal? seal = null)
    {
        var losses = new LossReport();
        var request = Read(turn);
        StateOpener.Open(request, seal ?? Home, Dialect, losses);
        return (Lines(request.Messages.First(m => m.Role == ChatRole.Assistant).Parts), losses.ToString());
    }

    /// <summary>A request with that turn and the results of its calls.</summary>
    public static ChatRequest Read(params JsonObject[] turns)
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "q" });
        foreach (var turn in turns)
        {
            messages.Add(turn.DeepClone());
            foreach (var call in turn["tool_calls"]?.AsArray() ?? [])
                messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = call!["id"]?.DeepClone(), ["content"] = "r" });
        }
        return Read(new JsonObject { ["model"] = "m", ["messages"] = messages }.ToJsonString());
    }

    public static ChatRequest Read(string request) => Chat.ReadRequest(Encoding.UTF8.GetBytes(request));

    public static ReasoningPart Thinking(string text, string signature) => new(Dialect)
        { Text = text.Length > 0 ? JsonText.From(text) : default, Signature = JsonText.From(signature) };

    public static ReasoningPart Redacted(string data) => new(Dialect) { Opaque = JsonText.From(data) };

    public static ReasoningPart OfText(string signature) => new(Dialect) { Signature = JsonText.From(signature), SignsText = true };

    public static TextPart Text(string text) => new(JsonText.From(text));

    public static ToolCallPart Call(string? id, string name = "look", string? signature = null, bool isCustom = false) =>
        new(id is null ? default : JsonText.From(id), JsonText.From(name))
        {
            Arguments = new ToolArguments { Json = JsonSlice.Constant("{}") }, Signature = signature is null ? default : JsonText.From(signature), IsCustom = isCustom,
        };

    public static void Check((IReadOnlyList<string> Lines, string Losses) opened, IEnumerable<string> lines, string losses)
    {
        opened.Lines.ShouldBe(lines);
        opened.Losses.ShouldBe(losses);
    }
}
