using System.Text.Json;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing.Oracle;

namespace Nano.LocalHost.Tests.Oddities;

/// <summary>The building blocks of the tables of oddities. Each claim is one thing that a caller sees.</summary>
internal static class Claims
{
    /// <summary>The caller reads the same as the independent reader of the recording, in Chat's format; an error is an error.</summary>
    public static OddityClaim Same { get; } = c =>
        AnswerDifference.First(c.Recorded, c.Said)
        ?? (c.Recorded.IsError ? (c.Reply.Text.Contains("[DONE]", StringComparison.Ordinal) ? "an error ended cleanly" : null)
        : VendorForm.Breaches(c.Reply.Text, c.Reply.IsStream).FirstOrDefault());

    /// <summary>A provider's error has OpenAI's format, read strictly, with a message.</summary>
    public static OddityClaim Told { get; } = c =>
        !c.Said.IsError ? "an error became an answer" : c.Error.GetProperty("message").GetString() is { Length: > 10 } ? null : "the error says nothing";

    public static OddityClaim Fails { get; } =
        Both(Told, If(c => (int)c.Reply.Status >= 400 || (c.Reply.IsStream && !c.Reply.Text.Contains("[DONE]", StringComparison.Ordinal)), "a failure with a good status"));

    /// <summary>One recording with an error status and one without: both outcomes are right.</summary>
    public static OddityClaim SameOrTold { get; } = c => c.Wire.Status == 200 ? Same(c) : Told(c);

    public static OddityClaim Both(OddityClaim first, OddityClaim second) => c => first(c) ?? second(c);

    public static OddityClaim If(Func<OddCase, bool> holds, string otherwise) => c => holds(c) ? null : otherwise;

    public static OddityClaim Also(Func<OddCase, bool> holds, string otherwise) => Both(Same, c => c.Recorded.IsError || holds(c) ? null : otherwise);

    /// <summary>Members with these names are all forwarded unchanged.</summary>
    public static OddityClaim Keeps(params string[] names) => Both(Same, c =>
    {
        if (c.Recorded.IsError) return null;
        foreach (var name in names)
        {
            var (recorded, said) = (OddCase.ValuesOf(c.RecordedJson, name), OddCase.ValuesOf(c.SaidJson, name));
            if (recorded.Count == 0) return $"the recording has no '{name}': the claim is empty";
            if (!recorded.Select(Canonical).SequenceEqual(said.Select(Canonical)))
                return $"'{name}' was {recorded.Count} times {recorded[0]}, and is {said.Count} times {(said.Count > 0 ? said[0] : "")}";
        }
        return null;
    });

    /// <summary>The recording has a member that Chat cannot express, and its content is reported as lost.</summary>
    public static OddityClaim Loses(string word) => Also(c => c.Losses.Contains(word, StringComparison.Ordinal), $"'{word}' is not named as lost");

    /// <summary>Or with <c>tool_calls</c> if there are calls: they take precedence over why a model stopped.</summary>
    public static OddityClaim Finishes(string reason) => Also(
        c => c.Said.Choices.Any(choice => choice.Finish == reason || (choice.ToolCalls.Count > 0 && choice.Finish == "tool_calls")), $"it does not finish with {reason}");

    public static OddityClaim Calls { get; } =
        Also(c => c.Said.Choices.Any(choice => choice.ToolCalls.Count > 0) && c.Said.Choices.SelectMany(choice => choice.ToolCalls)
        .All(call => call.Id is { Length: > 0 } && call.Name.Length > 0), "there is no tool call with id and name");

    public static OddityClaim CallsWithObjects { get; } =
        Both(Calls, If(c => c.Said.Choices.SelectMany(choice => choice.ToolCalls).All(call => IsObject(call.Arguments)), "arguments are no object"));

    public static OddityClaim Thinks { get; } = Also(c => c.Said.Choices.Any(choice => choice.Reasoning.Length > 0) == c.Recorded.Choices.Any(choice => choice.Reasoning.Length > 0)
        && c.Reply.Text.Contains("reasoning_content", StringComparison.Ordinal), "there is no reasoning_content");

    public static OddityClaim Speaks { get; } = Also(c => c.Said.Choices.Any(choice => choice.Text.Length > 0), "there is no text");

    /// <summary>The recording's counts, if it has any.</summary>
    public static OddityClaim Counts { get; } = Also(c => c.Recorded.Usage is null ? c.Said.Usage is null : c.Said.Usage is { Prompt: >= 0, Completion: >= 0 },
        "there is no usage");

    /// <summary>Sources are forwarded; those that are files without an address are reported as lost.</summary>
    public static OddityClaim Cites { get; } = Also(c => c.Said.Choices.Any(choice => choice.Sources.Count > 0) || c.Losses.Contains("file_citation", StringComparison.Ordinal),
        "there is no source");

    /// <summary>State that the model requires back is sent with the response, in its own member or in the id of a call.</summary>
    public static OddityClaim CarriesState { get; } = Also(
        c => c.Reply.Text.Contains("\"reasoning_details\"", StringComparison.Ordinal)
            || c.Said.Choices.SelectMany(choice => choice.ToolCalls).Any(call => call.Id!.Contains("__nano1_", StringComparison.Ordinal)), "the state is lost");

    public static OddityClaim Holds(string text) => Also(c => c.Reply.Text.Contains(text, StringComparison.Ordinal), $"there is no {text}");

    public static OddityClaim Hides(string text) => Also(c => !c.Reply.Text.Contains(text, StringComparison.Ordinal), $"{text} is passed on");

    private static bool IsObject(string arguments)
    {
        try
        {
            return JsonDocument.Parse(arguments).RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Canonical(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement);
}
