using System.Text.Json;
using Nano.Chat;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.Tests.Fidelity;

/// <summary>Compares a recorded response with the caller's, feature by feature.</summary>
internal static class ResponseFeatures
{
    /// <summary>In the order of the columns, each with the names of its losses.</summary>
    private static readonly (string Name, Func<Answer, string> Value, string[] Losses)[] All =
    [
        ("text", answer => Each(answer, c => c.Text), ["content", "choices"]),
        ("reasoning", answer => Each(answer, c => c.Reasoning), ["reasoning", "choices"]),
        ("refusal", answer => Each(answer, c => c.Refusal), ["refusal", "choices"]),
        ("calls", answer => Each(answer, c => string.Join('\n', c.ToolCalls.Select(call => $"{call.Name} {Json(call.Arguments)}"))), ["tool_calls", "custom", "choices"]),
        ("sources", answer => Each(answer, c => string.Join(' ', c.Sources.Order(StringComparer.Ordinal))), ["annotations", "citation", "choices"]),
        ("images", answer => Each(answer, c => string.Join(' ', c.Images.Select(image => image.TrimEnd('=')))), ["image", "media", "choices"]),
        ("choices", answer => answer.Choices.Count > 1 ? $"{answer.Choices.Count}" : "", ["choices"]),
        ("finish", answer => Each(answer, c => c.Finish ?? ""), ["choices", "custom"]),
        ("usage", answer => $"{answer.Usage}", ["usage"]),
    ];

    public static IReadOnlyList<string> Names => [.. All.Select(feature => feature.Name)];

    /// <param name="recorded">The recorded response.</param>
    /// <param name="form">The part of it that the caller's API can express.</param>
    /// <param name="actual">The caller's response.</param>
    public static IEnumerable<Finding> Compare(WireCase wire, string pair, Answer recorded, Answer form, Answer actual, LossReport losses)
    {
        foreach (var (name, value, words) in All)
        {
            // Compatible providers count differently; the gateway knows the rules by provider.
            if (name == "usage" && (wire.Api == "chat" && wire.Provider is not ("openai" or "azure") || wire.Provider == "xai")) continue;
            var (before, possible, after) = (value(recorded), value(form), value(actual));
            if (before.Length == 0) continue;
            if (name == "usage") (before, possible, after) = (Counts(recorded.Usage!, recorded.Usage!), Counts(form.Usage!, recorded.Usage!),
                Counts(actual.Usage, recorded.Usage!));
            bool Named(IReadOnlyList<string> names) => names.Any(loss => words.Any(word => loss.Contains(word, StringComparison.Ordinal)));
            var isEmulated = Named(losses.Emulated);
            if (before == after) yield return new Finding(wire.Id, pair, name, isEmulated && name is "sources" or "calls" && isEmulated ? Outcome.Emulated : Outcome.Passed);
            else if (after == possible && (possible.Length > 0 || name == "refusal"))
                yield return new Finding(wire.Id, pair, name, name != "refusal" && Named(losses.Dropped) ? Outcome.Lost : Outcome.Emulated);
            else if (Named(losses.Dropped)) yield return new Finding(wire.Id, pair, name, Outcome.Lost);
            else if (isEmulated) yield return new Finding(wire.Id, pair, name, Outcome.Emulated);
            else yield return new Finding(wire.Id, pair, name, Outcome.Silent, $"{Short(before)} became {Short(after)} ({losses})");
        }
    }

    private static string Each(Answer answer, Func<AnswerChoice, string> value)
    {
        var values = answer.Choices.OrderBy(c => c.Index).Select(value).ToArray();
        return values.All(v => v.Length == 0) ? "" : string.Join('\u0001', values);
    }

    /// <summary>The recording's counts; missing ones may be zero. If there are more cached tokens than prompt tokens, both are separate.</summary>
    private static string Counts(AnswerUsage? usage, AnswerUsage recorded) => string.Join(' ', new (string Name, long? Before, long? Now)[]
    {
        ("prompt", recorded.Prompt, usage?.Cached > usage?.Prompt ? usage.Prompt + usage.Cached : usage?.Prompt), ("completion", recorded.Completion, usage?.Completion),
        ("cached", recorded.Cached, usage?.Cached),
        ("written", recorded.CacheWritten, usage?.CacheWritten), ("reasoning", recorded.Reasoning, usage?.Reasoning),
    }.Where(count => count.Before is > 0).Select(count => $"{count.Name}:{count.Now}"));

    private static string Json(string arguments)
    {
        try
        {
            return JsonSerializer.Serialize(Sorted(JsonDocument.Parse(arguments).RootElement));
        }
        catch (JsonException)
        {
            return arguments;
        }
    }

    private static object? Sorted(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => new SortedDictionary<string, object?>(value.EnumerateObject().DistinctBy(m => m.Name).ToDictionary(m => m.Name, m => Sorted(m.Value)),
            StringComparer.Ordinal),
        JsonValueKind.Array => value.EnumerateArray().Select(Sorted).ToArray(),
        JsonValueKind.Number when value.TryGetDecimal(out var number) => number / 1.000000000000000000m,
        _ => value,
    };

    private static string Short(string text) => text.Length > 160 ? $"{text[..160]}... ({text.Length} characters)" : text;
}
