using System.Text.Json;

namespace Nano.Testing.Oracle;

/// <summary>Where two responses differ. Ids of tool calls are not compared: a gateway may seal state into them.</summary>
public static class AnswerDifference
{
    /// <summary>The first difference, named; null when there is none.</summary>
    public static string? First(Answer expected, Answer actual)
    {
        if (expected.IsError || actual.IsError)
        {
            return expected.IsError == actual.IsError ? null
                : expected.IsError ? $"an error ({expected.Error}) became a clean answer"
                : $"a clean answer became an error: {actual.Error}";
        }
        if (expected.Choices.Count != actual.Choices.Count) return $"{expected.Choices.Count} choices became {actual.Choices.Count}";
        return expected.Choices.OrderBy(c => c.Index).Zip(actual.Choices.OrderBy(c => c.Index), First).FirstOrDefault(d => d is not null)
            ?? First(expected.Usage, actual.Usage);
    }

    private static string? First(AnswerChoice expected, AnswerChoice actual)
    {
        var at = $"choice {expected.Index}";
        if (expected.Index != actual.Index) return $"{at}: index became {actual.Index}";
        return First($"{at} text", expected.Text, actual.Text)
            ?? First($"{at} reasoning", expected.Reasoning, actual.Reasoning)
            ?? First($"{at} refusal", expected.Refusal, actual.Refusal)
            ?? First(at, expected.ToolCalls, actual.ToolCalls)
            ?? Sources(at, expected.Sources, actual.Sources)
            ?? First($"{at} images", string.Join(' ', expected.Images), string.Join(' ', actual.Images))
            ?? First($"{at} finish", expected.Finish ?? "(none)", actual.Finish ?? "(none)");
    }

    private static string? Sources(string at, IReadOnlySet<string> expected, IReadOnlySet<string> actual) =>
        expected.Except(actual).FirstOrDefault() is { } lost ? $"{at} source {lost} is lost"
        : actual.Except(expected).FirstOrDefault() is { } added ? $"{at} source {added} was added"
        : null;

    private static string? First(string at, IReadOnlyList<AnswerToolCall> expected, IReadOnlyList<AnswerToolCall> actual)
    {
        if (expected.Count != actual.Count)
            return $"{at}: {expected.Count} tool calls ({Names(expected)}) became {actual.Count} ({Names(actual)})";
        for (var i = 0; i < expected.Count; i++)
        {
            var difference = First($"{at} call {i} name", expected[i].Name, actual[i].Name)
                ?? Arguments($"{at} call {i} arguments", expected[i].Arguments, actual[i].Arguments);
            if (difference is not null) return difference;
        }
        return null;
    }

    private static string? Arguments(string at, string expected, string actual)
    {
        var (left, right) = (Parse(expected), Parse(actual));
        if (left is null || right is null) return First(at, expected, actual);
        return JsonDifference.First(left.Value, right.Value) is { } difference ? $"{at}: {difference}" : null;
    }

    private static string? First(AnswerUsage? expected, AnswerUsage? actual)
    {
        if (expected is null) return actual is null ? null : $"usage was invented: {actual}";
        if (actual is null) return $"usage is missing: {expected}";
        return Count("prompt", expected.Prompt, actual.Prompt)
            ?? Count("completion", expected.Completion, actual.Completion)
            ?? Count("cached", expected.Cached, actual.Cached)
            ?? Count("cache written", expected.CacheWritten, actual.CacheWritten)
            ?? Count("reasoning", expected.Reasoning, actual.Reasoning);
    }

    // Chat's usage object has mandatory counts, so a count that is not reported may appear there as zero; a reported one must be kept.
    private static string? Count(string what, long? expected, long? actual) =>
        expected == actual || (expected is null && actual == 0) ? null : $"usage {what}: {Show(expected)} became {Show(actual)}";

    private static string? First(string at, string expected, string actual)
    {
        if (expected == actual) return null;
        var i = 0;
        while (i < expected.Length && i < actual.Length && expected[i] == actual[i]) i++;
        return $"{at}: from character {i} \"{Cut(expected, i)}\" became \"{Cut(actual, i)}\" (lengths {expected.Length} and {actual.Length})";
    }

    private static string Cut(string text, int from)
    {
        from = Math.Max(0, from - 10);
        return text.Length - from > 90 ? text.Substring(from, 90) + "..." : text[from..];
    }

    private static string Names(IReadOnlyList<AnswerToolCall> calls) => string.Join(", ", calls.Select(c => c.Name));

    private static string Show(long? count) => count?.ToString() ?? "(nothing)";

    private static JsonElement? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
